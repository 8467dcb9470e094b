"""An installation on embedded files, and its commands as real processes."""

import contextlib
import fcntl
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.farm import kill_tree
from wrangler.config import PROJECT_ROOT, Settings, environment_with

SMALLEST_PIPE_BYTES = 4096

Started = AbstractContextManager[subprocess.Popen[bytes]]


@pytest.fixture
def start_flask(settings: Settings, tmp_path: Path) -> Callable[..., Started]:
    """Start a `flask` command on the data directory of this test; nobody reads what it prints, unless the test does."""

    @contextlib.contextmanager
    def start(*arguments: str) -> Iterator[subprocess.Popen[bytes]]:
        environment = environment_with(
            WRANGLER_DATA_DIR=str(settings.data_dir), DATABASE_URL="", REDIS_URL="", PYTHONPATH=str(PROJECT_ROOT)
        )
        command = [sys.executable, "-m", "flask", "--app", "wsgi", *arguments]
        with (
            (tmp_path / "flask.log").open("wb") as log,
            subprocess.Popen(command, cwd=PROJECT_ROOT, env=environment, stdout=subprocess.PIPE, stderr=log) as process,
        ):
            assert process.stdout is not None
            fcntl.fcntl(process.stdout, fcntl.F_SETPIPE_SZ, SMALLEST_PIPE_BYTES)
            try:
                yield process
            finally:
                kill_tree(process.pid)

    return start
