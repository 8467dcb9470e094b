"""An upload through a real gunicorn: what it takes, and what it adds to the memory of the web process."""

import io
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from benchmarks.loading.measuring import Watch
from wrangler.config import PROJECT_ROOT, environment_with

START_SECONDS = 60
PATIENCE_SECONDS = 1800


@dataclass(frozen=True)
class Uploaded:
    """What one upload took of the server, from the first byte sent to the answer."""

    wall_seconds: float
    web_growth_bytes: int
    rows: int


def upload(table: Path, folder: Path) -> Uploaded:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = environment_with(
        WRANGLER_ENV="testing",
        WRANGLER_DATA_DIR=str(folder),
        DATABASE_URL="",
        REDIS_URL="",
        IMPORT_SECONDS=str(PATIENCE_SECONDS),
        LOG_LEVEL="WARNING",
        PYTHONPATH=str(PROJECT_ROOT),
    )
    subprocess.run([sys.executable, "-m", "flask", "--app", "wsgi", "db", "upgrade"],
                   cwd=PROJECT_ROOT, env=environment, check=True, capture_output=True)  # fmt: skip
    argv = [sys.executable, "-m", "gunicorn", "wsgi:app", "--config", "python:wrangler.web.gunicorn",
            "--bind", f"127.0.0.1:{port}", "--worker-class", "gthread", "--threads", "4",
            "--log-level", "warning"]  # fmt: skip
    server = subprocess.Popen(argv, cwd=PROJECT_ROOT, env=environment)
    try:
        return _upload(table, f"http://127.0.0.1:{port}", server.pid)
    finally:
        server.terminate()
        server.wait()


def _upload(table: Path, url: str, pid: int) -> Uploaded:
    with httpx.Client(base_url=url, timeout=PATIENCE_SECONDS) as client:
        _wait(client)
        who = {"email": "ada@example.org", "password": "correct horse battery"}
        client.post("/api/v1/auth/register", json={**who, "name": "Ada"}).raise_for_status()
        token = client.post("/api/v1/auth/token", json=who).raise_for_status().json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        _send(client, b"a,b\n1,2\n")  # what the first upload loads is no growth
        [worker] = psutil.Process(pid).children()
        before = worker.memory_info().rss
        watch = Watch(worker.pid, with_children=False)
        began = time.perf_counter()
        prediction = _send(client, table)
        wall = time.perf_counter() - began
        return Uploaded(wall, watch.end() - before, prediction["rows"])


def _wait(client: httpx.Client) -> None:
    give_up_at = time.monotonic() + START_SECONDS
    while True:
        try:
            client.get("/healthz")
        except httpx.TransportError:
            if time.monotonic() > give_up_at:
                raise
            time.sleep(0.1)
        else:
            return


def _send(client: httpx.Client, table: Path | bytes) -> dict[str, int]:
    with table.open("rb") if isinstance(table, Path) else io.BytesIO(table) as file:
        prediction = client.post("/api/v1/datasets", files={"file": ("table.csv", file)})
    if prediction.status_code != httpx.codes.CREATED:
        raise SystemExit(f"The upload was refused: {prediction.text}")
    found: dict[str, int] = prediction.json()
    return found
