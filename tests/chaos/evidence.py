"""What is there once all is quiet: rows, files, processes, the notebooks' own ledger."""

from dataclasses import dataclass, field
from pathlib import Path

import psutil
from sqlalchemy import create_engine, select, text

from tests.chaos import processes
from tests.chaos.faults_of_queues import FORGED
from tests.chaos.installation import Engine, Installation, sqlalchemy_url
from tests.chaos.processes import Run
from tests.chaos.records import EventLog
from wrangler.extensions import reads_only
from wrangler.models import Artifact, Dataset, Job


@dataclass(frozen=True)
class JobRow:
    """A job as the database has it at the end."""

    id: str
    key: str | None
    state: str
    attempt: int
    error_code: str | None


@dataclass(frozen=True)
class FileRow:
    """A file that the database says is there: an artifact, or the table of a dataset."""

    owner_id: str
    attempt: int
    path: Path
    sha256: str | None


@dataclass(frozen=True)
class LedgerLine:
    """What a notebook itself wrote down."""

    word: str
    run: Run
    at: float


@dataclass(frozen=True)
class Evidence:
    """All that the accounting needs, gathered when web and workers had been asked to stop."""

    event_log: EventLog
    data_dir: Path
    jobs: list[JobRow]
    artifacts: list[FileRow]
    tables: list[FileRow]
    ledger: list[LedgerLine]
    temporary: Path
    living: list[str] = field(default_factory=list)
    crashes: list[str] = field(default_factory=list)
    code_ran: bool = False
    integrity: str = "ok"


def read_jobs(url: str) -> list[JobRow]:
    engine = create_engine(url)
    reads_only.set(True)
    with engine.connect() as connection:
        rows = connection.execute(select(Job.id, Job.idempotency_key, Job.state, Job.attempt, Job.error)).all()
    engine.dispose()
    return [
        JobRow(str(row.id), row.idempotency_key, row.state.value, row.attempt, (row.error or {}).get("code"))
        for row in rows
    ]


def gather(installation: Installation, event_log: EventLog) -> Evidence:
    url = sqlalchemy_url(installation)
    return Evidence(
        event_log=event_log,
        data_dir=installation.data_dir,
        jobs=read_jobs(url),
        artifacts=_artifacts(url, installation.data_dir),
        tables=_tables(url, installation.data_dir),
        ledger=read_ledger(installation.ledger),
        temporary=installation.temporary,
        living=[processes.describe(one) for one in _living(installation)],
        crashes=installation.keeper.crashes,
        code_ran=(installation.folder / FORGED).exists(),
        integrity=_integrity(url) if installation.engine is Engine.EMBEDDED else "ok",
    )


def read_ledger(path: Path) -> list[LedgerLine]:
    lines = path.read_text().splitlines() if path.exists() else []
    parts = [line.split() for line in lines]
    return [LedgerLine(word, Run(job_id, int(attempt)), float(at)) for word, job_id, attempt, at in parts]


def _living(installation: Installation) -> list[psutil.Process]:
    ours = [installation.data_dir, installation.temporary]
    found = {process.pid: process for folder in ours for process in processes.of_installation(folder, ours[0])}
    return list(found.values())


def _artifacts(url: str, data_dir: Path) -> list[FileRow]:
    engine = create_engine(url)
    with engine.connect() as connection:
        rows = connection.execute(select(Artifact.job_id, Artifact.attempt, Artifact.name, Artifact.sha256)).all()
    engine.dispose()
    published = data_dir / "artifacts"
    return [
        FileRow(str(row.job_id), row.attempt, published / str(row.job_id) / str(row.attempt) / row.name, row.sha256)
        for row in rows
    ]


def _tables(url: str, data_dir: Path) -> list[FileRow]:
    """The tables of all datasets; the SHA-256 of an upload is that of the file that was sent, not of its table."""
    engine = create_engine(url)
    with engine.connect() as connection:
        rows = connection.execute(select(Dataset.id, Dataset.job_id, Dataset.sha256)).all()
    engine.dispose()
    return [
        FileRow(
            owner_id=str(row.job_id or ""),
            attempt=0,
            path=data_dir / "datasets" / str(row.id) / "table.parquet",
            sha256=row.sha256 if row.job_id else None,
        )
        for row in rows
    ]


def _integrity(url: str) -> str:
    engine = create_engine(url)
    with engine.connect() as connection:
        reported = connection.execute(text("PRAGMA integrity_check")).scalar_one()
    engine.dispose()
    return str(reported)
