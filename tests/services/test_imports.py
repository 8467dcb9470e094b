"""One process at a time holds an import, and the row says who."""

import threading
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from wrangler.config import settings_of
from wrangler.extensions import db
from wrangler.models import Dataset, DatasetStatus, User
from wrangler.services.database_clock import database_now
from wrangler.services.imports import leases, run
from wrangler.services.leases import Claim
from wrangler.services.storage import Storage

MOST = 3


@pytest.fixture
def storage(rows: Flask) -> Storage:
    return Storage(settings_of(rows).data_dir)


@pytest.fixture
def upload(rows: Flask, storage: Storage) -> Callable[..., uuid.UUID]:
    """Puts an upload into the table, and its bytes on the disk."""
    owner = User(email="ada@example.org", name="Ada", password_hash="-")
    db.session.add(owner)
    db.session.commit()

    def make(content: bytes = b"a,b\n1,x\n2,y\n") -> uuid.UUID:
        dataset = Dataset(owner_id=owner.id, name="t", filename="t.csv", source_bytes=len(content), sha256="0" * 64)
        db.session.add(dataset)
        db.session.commit()
        dataset_id = dataset.id
        db.session.rollback()
        storage.new_dataset_folder(dataset_id)
        storage.source(dataset_id).write_bytes(content)
        return dataset_id

    return make


def claimed() -> Claim:
    claim = leases.claim_next(lease_seconds=60)
    assert claim is not None
    return claim


def row_of(dataset_id: uuid.UUID) -> Dataset:
    return db.session.get_one(Dataset, dataset_id, populate_existing=True)


def lose(claim: Claim, storage: Storage) -> None:
    """What a worker that was killed leaves, taken back by the reaper."""
    row_of(claim.row_id).lease_until = database_now() - timedelta(seconds=1)
    db.session.commit()
    assert leases.reap(storage, max_attempts=MOST) == 1


def run_import(claim: Claim, app: Flask) -> None:
    run.import_for_worker(claim, settings_of(app), lambda: False)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_of_many_workers_at_once_one_gets_the_import(rows, upload):
    upload()
    start, won = threading.Barrier(8), []

    def try_to_claim():
        with rows.app_context():
            start.wait()
            if leases.claim_next(lease_seconds=60) is not None:
                won.append(True)

    threads = [threading.Thread(target=try_to_claim) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(won) == 1


def test_what_has_waited_longest_is_imported_first(upload):
    first, second = upload(), upload()

    assert [claimed().row_id, claimed().row_id] == [first, second]


def test_an_older_claim_neither_renews_nor_hands_back(upload, storage):
    upload()
    first = claimed()
    lose(first, storage)
    second = claimed()

    with db.engine.begin() as connection:
        assert not leases.renew(connection, first, lease_seconds=60, progress=(0.9, "late"))
        assert leases.renew(connection, second, lease_seconds=60, progress=(0.1, "converting"))
    assert not leases.hand_back(first)
    assert (row_of(second.row_id).stage, row_of(second.row_id).attempt) == ("converting", 2)


@pytest.mark.parametrize("content", [b"a,b\n1,x\n", b""], ids=["table", "refused"])
def test_an_older_claim_changes_nothing_of_what_the_newest_published(rows, upload, storage, content):
    dataset_id = upload()
    first = claimed()
    lose(first, storage)
    run_import(claimed(), rows)
    published, table = row_of(dataset_id).updated_at, storage.table(dataset_id).read_bytes()
    db.session.rollback()
    storage.source(dataset_id).write_bytes(content)

    run_import(first, rows)

    row = row_of(dataset_id)
    assert (row.status, row.updated_at, row.error) == (DatasetStatus.READY, published, None)
    assert storage.table(dataset_id).read_bytes() == table
    assert names(storage.dataset(dataset_id)) == {"source", "table.parquet"}


def test_what_a_killed_worker_left_is_gone_when_the_next_has_imported(rows, upload, storage):
    dataset_id = upload()
    first = claimed()
    (storage.new_import_folder(dataset_id, first.attempt) / "half").write_bytes(b"x")
    lose(first, storage)

    run_import(claimed(), rows)

    assert names(storage.dataset(dataset_id)) == {"source", "table.parquet"}


def test_an_import_whose_workers_are_lost_is_given_up_and_leaves_nothing(upload, storage):
    dataset_id = upload()

    for _ in range(MOST):
        lose(claimed(), storage)

    row = row_of(dataset_id)
    assert (row.status, row.error["code"]) == (DatasetStatus.FAILED, "import_lost")
    assert not storage.dataset(dataset_id).exists()


def test_an_import_that_was_handed_back_loses_no_attempt(upload, storage):
    dataset_id = upload()

    for _ in range(MOST):
        assert leases.hand_back(claimed())
    for _ in range(MOST - 1):
        lose(claimed(), storage)

    assert row_of(dataset_id).status is DatasetStatus.UPLOADED
    lose(claimed(), storage)
    assert row_of(dataset_id).status is DatasetStatus.FAILED
