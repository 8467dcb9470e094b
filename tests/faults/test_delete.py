"""Row 28 of the fault matrix: the dataset, the owner or the job itself is deleted while the job runs."""

import time
import uuid
from collections.abc import Iterator

import pytest
from sqlalchemy import delete

from tests.farm import SmallInstallation, is_working, wait_until
from wrangler.errors import Conflict
from wrangler.extensions import db
from wrangler.models import Artifact, Dataset, Job, JobState, User
from wrangler.services import datasets, orphaned_files
from wrangler.services.jobs import deletion
from wrangler.services.storage import Storage

pytestmark = pytest.mark.kernel
FOLDERS = ("runs", "artifacts", "datasets")


@pytest.fixture(scope="module")
def busy(installation: SmallInstallation) -> Iterator[SmallInstallation]:
    """One worker for all these deletions, which it must outlive."""
    with installation.worker() as worker:
        yield installation
        assert worker.poll() is None


@pytest.fixture
def running(busy: SmallInstallation) -> uuid.UUID:
    """A job that runs, on a dataset of its own."""
    busy.delete_jobs()
    busy.hold()
    busy.dataset_id = busy.new_dataset()
    job_id = busy.submit()
    busy.wait(job_id, is_working)
    return job_id


def test_row_28_deleting_what_a_running_job_needs_is_refused_and_the_job_finishes(
    busy: SmallInstallation, running: uuid.UUID
) -> None:
    storage = Storage(busy.settings.data_dir)
    with busy.app.app_context():
        with pytest.raises(Conflict):
            datasets.delete(busy.owner_id, busy.dataset_id, storage)
        with pytest.raises(Conflict):
            deletion.delete(busy.owner_id, running, storage)
        db.session.rollback()
    busy.release()

    assert busy.wait(running).state is JobState.SUCCEEDED
    assert busy.published(running) == [1]
    with busy.app.app_context():
        datasets.delete(busy.owner_id, busy.dataset_id, storage)
        assert db.session.get(Job, running) is None
    assert not any((storage.root / kind / str(running)).exists() for kind in FOLDERS)


def test_row_28_a_job_whose_table_is_gone_before_it_starts_fails_and_reports_it(
    busy: SmallInstallation, running: uuid.UUID
) -> None:
    waiting = busy.submit()
    with busy.app.app_context():
        Storage(busy.settings.data_dir).remove_dataset(busy.dataset_id)
    busy.release()

    assert busy.wait(running).state is JobState.SUCCEEDED, "it has a copy of its own"
    job = busy.wait(waiting)
    assert (job.state, job.error["code"], busy.published(waiting)) == (JobState.FAILED, "DATASET_GONE", [])
    with busy.app.app_context():
        db.session.execute(delete(Dataset).where(Dataset.id == busy.dataset_id))
        db.session.commit()


@pytest.mark.parametrize("victim", ["job", "dataset", "user"])
@pytest.mark.parametrize("moment", ["while it works", "before it publishes"])
def test_row_28_a_run_whose_row_is_deleted_is_ended_and_leaves_nothing(
    busy: SmallInstallation, running: uuid.UUID, victim: str, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(orphaned_files, "YOUNG_SECONDS", -1)
    storage = Storage(busy.settings.data_dir)
    statement = {
        "job": delete(Job).where(Job.id == running),
        "dataset": delete(Dataset).where(Dataset.id == busy.dataset_id),
        "user": delete(User).where(User.id == busy.owner_id),
    }[victim]
    if moment == "before it publishes":
        busy.release()
    with busy.app.app_context():
        db.session.execute(statement)
        db.session.commit()

    wait_until(lambda: not busy.processes_of_runs(), message_on_timeout="the run goes on without its row")
    wait_until(lambda: not storage.run(running, 1).exists())
    time.sleep(0.2)
    with busy.app.app_context():
        assert db.session.get(Job, running) is None, "it has risen again"
        assert db.session.query(Artifact).filter_by(job_id=running).count() == 0
        assert db.session.query(Dataset).filter(Dataset.parent_id.is_not(None)).count() == 0
        orphaned_files.sweep(storage)
        kept = {str(dataset.id) for dataset in db.session.query(Dataset)}
    assert {path.name for path in (storage.root / "datasets").iterdir()} == kept
    assert not any((storage.root / kind / str(running)).exists() for kind in ("runs", "artifacts"))
    if victim == "user":
        busy.finalize()
