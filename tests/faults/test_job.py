"""Row 12 of the fault matrix: a job is cancelled while it waits, runs, and is being published."""

import random
import shutil
import threading
import time
import uuid

import pytest

from tests.farm import SmallInstallation, is_working
from tests.faults.crash_points import COMPLETED, outcome_of
from wrangler.extensions import db
from wrangler.models import Dataset, Job, JobKind, JobState
from wrangler.notebook.protocol import NOTEBOOK_FILE
from wrangler.services.database_clock import database_now
from wrangler.services.jobs import leases, results, submission
from wrangler.services.jobs.leases import Claim
from wrangler.services.storage import Storage

RACES = 40


def cancel(installation: SmallInstallation, job_id: uuid.UUID) -> None:
    with installation.app.app_context():
        submission.cancel(installation.owner_id, job_id)


@pytest.fixture(autouse=True)
def _nothing_else_is_to_be_done(installation: SmallInstallation) -> None:
    installation.delete_jobs()
    installation.hold()


@pytest.mark.kernel
def test_row_12_a_job_cancelled_while_it_waits_or_runs_publishes_no_result(installation: SmallInstallation) -> None:
    waiting = installation.submit()
    cancel(installation, waiting)
    assert installation.job(waiting).state is JobState.CANCELLED
    with installation.worker():
        running = installation.submit(notifies=True)
        installation.wait(running, is_working)
        cancel(installation, running)
        job = installation.wait(running)
        installation.release()

        assert (job.state, installation.published(running)) == (JobState.CANCELLED, [1])
        assert installation.artifacts(running) == ["log.txt", "report.html", "report.ipynb"]
        assert installation.processes_of_runs() == []
        assert not (installation.settings.data_dir / "runs" / str(running) / "1").exists()
        later = installation.submit(notifies=True)
        assert installation.wait(later).state is JobState.SUCCEEDED
    assert (installation.job(waiting).state, installation.executions(waiting)) == (JobState.CANCELLED, 0)


def test_row_12_a_cancellation_at_the_publish_moment_ends_the_job_once_and_never_half(
    installation: SmallInstallation,
) -> None:
    storage = Storage(installation.settings.data_dir)
    ended = [race(installation, storage, lead) for lead in leads(seconds_to_publish(installation, storage))]

    assert {state for state, _ in ended} == {JobState.CANCELLED, JobState.SUCCEEDED}, "no race was close: widen the gap"
    for state, job_id in ended:
        is_success = state is JobState.SUCCEEDED
        assert (installation.published(job_id), installation.completed(job_id)) == ([1], int(is_success))
        published = [path.name for path in storage.published(job_id, 1).iterdir()]
        assert sorted(published) == installation.artifacts(job_id)
        assert sorted(published) == ([COMPLETED] if is_success else []) + [NOTEBOOK_FILE]
        assert not storage.run(job_id, 1).exists()
    with installation.app.app_context():
        rows = {str(dataset.id) for dataset in db.session.query(Dataset)}
    assert {path.name for path in (storage.root / "datasets").iterdir()} == rows


def seconds_to_publish(installation: SmallInstallation, storage: Storage) -> float:
    """How long it takes on this machine, and beside what else it does now, when nobody interferes."""
    held = ready_to_publish(installation, storage)
    with installation.app.app_context():
        began = time.monotonic()
        assert results.publish(held, outcome_of(storage.run(held.row_id, held.attempt)), storage)
        return time.monotonic() - began


def leads(usual: float) -> list[float]:
    """By how much the cancellation comes before the publishing: from long after to just before its end."""
    chance = random.Random(12)
    return [chance.uniform(-3 * usual, usual / 3) for _ in range(RACES)]


def race(installation: SmallInstallation, storage: Storage, lead: float) -> tuple[JobState, uuid.UUID]:
    """The final state of a job whose run has ended, and that is published and cancelled at once."""
    held = ready_to_publish(installation, storage)
    outcome = outcome_of(storage.run(held.row_id, held.attempt))
    start = threading.Barrier(2)

    def publish() -> None:
        with installation.app.app_context():
            start.wait()
            time.sleep(max(0.0, lead))
            results.publish(held, outcome, storage)

    def interrupt() -> None:
        start.wait()
        time.sleep(max(0.0, -lead))
        cancel(installation, held.row_id)

    threads = [threading.Thread(target=work) for work in (publish, interrupt)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return installation.job(held.row_id).state, held.row_id


def ready_to_publish(installation: SmallInstallation, storage: Storage) -> Claim:
    job_id = uuid.uuid4()
    with installation.app.app_context():
        db.session.add(
            Job(
                id=job_id,
                owner_id=installation.owner_id,
                dataset_id=installation.dataset_id,
                kind=JobKind.IMPUTE,
                template_sha256="0" * 64,
                seed=0,
                queue="imputation",
                available_at=database_now(),
            )
        )
        db.session.commit()
        held = leases.claim(job_id, worker="one", lease_seconds=60)
    assert held is not None
    folder = storage.new_run_folder(job_id, held.attempt)
    shutil.copyfile(storage.table(installation.dataset_id), folder / COMPLETED)
    (folder / NOTEBOOK_FILE).write_text("{}")
    return held
