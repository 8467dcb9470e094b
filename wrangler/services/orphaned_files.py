"""What crashes leave behind on the disk: found by comparing the tree with the rows."""

import shutil
import time
import uuid
from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import select

from wrangler.extensions import db
from wrangler.models import Artifact, Dataset, DatasetStatus, Job, JobState
from wrangler.services.storage import IMPORT_PREFIX, Storage
from wrangler.tables import EXPORT_PREFIX

YOUNG_SECONDS = 3600
UPLOAD_SECONDS = 24 * 3600
ATTEMPT_KINDS = ("runs", "artifacts", "printed")
_HEX = "[0-9a-f]"
JOB_FOLDERS = "-".join(_HEX * digits for digits in (8, 4, 4, 4, 12))  # a UUID as it is written

Attempt = tuple[uuid.UUID, int]


def sweep(storage: Storage) -> dict[str, int]:
    """Remove runs, unpublished attempts, imports, exports, datasets and uploads that no row names; gives their number.

    The tree is listed before the rows are read: an attempt that does not run any more never runs again, so what the
    rows then hold of it is final. Datasets and uploads are left alone while they are young, because their rows come
    after them.
    """
    runs, artifacts, printed = (_attempts(storage.root / kind) for kind in ATTEMPT_KINDS)
    imports = _imports(storage.root / "datasets")
    datasets = {path: _age_seconds(path) > YOUNG_SECONDS for path in (storage.root / "datasets").glob("*")}
    exports = (storage.root / "datasets").glob(f"{JOB_FOLDERS}/{EXPORT_PREFIX}*")
    uploads = [path for path in storage.uploads.glob("*") if _age_seconds(path) > UPLOAD_SECONDS]
    running, published = _rows_of_jobs()
    known, refused, importing = _rows_of_datasets()
    found = {
        "runs": [path for path, attempt in runs.items() if attempt not in running],
        "artifacts": [path for path, attempt in artifacts.items() if attempt not in running | published],
        "printed": [path for path, attempt in printed.items() if attempt not in published],
        "imports": [path for path, attempt in imports.items() if attempt not in importing],
        "datasets": [
            path for path, is_old in datasets.items() if path.name in refused or (is_old and path.name not in known)
        ],
        "exports": [path for path in exports if _age_seconds(path) > UPLOAD_SECONDS],
        "uploads": uploads,
    }
    old = _old_job_folders(storage)  # before they look younger for what is removed from them
    for paths in found.values():
        _remove(paths)
    _remove_empty(old)
    return {kind: len(paths) for kind, paths in found.items()}


def _rows_of_jobs() -> tuple[set[Attempt], set[Attempt]]:
    """The attempts that run, and those that were published."""
    running = db.session.execute(select(Job.id, Job.attempt).where(Job.state == JobState.RUNNING)).all()
    published = db.session.execute(select(Artifact.job_id, Artifact.attempt).distinct()).all()
    db.session.rollback()
    return {(row[0], row[1]) for row in running}, {(row[0], row[1]) for row in published}


def _rows_of_datasets() -> tuple[set[str], set[str], set[Attempt]]:
    """The datasets there are, those whose file was refused, and the attempts at an import that go on."""
    rows = db.session.execute(select(Dataset.id, Dataset.status, Dataset.attempt)).all()
    db.session.rollback()
    return (
        {str(row.id) for row in rows},
        {str(row.id) for row in rows if row.status is DatasetStatus.FAILED},
        {(row.id, row.attempt) for row in rows if row.status is DatasetStatus.IMPORTING},
    )


def _attempts(folder: Path) -> dict[Path, Attempt]:
    """`<folder>/<job>/<attempt>` and the attempt that each is."""
    return {
        path: (uuid.UUID(path.parent.name), int(path.name))
        for path in folder.glob(f"{JOB_FOLDERS}/*")
        if path.name.isdigit()
    }


def _imports(folder: Path) -> dict[Path, Attempt]:
    """`<folder>/<dataset>/import-<attempt>` and the attempt that each is."""
    found = {path: path.name.removeprefix(IMPORT_PREFIX) for path in folder.glob(f"{JOB_FOLDERS}/{IMPORT_PREFIX}*")}
    return {path: (uuid.UUID(path.parent.name), int(number)) for path, number in found.items() if number.isdigit()}


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _old_job_folders(storage: Storage) -> list[Path]:
    folders = [folder for kind in ATTEMPT_KINDS for folder in (storage.root / kind).glob(JOB_FOLDERS)]
    return [folder for folder in folders if _age_seconds(folder) > YOUNG_SECONDS]


def _remove_empty(folders: Iterable[Path]) -> None:
    """Job folders without an attempt; one into which somebody has just put something stays."""
    for folder in folders:
        try:
            folder.rmdir()
        except OSError:
            continue


def _age_seconds(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return 0.0
