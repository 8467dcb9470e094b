"""What a crash leaves on the disk goes, and nothing that a row refers to does."""

import os
import time
import uuid
from datetime import timedelta

import pytest

from wrangler.extensions import db
from wrangler.models import Artifact, Dataset, DatasetStatus, Job, JobState
from wrangler.services import orphaned_files
from wrangler.services.database_clock import database_now
from wrangler.services.jobs import deletion, leases
from wrangler.services.storage import Storage
from wrangler.tables.options import EXPORT_PREFIX

DAY = 24 * 3600


@pytest.fixture
def storage(tmp_path):
    return Storage(tmp_path / "data")


def made(folder, *, seconds_ago=0):
    folder.mkdir(parents=True)
    (folder / "file").write_text("x")
    written = time.time() - seconds_ago
    os.utime(folder, (written, written))
    return folder


def finished(make_job, **different):
    return make_job(**{"state": JobState.SUCCEEDED, "finished_at": database_now(), "attempt": 2} | different)


def test_the_folder_of_a_run_that_goes_on_stays_and_those_of_its_earlier_attempts_go(make_job, storage):
    job_id = make_job()
    held = leases.claim(job_id, worker="one", lease_seconds=60)
    leases.hand_back(held)
    second = leases.claim(job_id, worker="one", lease_seconds=60)
    earlier, current = made(storage.run(job_id, held.attempt)), made(storage.run(job_id, second.attempt))

    assert orphaned_files.sweep(storage)["runs"] == 1
    assert (earlier.exists(), current.exists()) == (False, True)


def test_an_attempt_that_was_renamed_but_not_published_goes_and_the_published_one_stays(make_job, storage):
    job_id = finished(make_job)
    artifact = Artifact(job_id=job_id, attempt=2, name="file", media_type="text/plain", bytes=1, sha256="0" * 64)
    db.session.add(artifact)
    db.session.commit()
    torn, published = made(storage.published(job_id, 1)), made(storage.published(job_id, 2))

    assert orphaned_files.sweep(storage)["artifacts"] == 1
    assert (torn.exists(), published.exists()) == (False, True)


def test_an_attempt_that_is_just_being_published_stays(make_job, storage):
    held = leases.claim(make_job(), worker="one", lease_seconds=60)
    renamed = made(storage.published(held.row_id, held.attempt))

    orphaned_files.sweep(storage)

    assert renamed.exists()


def test_what_a_killed_download_left_beside_a_table_goes_when_it_is_old(make_job, storage):
    dataset = storage.dataset(db.session.get_one(Job, make_job()).dataset_id)
    db.session.rollback()
    old = made(dataset / f"{EXPORT_PREFIX}old", seconds_ago=DAY + 1)
    young = made(dataset / f"{EXPORT_PREFIX}young")

    assert orphaned_files.sweep(storage)["exports"] == 1
    assert (old.exists(), young.exists()) == (False, True)


def test_files_of_jobs_that_are_gone_go(rows, storage):
    orphan = made(storage.published(uuid.uuid4(), 1))

    orphaned_files.sweep(storage)

    assert not orphan.exists()


def test_what_is_no_folder_of_a_job_stays_and_does_not_stop_the_sweep(rows, storage):
    strange = made(storage.root / "runs" / "my-own-notes-on-this" / "1")

    orphaned_files.sweep(storage)

    assert strange.exists()


def test_a_dataset_without_a_row_goes_when_it_is_old_enough_and_one_with_a_row_stays(make_job, storage):
    make_job()
    known = made(storage.dataset(db.session.query(Dataset).one().id), seconds_ago=DAY)
    young, old = made(storage.dataset(uuid.uuid4())), made(storage.dataset(uuid.uuid4()), seconds_ago=DAY)

    assert orphaned_files.sweep(storage)["datasets"] == 1
    assert (known.exists(), young.exists(), old.exists()) == (True, True, False)


def test_the_folder_of_an_old_job_goes_with_the_last_run_in_it(make_job, storage):
    left = made(storage.run(finished(make_job), 1))
    long_ago = time.time() - DAY
    os.utime(left.parent, (long_ago, long_ago))

    orphaned_files.sweep(storage)

    assert not left.parent.exists()


def test_where_an_import_worked_goes_unless_it_goes_on(make_job, storage):
    make_job()
    dataset = db.session.query(Dataset).one()
    dataset.status, dataset.attempt, dataset.lease_until = DatasetStatus.IMPORTING, 2, database_now()
    db.session.commit()
    earlier, current = (made(storage.import_folder(dataset.id, attempt)) for attempt in (1, 2))

    assert orphaned_files.sweep(storage)["imports"] == 1
    assert (earlier.exists(), current.exists()) == (False, True)


def test_the_file_of_a_failed_import_goes_however_young_it_is(make_job, storage):
    make_job()
    dataset = db.session.query(Dataset).one()
    dataset.status = DatasetStatus.FAILED
    db.session.commit()
    refused = made(storage.dataset(dataset.id))

    assert orphaned_files.sweep(storage)["datasets"] == 1
    assert not refused.exists()


def test_an_upload_that_broke_off_long_ago_goes(rows, storage):
    made(storage.uploads / "young")
    made(storage.uploads / "old", seconds_ago=2 * DAY)

    assert orphaned_files.sweep(storage)["uploads"] == 1
    assert [path.name for path in storage.uploads.iterdir()] == ["young"]


def test_jobs_that_ended_long_ago_go_with_their_files(make_job, storage):
    old = finished(make_job, finished_at=database_now() - timedelta(days=31))
    young, waiting = finished(make_job), make_job()
    files = made(storage.published(old, 2))

    assert deletion.prune(storage, retention_days=30) == 1
    assert {job.id for job in db.session.query(Job)} == {young, waiting}
    assert not files.exists()


def test_without_a_retention_nothing_goes(make_job, storage):
    finished(make_job, finished_at=database_now() - timedelta(days=1000))

    assert deletion.prune(storage, retention_days=0) == 0


def test_paper_whose_job_is_gone_goes(rows, storage):
    paper = made(storage.printed(uuid.uuid4(), 1).parent)

    assert orphaned_files.sweep(storage)["printed"] == 1
    assert not paper.exists()
