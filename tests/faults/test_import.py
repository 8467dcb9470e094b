"""Rows 1 to 3 and 7 of the fault matrix for imports by workers: who imports is killed, stopped or frozen."""

import contextlib
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.farm import LEASE_SECONDS, SLACK_SECONDS, SmallInstallation, are_gone, wait_until
from wrangler.extensions import db
from wrangler.files import bytes_sha256
from wrangler.importing import ImportOptions
from wrangler.models import AuditEvent, Dataset, DatasetStatus
from wrangler.services import datasets
from wrangler.services.datasets import Upload
from wrangler.services.storage import Storage

pytestmark = pytest.mark.slow
IMPORTER = (sys.executable, "huey_worker.py", "--queues", "default")
PARSER = "wrangler.importing.import_child"
ROWS = 300_000
TABLE = ("a,b,c,d\n" + "".join(f"{i},{i % 97}.5,text {i % 1013},{i % 9 or ''}\n" for i in range(ROWS))).encode()
HANDED_BACK_SECONDS = 10


@pytest.fixture(scope="module")
def installation(install: Callable[..., SmallInstallation]) -> SmallInstallation:
    return install("embedded")


@pytest.fixture
def dataset_id(installation: SmallInstallation) -> uuid.UUID:
    """An upload that waits for a worker."""
    copy = installation.settings.data_dir.parent / "upload"
    copy.write_bytes(TABLE)
    upload = Upload(copy, len(TABLE), bytes_sha256(TABLE), "table.csv")
    with installation.app.app_context():
        return datasets.create(
            installation.owner_id,
            upload,
            ImportOptions(),
            name=None,
            settings=installation.settings,
            notify=lambda *_: False,
        ).id


def test_row_01_an_import_whose_worker_is_killed_is_done_by_another_and_published_once(
    installation: SmallInstallation, dataset_id: uuid.UUID
) -> None:
    with installation.worker(*IMPORTER) as one, installation.worker(*IMPORTER) as two:
        parser, worker = hold_parser(one, two)
        worker.kill()
        wait_until(lambda: are_gone([parser]), SLACK_SECONDS, "the parser outlived its worker")

        assert ended(installation, dataset_id).attempt == 2
        assert_published_once(installation, dataset_id)


def test_row_02_an_import_that_outlasts_the_grace_is_handed_back_at_once(
    installation: SmallInstallation, dataset_id: uuid.UUID
) -> None:
    with installation.worker(*IMPORTER, JOB_GRACE_SECONDS="0.2", JOB_LEASE_SECONDS="60") as process:
        parser, _ = hold_parser(process)
        process.send_signal(signal.SIGTERM)
        wait_until(lambda: row_of(installation, dataset_id).status is DatasetStatus.UPLOADED, HANDED_BACK_SECONDS)
        assert process.wait(SLACK_SECONDS) == 0
        assert are_gone([parser])

    row = row_of(installation, dataset_id)
    assert (row.stage, row.lease_until, row.progress) == ("waiting for a worker", None, 0.0)
    assert_left(installation, dataset_id, "source")
    with installation.worker(*IMPORTER):
        ended(installation, dataset_id)
    assert_published_once(installation, dataset_id)


def test_row_02_an_import_that_ends_within_the_grace_is_published(
    installation: SmallInstallation, dataset_id: uuid.UUID
) -> None:
    with installation.worker(*IMPORTER, JOB_GRACE_SECONDS="60") as process:
        parser, _ = hold_parser(process)
        process.send_signal(signal.SIGTERM)
        time.sleep(LEASE_SECONDS + 1)  # the lease must be renewed during the grace too
        parser.resume()
        assert process.wait(SLACK_SECONDS) == 0

    assert row_of(installation, dataset_id).attempt == 1
    assert_published_once(installation, dataset_id)


def test_row_03_a_worker_frozen_longer_than_its_lease_is_fenced_and_ends_its_parser(
    installation: SmallInstallation, dataset_id: uuid.UUID
) -> None:
    with installation.worker(*IMPORTER) as one, installation.worker(*IMPORTER) as two:
        parser, frozen = hold_parser(one, two)
        frozen.suspend()
        published_at = ended(installation, dataset_id).updated_at
        frozen.resume()
        wait_until(lambda: are_gone([parser]), SLACK_SECONDS, "the fenced worker left its parser alive")

        assert_published_once(installation, dataset_id)
        row = row_of(installation, dataset_id)
        assert (row.attempt, row.updated_at) == (2, published_at)
        assert frozen.is_running(), "it goes on with other imports"


