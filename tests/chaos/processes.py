"""The processes of one installation, found by where they stand and by what stands in their environment."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

SERVER_MODULE = "wrangler.notebook.forkserver.server"


@dataclass(frozen=True)
class Run:
    """One execution of a job."""

    job_id: str
    attempt: int


@dataclass(frozen=True)
class RunProcess:
    """The runner of a run, or its kernel, which stands below it."""

    process: psutil.Process
    run: Run
    is_kernel: bool


def of_runs(data_dir: Path) -> list[RunProcess]:
    """Every living process that works in the folder of a run."""
    runs = data_dir / "runs"
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, ValueError):
            run = _run_of(process, runs)
            parent = process.parent()
            is_kernel = parent is not None and _stands_in(parent, runs)
            found.append(RunProcess(process, run, is_kernel))
    return found


def below(pid: int) -> list[psutil.Process]:
    """The worker's fork server, its spares and its runs."""
    with contextlib.suppress(psutil.Error):
        return psutil.Process(pid).children(recursive=True)
    return []


def runs_of(pid: int, data_dir: Path) -> frozenset[Run]:
    """What a worker is running now."""
    pids = {process.pid for process in below(pid)}
    return frozenset(one.run for one in of_runs(data_dir) if one.process.pid in pids)


def fork_servers(pid: int) -> list[psutil.Process]:
    found = []
    for process in below(pid):
        with contextlib.suppress(psutil.Error):
            if SERVER_MODULE in process.cmdline() and process.ppid() == pid:
                found.append(process)
    return found


def of_installation(folder: Path, data_dir: Path) -> list[psutil.Process]:
    """Every living process that stands in the folder or was started with this data directory."""
    mark = f"WRANGLER_DATA_DIR={data_dir}".encode()
    return [process for process in _all() if _stands_in(process, folder) or _is_marked(process, mark)]


def describe(process: psutil.Process) -> str:
    try:
        return f"{process.pid} below {process.ppid()}: {' '.join(process.cmdline())[:120]} in {process.cwd()}"
    except psutil.Error:
        return f"{process.pid}: gone by now"


def _all() -> Iterator[psutil.Process]:
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.status() != psutil.STATUS_ZOMBIE:
                yield process


def _run_of(process: psutil.Process, runs: Path) -> Run:
    job_id, attempt = Path(process.cwd()).relative_to(runs).parts[:2]
    return Run(job_id, int(attempt))


def _stands_in(process: psutil.Process, folder: Path) -> bool:
    try:
        return Path(process.cwd()).is_relative_to(folder)
    except psutil.Error:
        return False


def _is_marked(process: psutil.Process, mark: bytes) -> bool:
    try:
        return mark in Path(f"/proc/{process.pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return False
