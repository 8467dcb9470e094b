"""Files of datasets and jobs: named a second time, copied where that cannot be, removed but for those that are kept."""

import uuid
from pathlib import Path

import pytest

from wrangler.services.storage import Storage


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return Storage(tmp_path)


@pytest.fixture
def without_links(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError("no links on this file system")

    monkeypatch.setattr(Path, "hardlink_to", refuse)


def test_a_published_table_is_copied_where_no_links_are(storage: Storage, without_links: None) -> None:
    published = storage.root / "imputed.parquet"
    published.write_bytes(b"table")

    table = storage.adopt_table(uuid.uuid4(), published)

    assert (table.read_bytes(), published.read_bytes()) == (b"table", b"table")


def test_the_missing_reasons_of_a_parent_are_copied_where_no_links_are(storage: Storage, without_links: None) -> None:
    parent, child = uuid.uuid4(), uuid.uuid4()
    storage.new_dataset_folder(parent)
    storage.new_dataset_folder(child)
    storage.markers(parent).write_bytes(b"reasons")

    storage.adopt_markers(child, parent)

    assert storage.markers(child).read_bytes() == b"reasons"


def test_all_but_the_kept_files_of_an_attempt_are_removed(storage: Storage) -> None:
    job_id = uuid.uuid4()
    published = storage.published(job_id, 2)
    (published / "folder").mkdir(parents=True)
    for name in ("log.txt", "report.ipynb", "folder/inner"):
        (published / name).write_text(name)
    (published / "dangling").symlink_to("nowhere")

    storage.keep_published(job_id, 2, {"log.txt"})

    assert [path.name for path in published.iterdir()] == ["log.txt"]
