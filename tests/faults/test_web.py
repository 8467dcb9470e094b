"""Row 23 of the fault matrix: a web server that is killed in the middle of an upload, and just before its answer."""

import contextlib
import os
import socket
import sqlite3
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from tests.conftest import PASSWORD
from tests.farm import PATIENCE_SECONDS, SmallInstallation, installed, kill_tree, wait_until
from tests.servers import free_port
from wrangler.extensions import db
from wrangler.models import Job
from wrangler.services import orphaned_files
from wrangler.services.storage import Storage

pytestmark = pytest.mark.slow
HALF = b'--edge\r\nContent-Disposition: form-data; name="file"; filename="half.csv"\r\n\r\na,b\n' + b"1,2\n" * 500_000
ROWS = 500_000
TABLE = {"file": ("whole.csv", b"a,b\n1,2\n3,\n")}


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallInstallation]:
    with installed(tmp_path_factory.mktemp("web")) as installation:
        yield installation


class Web:
    """A gunicorn that can be killed with all its workers and started again at the same address."""

    def __init__(self, installation: SmallInstallation) -> None:
        self.port = free_port()
        # No connection is kept: one of a server that was killed would be tried on the next.
        fresh = httpx.Limits(max_keepalive_connections=0)
        base = f"http://127.0.0.1:{self.port}/api/v1"
        self.http = httpx.Client(base_url=base, timeout=PATIENCE_SECONDS, limits=fresh)
        self._installation = installation
        self._stack = contextlib.ExitStack()

    def start(self) -> None:
        command = [sys.executable, "-m", "gunicorn", "wsgi:app", "--bind", f"127.0.0.1:{self.port}"]
        process = self._stack.enter_context(
            self._installation.process(*command, "--worker-class", "gthread", "--threads", "4")
        )
        self.pid = process.pid
        wait_until(self._responds)

    def _responds(self) -> bool:
        """A port that is open may be that of the server before, which is still dying."""
        with contextlib.suppress(httpx.TransportError):
            return httpx.get(f"http://127.0.0.1:{self.port}/healthz").is_success
        return False

    def kill(self) -> None:
        kill_tree(self.pid)
        self._stack.close()

    def headers(self) -> dict[str, str]:
        login = self.http.post("/auth/token", json={"email": "ada@example.org", "password": PASSWORD})
        return {"Authorization": f"Bearer {login.json()['access_token']}"}


@pytest.fixture
def web(installation: SmallInstallation) -> Iterator[Web]:
    web = Web(installation)
    web.start()
    yield web
    web.kill()
    web.http.close()


def test_row_23_a_web_server_killed_during_an_upload_shows_no_half_dataset_and_the_rest_is_swept(
    installation: SmallInstallation, web: Web
) -> None:
    storage, headers = Storage(installation.settings.data_dir), web.headers()
    before = web.http.get("/datasets", headers=headers).json()["items"]
    head = (
        f"POST /api/v1/datasets HTTP/1.1\r\nHost: localhost\r\nAuthorization: {headers['Authorization']}\r\n"
        f"Content-Type: multipart/form-data; boundary=edge\r\nContent-Length: {2 * len(HALF)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", web.port)) as connection:
        connection.sendall(head.encode() + HALF)
        wait_until(lambda: [path for path in storage.uploads.iterdir() if path.stat().st_size > 100_000])
        web.kill()
    web.start()

    assert web.http.get("/datasets", headers=headers).json()["items"] == before
    (left,) = storage.uploads.iterdir()
    long_ago = time.time() - orphaned_files.UPLOAD_SECONDS - 1
    os.utime(left, (long_ago, long_ago))
    with installation.app.app_context():
        assert orphaned_files.sweep(storage)["uploads"] == 1
    assert list(storage.uploads.iterdir()) == []
    again = web.http.post("/datasets", files=TABLE, headers=headers)
    assert (again.status_code, again.json()["rows"]) == (201, 2)


def test_row_23_what_a_web_server_was_killed_over_is_imported_by_a_worker(
    installation: SmallInstallation, web: Web
) -> None:
    """And sending the upload again under the same key, since its answer was lost, makes no other dataset."""
    headers = web.headers() | {"Idempotency-Key": str(uuid.uuid4())}
    lines = "".join(f"{i},{i % 97}.5,text {i % 1013},{i % 9 or ''}\n" for i in range(ROWS))
    big = {"file": ("big.csv", f"a,b,c,d\n{lines}".encode())}
    mine = {"idempotency_key": headers["Idempotency-Key"]}

    def found() -> list[dict]:
        return web.http.get("/datasets", params=mine, headers=web.headers()).json()["items"]

    with lost_response(web, "/datasets", headers, files=big):
        wait_until(lambda: [item for item in found() if item["status"] == "importing"])
        web.kill()
    web.start()
    (left,) = found()
    assert left["status"] == "importing"
    with installation.worker(sys.executable, "huey_worker.py", "--queues", "default"):
        wait_until(lambda: found()[0]["status"] in {"ready", "failed"})

    again = web.http.post("/datasets", files=big, headers=headers)
    assert (again.status_code, again.json()["id"], again.json()["rows"]) == (201, left["id"], ROWS)
    folder = Storage(installation.settings.data_dir).dataset(uuid.UUID(left["id"]))
    with installation.app.app_context():
        orphaned_files.sweep(Storage(installation.settings.data_dir))
    assert {path.name for path in folder.iterdir()} == {"source", "table.parquet"}
    standing = [one for one in psutil.process_iter(["cwd"]) if (one.info["cwd"] or "").startswith(str(folder))]
    assert standing == []


def test_row_23_a_submission_whose_response_was_lost_can_be_sent_again_and_makes_one_job(
    installation: SmallInstallation, web: Web
) -> None:
    """The queue is locked, so that the job is committed and no notification is sent when the server is killed."""
    headers = web.headers() | {"Idempotency-Key": str(uuid.uuid4())}
    body = {"kind": "analyze", "dataset_id": str(installation.dataset_id)}

    def jobs() -> list[str]:
        with installation.app.app_context():
            return [str(job.id) for job in db.session.query(Job)]

    assert web.http.post("/jobs", json=body, headers=web.headers()).status_code == 202
    (earlier,) = jobs()
    with locked(installation.settings.data_dir / "queue.sqlite3"), lost_response(web, "/jobs", headers, json=body):
        wait_until(lambda: len(jobs()) > 1)
        web.kill()
    web.start()
    again = web.http.post("/jobs", json=body, headers=headers)

    assert again.status_code == 202
    assert sorted(jobs()) == sorted([earlier, again.json()["id"]])
    other = web.http.post("/jobs", json=body | {"seed": 1}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")


@contextlib.contextmanager
def locked(database: Path) -> Iterator[None]:
    """Nobody else can write to this database meanwhile."""
    connection = sqlite3.connect(database, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    yield
    connection.execute("ROLLBACK")
    connection.close()


@contextlib.contextmanager
def lost_response(web: Web, path: str, headers: dict[str, str], **body) -> Iterator[None]:
    """A request that goes on meanwhile, and must not be answered."""
    outcomes = []

    def post() -> None:
        try:
            outcomes.append(web.http.post(path, headers=headers, **body).status_code)
        except httpx.TransportError as lost:
            outcomes.append(type(lost))

    thread = threading.Thread(target=post)
    thread.start()
    yield
    thread.join()
    assert isinstance(outcomes[0], type), f"it was answered with {outcomes[0]}: this test shows nothing"