def test_row_03_a_worker_frozen_after_its_parser_ended_does_not_publish_over_the_second(
    installation: SmallInstallation, dataset_id: uuid.UUID
) -> None:
    """The parser of a frozen worker goes on, and its table lies ready when the worker wakes up."""
    with installation.worker(*IMPORTER) as one, installation.worker(*IMPORTER) as two:
        parser, frozen = hold_parser(one, two)
        frozen.suspend()
        parser.resume()
        wait_until(lambda: are_gone([parser]), SLACK_SECONDS)
        published_at = ended(installation, dataset_id).updated_at
        table = Storage(installation.settings.data_dir).table(dataset_id)
        inode = table.stat().st_ino
        frozen.resume()

        assert_published_once(installation, dataset_id)
        row = row_of(installation, dataset_id)
        assert (row.attempt, row.updated_at, table.stat().st_ino) == (2, published_at, inode)


@pytest.mark.parametrize(
    ("signum", "code"),
    [(signal.SIGKILL, "out_of_memory"), (signal.SIGSEGV, "parser_died")],
    ids=["SIGKILL", "segfault"],
)
def test_row_07_a_parser_that_dies_fails_its_dataset_with_the_reason(
    installation: SmallInstallation, dataset_id: uuid.UUID, signum: signal.Signals, code: str
) -> None:
    with installation.worker(*IMPORTER) as process:
        parser, _ = hold_parser(process)
        parser.send_signal(signum)
        parser.resume()
        row = ended(installation, dataset_id)

        assert (row.status, row.attempt, row.error["code"]) == (DatasetStatus.FAILED, 1, code)
        assert row.error["message"]
        assert_left(installation, dataset_id)
        assert process.poll() is None, "the worker did not outlive its parser"


def row_of(installation: SmallInstallation, dataset_id: uuid.UUID) -> Dataset:
    with installation.app.app_context():
        row: Dataset = db.session.get_one(Dataset, dataset_id)
        db.session.expunge(row)
        return row


def ended(installation: SmallInstallation, dataset_id: uuid.UUID) -> Dataset:
    wait_until(
        lambda: row_of(installation, dataset_id).status.is_final, message_on_timeout=installation.log.read_text()
    )
    return row_of(installation, dataset_id)


def assert_published_once(installation: SmallInstallation, dataset_id: uuid.UUID) -> None:
    """The row is ready with all rows, was made ready once, and beside the upload and its table nothing lies there."""
    row = row_of(installation, dataset_id)
    assert (row.status, row.rows, row.error) == (DatasetStatus.READY, ROWS, None)
    with installation.app.app_context():
        actions = [event.action for event in db.session.query(AuditEvent).filter_by(subject_id=dataset_id)]
    assert actions.count("dataset.created") == 1
    assert_left(installation, dataset_id, "source", "table.parquet")


def assert_left(installation: SmallInstallation, dataset_id: uuid.UUID, *names: str) -> None:
    folder = Storage(installation.settings.data_dir).dataset(dataset_id)

    def left() -> list[str]:
        return sorted(path.name for path in folder.iterdir()) if folder.exists() else []

    with contextlib.suppress(AssertionError):
        wait_until(lambda: left() == sorted(names), SLACK_SECONDS)
    assert left() == sorted(names)


def hold_parser(*workers: "subprocess.Popen[bytes]") -> tuple[psutil.Process, psutil.Process]:
    """Stop a parser in the midst of its work; gives it and the worker that started it."""
    found: list[tuple[psutil.Process, psutil.Process]] = []

    def is_held() -> bool:
        for pid in (worker.pid for worker in workers):
            with contextlib.suppress(psutil.NoSuchProcess):
                worker = psutil.Process(pid)
                for child in worker.children():
                    if PARSER in child.cmdline():
                        child.suspend()
                        if (Path(child.cwd()) / "progress.json").exists():  # it has bound itself to its parent
                            found.append((child, worker))
                            return True
                        child.resume()
        return False

    wait_until(is_held)
    return found[0]
