"""Where the bytes lie: one folder per dataset, one private folder per run, one published folder per attempt.

    uploads/<random>                   a body that is still arriving
    datasets/<id>/source, table.parquet
    runs/<job>/<attempt>/              where a run works; nobody else reads it
    artifacts/<job>/<attempt>/         what an attempt published; renamed into place whole
    lab/<name>/                        copies for JupyterLab, made on demand

Names in this tree are ids that Wrangler made, or artifact names that it checked; never what a user typed.
"""

import hashlib
import os
import shutil
import uuid
from dataclasses import dataclass
from pathlib import Path

CHUNK_BYTES = 1024 * 1024


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

    def run(self, job_id: uuid.UUID, attempt: int) -> Path:
        return self.root / "runs" / str(job_id) / str(attempt)

    def published(self, job_id: uuid.UUID, attempt: int) -> Path:
        return self.root / "artifacts" / str(job_id) / str(attempt)

    def new_dataset_folder(self, dataset_id: uuid.UUID) -> Path:
        return _folder(self.dataset(dataset_id))

    def new_run_folder(self, job_id: uuid.UUID, attempt: int) -> Path:
        """An empty, private folder; what an earlier crash left under the same name is gone."""
        folder = self.run(job_id, attempt)
        shutil.rmtree(folder, ignore_errors=True)
        return _folder(folder)

    def publish_run(self, job_id: uuid.UUID, attempt: int) -> Path:
        """Move a run's folder to where it is read, all at once, after its bytes have reached the disk."""
        run, published = self.run(job_id, attempt), self.published(job_id, attempt)
        for path in run.iterdir():
            sync(path)
        sync(run)
        _folder(published.parent)
        shutil.rmtree(published, ignore_errors=True)
        run.rename(published)
        sync(published.parent)
        return published

    def forget_dataset(self, dataset_id: uuid.UUID) -> None:
        shutil.rmtree(self.dataset(dataset_id), ignore_errors=True)

    def forget_run(self, job_id: uuid.UUID, attempt: int) -> None:
        shutil.rmtree(self.run(job_id, attempt), ignore_errors=True)

    def forget_job(self, job_id: uuid.UUID) -> None:
        for folder in ("runs", "artifacts"):
            shutil.rmtree(self.root / folder / str(job_id), ignore_errors=True)


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync(path: Path) -> None:
    """Have a file's bytes, or a folder's entries, on the disk before anything refers to them."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _folder(path: Path) -> Path:
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path
