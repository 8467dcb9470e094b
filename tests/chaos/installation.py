"""A whole Wrangler in a folder of its own: servers, web and workers, each a process that can be killed."""

import subprocess
import sys
import time
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import httpx

from tests.chaos import notebooks
from tests.chaos.children import Child, Keeper
from tests.servers import PostgresServer, RedisServer, free_port
from wrangler.config import PROJECT_ROOT, Settings, environment_with

START_SECONDS = 120
LEASE_SECONDS = 4
DISPATCH_SECONDS = 1
MAX_ATTEMPTS = 50  # a campaign must not end jobs as given up: it wants to see them survive
WEB_THREADS = 8


class Engine(StrEnum):
    SERVERS = "servers"
    EMBEDDED = "embedded"


@dataclass
class Installation:
    """What a campaign has to do with: addresses, folders, processes."""

    engine: Engine
    folder: Path
    url: str
    database_url: str
    keeper: Keeper
    workers: list[Child]
    web: Child
    postgres: PostgresServer | None = None
    redis: RedisServer | None = None

    @property
    def data_dir(self) -> Path:
        return self.folder / "data"

    @property
    def temporary(self) -> Path:
        return self.folder / "tmp"

    @property
    def ledger(self) -> Path:
        return self.folder / "ledger.txt"

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    @property
    def redis_url(self) -> str:
        return self.redis.url if self.redis else ""

    def stop(self) -> None:
        """Report web and workers to end; the servers stay, for the accounting."""
        self.keeper.stop()

    def delete_servers(self) -> None:
        if self.redis:
            self.redis.kill()
        if self.postgres:
            self.postgres.delete()


def start(engine: Engine, folder: Path, *, workers: int, at_most_queued: int) -> Installation:
    """Start everything, and wait until the health page says that it is there."""
    for name in ("data", "tmp", "logs", "redis"):
        (folder / name).mkdir(parents=True)
    notebooks.write(folder / "notebooks", folder / "ledger.txt")
    postgres = PostgresServer() if engine is Engine.SERVERS else None
    redis = RedisServer(folder / "redis") if engine is Engine.SERVERS else None
    if redis:
        redis.start()
    database_url = postgres.database() if postgres else ""
    environment = _environment(folder, database_url, redis.url if redis else "", at_most_queued)
    _flask("db", "upgrade", environment=environment)
    port = free_port()
    web = Child("web", _web_command(port, engine), environment, folder / "logs" / "web.log")
    hands = [
        Child(
            f"worker {number}", [sys.executable, "huey_worker.py"], environment, folder / "logs" / f"worker{number}.log"
        )
        for number in range(1, workers + 1)
    ]
    keeper = Keeper([web, *hands])
    url = f"http://127.0.0.1:{port}"
    made = Installation(engine, folder, url, database_url, keeper, hands, web, postgres, redis)
    keeper.start()
    try:
        _wait_until_healthy(made)
    except BaseException:
        made.stop()
        made.delete_servers()
        raise
    return made


def sqlalchemy_url(installation: Installation) -> str:
    settings = Settings(data_dir=installation.data_dir, database_url=installation.database_url)
    return settings.sqlalchemy_url


def _environment(folder: Path, database_url: str, redis_url: str, at_most_queued: int) -> dict[str, str]:
    return environment_with(
        WRANGLER_ENV="development",
        WRANGLER_DATA_DIR=str(folder / "data"),
        WRANGLER_NOTEBOOKS_DIR=str(folder / "notebooks"),
        DATABASE_URL=database_url,
        REDIS_URL=redis_url,
        TMPDIR=str(folder / "tmp"),
        RATELIMIT_ENABLED="false",
        ACCESS_TOKEN_SECONDS="86400",
        JOB_LEASE_SECONDS=str(LEASE_SECONDS),
        JOB_DISPATCH_SECONDS=str(DISPATCH_SECONDS),
        JOB_MAX_ATTEMPTS=str(MAX_ATTEMPTS),
        JOB_MAX_QUEUED_PER_USER=str(at_most_queued),
        PYTHONPATH=str(PROJECT_ROOT),
    )


def _web_command(port: int, engine: Engine) -> list[str]:
    processes = 2 if engine is Engine.SERVERS else 1
    bound = ["--bind", f"127.0.0.1:{port}", "--log-level", "warning"]
    sized = ["--worker-class", "gthread", "--threads", str(WEB_THREADS), "--workers", str(processes)]
    return [sys.executable, "-m", "gunicorn", "wsgi:app", *bound, *sized]


def _flask(*arguments: str, environment: dict[str, str]) -> None:
    command = [sys.executable, "-m", "flask", "--app", "wsgi", *arguments]
    subprocess.run(command, cwd=PROJECT_ROOT, env=environment, check=True, capture_output=True)


def _wait_until_healthy(installation: Installation) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"{installation.url}/health", timeout=5).json()["status"] == "ok":
                return
        except (httpx.TransportError, ValueError):
            pass
        time.sleep(0.1)
    raise AssertionError(f"the installation did not get ready; its logs lie in {installation.logs}")
