"""Row 20 of the fault matrix: SQLite under writers that are killed anywhere, and under many of them at once."""

import contextlib
import sqlite3
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.conftest import PASSWORD
from tests.farm import SmallInstallation, installed
from tests.faults.crash_points import COMPLETED, run
from wrangler import extensions
from wrangler.extensions import db
from wrangler.files import file_sha256
from wrangler.models import Artifact, Dataset, Job, JobState
from wrangler.notebook.protocol import NOTEBOOK_FILE
from wrangler.services import orphaned_files
from wrangler.services.jobs import leases
from wrangler.services.storage import Storage

pytestmark = pytest.mark.slow
WRITERS = 32
SIGKILLED = -9
FEWEST_POINTS = 60


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[SmallInstallation]:
    with installed(tmp_path) as installation:
        yield installation


@pytest.mark.timeout(900)  # it is long because it kills a writer at each of some hundred points, one after the other
def test_row_20_a_writer_killed_at_any_point_leaves_a_sound_database_and_no_job_half_done(
    installation: SmallInstallation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is long because the writer dies at each of its writes in turn, and a worker recovers after each."""
    monkeypatch.setattr(orphaned_files, "YOUNG_SECONDS", -1)  # nothing here is still being written
    installation.work("1 + 1")
    installation.notebooks.joinpath("analyze.ipynb").rename(installation.notebooks / "impute.ipynb")
    killed = 0
    with installation.process(
        sys.executable, "-c", "import runpy; runpy.run_module('tests.faults.crash_points', run_name='__main__')"
    ) as mother:
        points = run_crash_point(mother)
        assert_recovers(installation, 0)
        while (ended := run_crash_point(mother, "next")) == SIGKILLED:
            killed += 1
            assert_sound(installation, killed)
            assert_recovers(installation, killed)
        assert ended == 0, installation.log.read_text()
    assert killed == points > FEWEST_POINTS


def run_crash_point(mother: subprocess.Popen[bytes], word: str = "") -> int:
    """The next number from the process that lives and dies, after this word to it."""
    if word:
        mother.stdin.write(f"{word}\n".encode())
        mother.stdin.flush()
    return int(mother.stdout.readline())


def assert_sound(installation: SmallInstallation, point: int) -> None:
    with sqlite3.connect(installation.settings.data_dir / "wrangler.sqlite3") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)], point
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == [], point
    connection.close()
    with installation.app.app_context():
        assert differences(Storage(installation.settings.data_dir)) == [], point


def assert_recovers(installation: SmallInstallation, point: int) -> None:
    """The next worker ends every job, and what the sweep leaves are the rows' own files; then all is as at first."""
    storage = Storage(installation.settings.data_dir)
    with installation.app.app_context():
        recover(storage)
        jobs = list(db.session.scalars(select(Job)))
        assert all(job.state.is_final for job in jobs), point
        assert differences(storage) == [], point
        orphaned_files.sweep(storage)
        kept = {str(dataset_id) for dataset_id in db.session.scalars(select(Dataset.id))}
        assert {path.name for path in (storage.root / "datasets").iterdir()} == kept, point
        published = {str(job_id) for job_id in db.session.scalars(select(Artifact.job_id))}
        assert {path.name for path in (storage.root / "artifacts").glob("*")} == published, point
        assert list((storage.root / "runs").glob("*")) == [], point

        db.session.query(Dataset).filter(Dataset.parent_id.is_not(None)).delete()
        db.session.query(Job).delete()
        db.session.commit()
        orphaned_files.sweep(storage)
    for folder in ("runs", "artifacts"):
        with contextlib.suppress(FileNotFoundError):
            (storage.root / folder).rmdir()


def recover(storage: Storage) -> None:
    """What happens in the minutes after a crash: leases run out, jobs are due again, and another worker runs them."""
    db.session.query(Job).filter(Job.state == JobState.RUNNING).update({"lease_until": Job.created_at})
    db.session.commit()
    leases.reap()
    db.session.query(Job).filter(Job.state == JobState.QUEUED).update({"available_at": Job.created_at})
    waiting = list(db.session.scalars(select(Job.id).where(Job.state == JobState.QUEUED)))
    db.session.commit()
    for job_id in waiting:
        run(job_id, storage)


def differences(storage: Storage) -> list[str]:
    """What the rows say that is not so: a result without its files, or files of a job that has none.

    A cancelled job has its notebook, or nothing when the writer was killed before that was published.
    """
    found = []
    for job in db.session.scalars(select(Job)).all():
        rows = db.session.scalars(select(Artifact).where(Artifact.job_id == job.id).order_by(Artifact.name)).all()
        made = db.session.scalars(select(Dataset.id).where(Dataset.job_id == job.id)).all()
        names = [row.name for row in rows]
        possible = {
            JobState.SUCCEEDED: [([COMPLETED, NOTEBOOK_FILE], 1)],
            JobState.CANCELLED: [([NOTEBOOK_FILE], 0), ([], 0)],
        }
        if (names, len(made)) not in possible.get(job.state, [([], 0)]):
            found.append(f"{job.state} with {names} and {len(made)} datasets")
        for row in rows:
            files = [storage.published(job.id, row.attempt) / row.name]
            files += map(storage.table, made) if row.name == COMPLETED else ()
            found += [f"torn: {path}" for path in files if not path.exists() or file_sha256(path) != row.sha256]
    db.session.rollback()
    return found


def submit_at_once(installation: SmallInstallation, writers: int) -> list[tuple[int, str | None]]:
    """Status and Retry-After of so many orders that are sent in the same moment."""
    login = installation.app.test_client().post(
        "/api/v1/auth/token", json={"email": "ada@example.org", "password": PASSWORD}
    )
    headers = {"Authorization": f"Bearer {login.json['access_token']}"}
    start, responses = threading.Barrier(writers), []

    def submit() -> None:
        client = installation.app.test_client(use_cookies=False)
        start.wait()
        response = client.post(
            "/api/v1/jobs", json={"kind": "analyze", "dataset_id": installation.dataset_id}, headers=headers
        )
        responses.append((response.status_code, response.headers.get("Retry-After")))

    threads = [threading.Thread(target=submit) for _ in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return responses


def jobs_in(installation: SmallInstallation) -> int:
    with installation.app.app_context():
        return db.session.query(Job).count()


def test_row_20_many_writers_at_once_wait_for_each_other_and_none_fails(installation: SmallInstallation) -> None:
    assert Counter(submit_at_once(installation, WRITERS)) == {(202, "1"): WRITERS}
    assert jobs_in(installation) == WRITERS


def test_row_20_a_database_locked_for_longer_than_the_busy_timeout_is_reported_as_503(
    installation: SmallInstallation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extensions, "SQLITE_BUSY_MILLISECONDS", 300)
    with installation.app.app_context():
        db.engine.dispose()
    blocker = sqlite3.connect(
        installation.settings.data_dir / "wrangler.sqlite3", isolation_level=None, check_same_thread=False
    )
    login = installation.app.test_client().post(
        "/api/v1/auth/token", json={"email": "ada@example.org", "password": PASSWORD}
    )
    assert login.status_code == 200
    headers = {"Authorization": f"Bearer {login.json['access_token']}"}
    submit = {"json": {"kind": "analyze", "dataset_id": installation.dataset_id}, "headers": headers}
    client = installation.app.test_client(use_cookies=False)

    blocker.execute("BEGIN IMMEDIATE")
    locked = client.post("/api/v1/jobs", **submit)
    blocker.execute("ROLLBACK")
    blocker.close()

    assert (locked.status_code, locked.headers["Retry-After"]) == (503, "5")
    assert client.post("/api/v1/jobs", **submit).status_code == 202
    assert jobs_in(installation) == 1
