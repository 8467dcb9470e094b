"""A whole installation: a gunicorn and a worker process, on embedded files or on real PostgreSQL and Redis."""

import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from tests.servers import free_port, wait_for_port
from wrangler.client import Session, connect
from wrangler.config import PROJECT_ROOT, environment_with

START_SECONDS = 180


@dataclass
class Installation:
    """A running Wrangler; `people` make accounts on it."""

    url: str
    data_dir: Path
    environment: dict[str, str]
    sessions: list[Session] = field(default_factory=list)

    def person(self) -> Session:
        session = connect(self.url)
        self.sessions.append(session)
        email, password = f"{secrets.token_hex(6)}@example.org", secrets.token_urlsafe(16)
        session.register(email, password, "Somebody")
        session.log_in(email, password)
        return session

    @contextmanager
    def second_server(self) -> Iterator[str]:
        """One more web server on the same files, and its address."""
        port = free_port()
        command = [sys.executable, "-m", "gunicorn", "wsgi:app", "--config", "python:wrangler.web.gunicorn"]
        command += ["--worker-class", "gthread", "--threads", "8"]
        environment = self.environment | {"WRANGLER_URL": f"http://127.0.0.1:{port}"}
        with (self.data_dir / "second.log").open("wb") as log:
            server = subprocess.Popen(
                [*command, "--bind", f"127.0.0.1:{port}"], cwd=PROJECT_ROOT, env=environment, stdout=log, stderr=log
            )
            try:
                wait_for_port(port)
                yield f"http://127.0.0.1:{port}"
            finally:
                server.terminate()
                server.wait(60)

    def flask(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "flask", "--app", "wsgi", *arguments]
        return subprocess.run(
            command, cwd=PROJECT_ROOT, env=self.environment, capture_output=True, text=True, check=False
        )


@pytest.fixture(scope="session")
def embedded_installation(tmp_path_factory):
    """Web server and worker, as `make run` starts them, on embedded files."""
    with running(tmp_path_factory.mktemp("embedded")) as made:
        yield made


@pytest.fixture(scope="session")
def installation_on_servers(tmp_path_factory, postgres, redis):
    """The same on PostgreSQL and Redis."""
    with running(tmp_path_factory.mktemp("servers"), DATABASE_URL=postgres(), REDIS_URL=redis.url) as made:
        yield made


@pytest.fixture(
    scope="module",
    params=[
        pytest.param("embedded_installation", id="embedded", marks=pytest.mark.kernel),
        pytest.param("installation_on_servers", id="servers", marks=[pytest.mark.kernel, pytest.mark.servers]),
    ],
)
def installation(request):
    """Either, for what is the same on both."""
    return request.getfixturevalue(request.param)


@contextmanager
def running(data_dir: Path, **settings: str) -> Iterator[Installation]:
    """An installation of its own, embedded unless its settings say otherwise."""
    defaults = {
        "WRANGLER_ENV": "development",
        "WRANGLER_DATA_DIR": str(data_dir),
        "DATABASE_URL": "",
        "REDIS_URL": "",
        "RATELIMIT_ENABLED": "false",
        "PYTHONPATH": str(PROJECT_ROOT),
    }
    environment = environment_with(**{**defaults, **settings})
    port = free_port()
    made = Installation(f"http://127.0.0.1:{port}", data_dir, environment)
    log_path = data_dir / "serve.log"
    with log_path.open("wb") as log:
        command = [sys.executable, "-m", "flask", "--app", "wsgi", "serve", "--port", str(port)]
        server = subprocess.Popen(command, cwd=PROJECT_ROOT, env=environment, stdout=log, stderr=log)
        try:
            _wait_until_healthy(made.url, server, log_path)
            yield made
        finally:
            for session in made.sessions:
                session.close()
            server.terminate()
            server.wait(60)


def _wait_until_healthy(url, server, log_path):
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            if httpx.get(f"{url}/health").json()["status"] == "ok":
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"the server did not get ready:\n{log_path.read_text()}")
