"""Where the bytes lie: one folder per dataset, one private folder per run, one published folder per attempt.

    uploads/<random>                   a body that is still arriving
    datasets/<id>/source, table.parquet, markers.parquet
    datasets/<id>/export.<format>      a download, which can be made again; .export-* while it is made
    datasets/<id>/import-<attempt>/    where an import works; what is ready is renamed into place
    runs/<job>/<attempt>/              where a run works; nobody else reads it
    artifacts/<job>/<attempt>/         what an attempt published; renamed into place whole
    printed/<job>/<attempt>/           the PDF of a published report; can be made again
    lab/<name>/                        copies for JupyterLab, made on demand
    templates/<sha256>.ipynb           notebooks that were registered, by their content

Names in this tree are ids that Wrangler made, or artifact names that it checked; never what a user typed.
"""

import contextlib
import shutil
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from wrangler.files import bytes_sha256, sync
from wrangler.importing import MARKERS_FILE

CHUNK_BYTES = 1024 * 1024
IMPORT_PREFIX = "import-"


@dataclass(frozen=True)
class Storage:
    """The tree under the data directory."""

    root: Path

    @property
    def uploads(self) -> Path:
        return _folder(self.root / "uploads")

    @property
    def lab(self) -> Path:
        return _folder(self.root / "lab")

    def dataset(self, dataset_id: uuid.UUID) -> Path:
        return self.root / "datasets" / str(dataset_id)

    def table(self, dataset_id: uuid.UUID) -> Path:
        return self.dataset(dataset_id) / "table.parquet"

    def source(self, dataset_id: uuid.UUID) -> Path:
        return self.dataset(dataset_id) / "source"

    def import_folder(self, dataset_id: uuid.UUID, attempt: int) -> Path:
        return self.dataset(dataset_id) / f"{IMPORT_PREFIX}{attempt}"

    def import_table(self, dataset_id: uuid.UUID, attempt: int) -> Path:
        return self.import_folder(dataset_id, attempt) / "table.parquet"

    def import_markers(self, dataset_id: uuid.UUID, attempt: int) -> Path:
        return self.import_folder(dataset_id, attempt) / MARKERS_FILE

    def markers(self, dataset_id: uuid.UUID) -> Path:
        """The missing reason of each missing cell; only where a column has several."""
        return self.dataset(dataset_id) / MARKERS_FILE

    def run(self, job_id: uuid.UUID, attempt: int) -> Path:
        return self.root / "runs" / str(job_id) / str(attempt)

    def published(self, job_id: uuid.UUID, attempt: int) -> Path:
        return self.root / "artifacts" / str(job_id) / str(attempt)

    def template(self, sha256: str) -> Path:
        return self.root / "templates" / f"{sha256}.ipynb"

    def keep_template(self, text: str) -> str:
        """Put a notebook that was registered in its place, on the disk before its row; gives its SHA-256."""
        content = text.encode()
        sha256 = bytes_sha256(content)
        target = self.template(sha256)
        beside = _folder(target.parent) / f".{uuid.uuid4()}"
        beside.write_bytes(content)
        sync(beside)
        beside.rename(target)
        sync(target.parent)
        return sha256

    def printed(self, job_id: uuid.UUID, attempt: int) -> Path:
        return self.root / "printed" / str(job_id) / str(attempt) / "report.pdf"

    def new_printed_file(self, job_id: uuid.UUID, attempt: int) -> Path:
        """Where a report's PDF goes, in a folder that exists."""
        file = self.printed(job_id, attempt)
        _folder(file.parent)
        return file

    def new_dataset_folder(self, dataset_id: uuid.UUID) -> Path:
        return _folder(self.dataset(dataset_id))

    def new_import_folder(self, dataset_id: uuid.UUID, attempt: int) -> Path:
        """An empty folder in that of a dataset, which must exist: a deleted one does not come back.

        What earlier attempts left goes first, so that a file that kills its worker does not fill the disk.
        """
        folder = self.import_folder(dataset_id, attempt)
        for lost in range(1, attempt + 1):
            shutil.rmtree(self.import_folder(dataset_id, lost), ignore_errors=True)
        folder.mkdir(mode=0o700)
        return folder

    def new_run_folder(self, job_id: uuid.UUID, attempt: int) -> Path:
        """An empty, private folder; what an earlier crash left under the same name is gone."""
        folder = self.run(job_id, attempt)
        shutil.rmtree(folder, ignore_errors=True)
        while True:
            with contextlib.suppress(FileNotFoundError):  # the job's folder was empty, and just removed
                return _folder(folder)

    def publish_run(self, job_id: uuid.UUID, attempt: int) -> Path:
        """Move a run's folder to where it is read, all at once, after its bytes have reached the disk.

        A run that lies there already, because an earlier call was cut short, is left as it is.
        """
        run, published = self.run(job_id, attempt), self.published(job_id, attempt)
        if published.exists() and not run.exists():
            return published
        for path in run.iterdir():
            if path.is_file():  # a pipe that a notebook left would be waited for
                sync(path)
        sync(run)
        _folder(published.parent)
        shutil.rmtree(published, ignore_errors=True)
        run.rename(published)
        sync(published.parent)
        _remove_if_empty(run.parent)
        return published

    def keep_published(self, job_id: uuid.UUID, attempt: int, names: Collection[str]) -> None:
        """Remove all but these files from what an attempt published."""
        published = self.published(job_id, attempt)
        for path in published.iterdir():
            if path.name not in names:
                _remove(path)

    def adopt_table(self, dataset_id: uuid.UUID, file: Path) -> Path:
        """Make a published file the table of a new dataset. Neither is ever written again, so they may be one file."""
        self.new_dataset_folder(dataset_id)
        table = self.table(dataset_id)
        link_or_copy(file, table)
        sync(table)
        sync(table.parent)
        return table

    def adopt_markers(self, dataset_id: uuid.UUID, parent_id: uuid.UUID) -> None:
        """The missing reasons of a dataset apply to one that was made from it, row by row."""
        if self.markers(parent_id).is_file():
            link_or_copy(self.markers(parent_id), self.markers(dataset_id))

    def remove_dataset(self, dataset_id: uuid.UUID) -> None:
        shutil.rmtree(self.dataset(dataset_id), ignore_errors=True)

    def remove_import(self, dataset_id: uuid.UUID, attempt: int) -> None:
        """Remove where an import worked, and the dataset's folder if that was all that a deletion could not remove."""
        shutil.rmtree(self.import_folder(dataset_id, attempt), ignore_errors=True)
        _remove_if_empty(self.dataset(dataset_id))

    def remove_run(self, job_id: uuid.UUID, attempt: int) -> None:
        run = self.run(job_id, attempt)
        shutil.rmtree(run, ignore_errors=True)
        _remove_if_empty(run.parent)

    def remove_attempt(self, job_id: uuid.UUID, attempt: int) -> None:
        """Take back what was renamed into place and then not published."""
        shutil.rmtree(self.published(job_id, attempt), ignore_errors=True)

    def remove_job(self, job_id: uuid.UUID) -> None:
        for folder in ("runs", "artifacts", "printed"):
            shutil.rmtree(self.root / folder / str(job_id), ignore_errors=True)


def link_or_copy(file: Path, target: Path) -> None:
    """A second name for a file that is never written again."""
    try:
        target.hardlink_to(file)
    except OSError:  # a file system without links
        shutil.copyfile(file, target)


def _folder(path: Path) -> Path:
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _remove_if_empty(folder: Path) -> None:
    with contextlib.suppress(OSError):
        folder.rmdir()
