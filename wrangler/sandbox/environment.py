"""The environment of a run: built from nothing, so that no secret of the server can be in it."""

import os
import sys
from pathlib import Path

PRIVATE = ".run"  # everything of the machinery lies here and is removed at the end
PROJECT_ROOT = Path(__file__).resolve().parents[2]
RUN_TOKEN = "WRANGLER_RUN"  # noqa: S105 - the name of a mark, not a secret
THREAD_COUNTS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "ARROW_NUM_THREADS",
    "LOKY_MAX_CPU_COUNT",
)


def minimal_environment(folder: Path, *, threads: int, token: str) -> dict[str, str]:
    """What the runner and the kernel find in their environment; `token` marks every process of this run."""
    return {**_environment(folder, folder / PRIVATE, threads), RUN_TOKEN: token}


def server_environment(directory: Path) -> dict[str, str]:
    """What the fork server finds: the same, based in a directory of its own."""
    return _environment(directory, directory, 1)


def _environment(home: Path, private: Path, threads: int) -> dict[str, str]:
    return {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.defpath]),
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "ARROW_DEFAULT_MEMORY_POOL": "system",  # its own pool sets 5 MB aside in each kernel
        "JE_ARROW_MALLOC_CONF": "background_thread:false",  # a thread of Arrow's allocator would forbid to fork
        "TMPDIR": str(private / "tmp"),
        "PYTHONPATH": str(PROJECT_ROOT),
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONNOUSERSITE": "1",  # it would lie in the folder of the run, for the notebook to fill
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "MPLCONFIGDIR": str(private / "matplotlib"),
        "IPYTHONDIR": str(private / "ipython"),
        "JUPYTER_CONFIG_DIR": str(private / "jupyter"),
        "JUPYTER_DATA_DIR": str(private / "jupyter"),
        "JUPYTER_RUNTIME_DIR": str(private / "jupyter"),
        "JUPYTER_PLATFORM_DIRS": "1",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        "XDG_CACHE_HOME": str(private / "cache"),
        "XDG_CONFIG_HOME": str(private / "config"),
        **dict.fromkeys(THREAD_COUNTS, str(threads)),
    }
