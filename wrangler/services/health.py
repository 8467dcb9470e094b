"""Whether everything that Wrangler needs works: for load balancers, and in more detail for operators."""

import shutil
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, cast

from redis import Redis
from redis.exceptions import RedisError, ResponseError
from sqlalchemy import func, inspect, make_url, select, text
from sqlalchemy.exc import SQLAlchemyError

from wrangler.config import Settings
from wrangler.errors import NotFound
from wrangler.extensions import db
from wrangler.models import Dataset, DatasetStatus, Job, JobState, Worker
from wrangler.queue_names import IMPORTS_QUEUE, QUEUES
from wrangler.services import maintenance
from wrangler.services.database_clock import database_now

WORKER_SILENT_AFTER = timedelta(seconds=60)
LEAST_FREE_BYTES = 512 * 1024**2
REDIS_SECONDS = 2.0
_WRITES = {"appendonly": "aof_last_write_status", "save": "rdb_last_bgsave_status"}


class State(StrEnum):
    OK = "ok"
    DEGRADED = "degraded"  # requests are answered, but something is not done
    DOWN = "down"


@dataclass(frozen=True)
class Check:
    """How one part is, in a word and, when it is not healthy, in a sentence."""

    state: State
    message: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


def checks(settings: Settings) -> dict[str, Check]:
    """All parts, in the order in which they depend on each other."""
    database = check_database()
    return {
        "database": database,
        "queue": check_queue(settings),
        "worker": check_workers() if database.state is State.OK else Check(State.DOWN, "The database is needed first."),
        "maintenance": check_maintenance()
        if database.state is State.OK
        else Check(State.DOWN, "The database is needed first."),
        "disk": check_disk(settings),
    }


def overall(found: dict[str, Check]) -> State:
    """Down when a request could not be served; degraded when only the workers are missing."""
    states = {check.state for check in found.values()}
    if State.DOWN in states:
        return State.DOWN
    return State.DEGRADED if State.DEGRADED in states else State.OK


def check_database() -> Check:
    try:
        db.session.execute(text("SELECT 1"))
        is_migrated = inspect(db.session.connection()).has_table(Job.__tablename__)
    except SQLAlchemyError:
        db.session.rollback()
        return Check(State.DOWN, "The database does not answer.")
    if not is_migrated:
        return Check(State.DOWN, "The tables are missing; run `flask --app wsgi db upgrade`.")
    return Check(State.OK, facts={"kind": db.engine.dialect.name})


def check_queue(settings: Settings) -> Check:
    if not settings.redis_url:
        return Check(State.OK, facts={"kind": "sqlite"})
    try:
        with _redis(settings) as client:
            client.ping()
    except RedisError:
        return Check(State.DEGRADED, "Redis does not answer; jobs are accepted and start when it does.")
    return Check(State.OK, facts={"kind": "redis"})


def check_workers() -> Check:
    """Whether each queue has a worker that was seen lately; jobs of a queue that has none are accepted and wait."""
    served = _workers_by_queue()
    ages = [age for _, age in served.values() if age is not None]
    queues = {name: {"workers": number, "seen_seconds_ago": age} for name, (number, age) in served.items()}
    facts: dict[str, Any] = {"queues": queues}
    if not ages:
        return Check(State.DEGRADED, "No worker has started yet; run `python huey_worker.py`.", facts)
    facts = {"seen_seconds_ago": min(ages)} | facts
    silent = [name for name, (number, _) in served.items() if not number]
    if len(silent) == len(QUEUES):
        return Check(State.DEGRADED, "No worker has been seen lately; run `python huey_worker.py`.", facts)
    if silent:
        command = f"python huey_worker.py --queues {','.join(silent)}"
        message = f"No worker serves {' and '.join(silent)}: what is queued there waits; run `{command}`."
        return Check(State.DEGRADED, message, facts)
    return Check(State.OK, facts=facts)


def check_maintenance() -> Check:
    """Whether the regular maintenance tasks are done: without them, jobs of lost workers would be running for ever."""
    ages = maintenance.ages()
    facts = {"seconds_since": ages}
    now = database_now()
    first = select(func.min(Worker.created_at))
    first_alive = db.session.scalar(first.where(Worker.seen_at > now - WORKER_SILENT_AFTER))
    since = first_alive or db.session.scalar(first)
    served_seconds = (now - since).total_seconds() if since else 0.0
    late = maintenance.overdue(ages, served_seconds, is_served=first_alive is not None)
    if late:
        names = ", ".join(late)
        message = (
            f"Not done for {maintenance.ALARM_AFTER_PERIODS} periods: {names}. See that a worker serves `default`."
        )
        return Check(State.DEGRADED, message, facts)
    return Check(State.OK, facts=facts)


def check_disk(settings: Settings) -> Check:
    folder = next(path for path in (settings.data_dir, *settings.data_dir.parents) if path.exists())
    if shutil.disk_usage(folder).free < LEAST_FREE_BYTES:
        return Check(State.DOWN, f"Less than {LEAST_FREE_BYTES // 1024**2} MiB are free in the data directory.")
    return Check(State.OK)


def describe(check: Check) -> dict[str, Any]:
    fields = asdict(check)
    return {"status": fields["state"], "message": fields["message"], **fields["facts"]}


def database_info(settings: Settings) -> dict[str, Any]:
    """For administrators: what the database is and how full, without the password in its address."""
    connection = db.session.connection()
    inspector = inspect(connection)
    tables = {
        name: db.session.scalar(select(func.count()).select_from(db.metadata.tables[name]))
        for name in sorted(set(db.metadata.tables) & set(inspector.get_table_names()))
    }
    revision = None
    if inspector.has_table("alembic_version"):
        revision = db.session.scalar(text("SELECT version_num FROM alembic_version"))
    return {
        "kind": connection.dialect.name,
        "server_version": ".".join(str(part) for part in connection.dialect.server_version_info or ()),
        "url": make_url(settings.sqlalchemy_url).render_as_string(hide_password=True),
        "revision": revision,
        "tables": tables,
        "pool": db.engine.pool.status(),
    }


def redis_info(settings: Settings) -> dict[str, Any]:
    """For administrators: what Redis reports of itself.

    Raises
    ------
    NotFound
        When this installation runs without Redis.
    redis.exceptions.RedisError
        When it does not answer.
    """
    if not settings.redis_url:
        raise NotFound("This installation runs without Redis: its queue is a SQLite file.", code="no_redis")
    with _redis(settings) as client:
        fields = cast("dict[str, Any]", client.info())
        persistence = _persistence(client, fields)
    wanted = ("redis_version", "uptime_in_seconds", "connected_clients", "used_memory", "maxmemory", "maxmemory_policy")
    return {name: fields.get(name) for name in wanted} | persistence


def _persistence(client: Redis, fields: dict[str, Any]) -> dict[str, Any]:
    """How Redis keeps what it holds, by its configuration, which INFO does not have for snapshots.

    A server that answers CONFIG to nobody, as managed ones do, may take snapshots or not: unknown is None.
    """
    has_log = bool(fields.get("aof_enabled"))
    try:
        snapshots = cast("dict[str, str]", client.config_get("save")).get("save", "")
    except ResponseError:
        snapshots = None
    is_persistent = has_log or (None if snapshots is None else bool(snapshots))
    failed = [name for name, of in _WRITES.items() if fields.get(of, "ok") != "ok"]
    return {"persistent": is_persistent, "appendonly": has_log, "save": snapshots, "failed_writes": failed}


def queue_info() -> list[dict[str, Any]]:
    """Each queue by the rows: how many jobs or uploads wait, how many run, how long the oldest has waited."""
    counted = _imports_counted() | {
        (queue, state): (number, oldest)
        for queue, state, number, oldest in db.session.execute(
            select(Job.queue, Job.state, func.count(), func.min(Job.created_at))
            .where(Job.state.in_([JobState.QUEUED, JobState.RUNNING]))
            .group_by(Job.queue, Job.state)
        )
    }
    described = []
    served = _workers_by_queue()
    for name in QUEUES:
        queued, oldest = counted.get((name, JobState.QUEUED), (0, None))
        running, _ = counted.get((name, JobState.RUNNING), (0, None))
        waited = None if oldest is None else round((database_now() - oldest).total_seconds(), 1)
        facts = {"queued": queued, "running": running, "oldest_waits_seconds": waited, "workers": served[name][0]}
        described.append({"name": name} | facts)
    return described


def _imports_counted() -> dict[tuple[str, JobState], tuple[int, datetime]]:
    """Uploads that wait and imports that run, as those of jobs are counted."""
    as_of_jobs = {DatasetStatus.UPLOADED: JobState.QUEUED, DatasetStatus.IMPORTING: JobState.RUNNING}
    counted = db.session.execute(
        select(Dataset.status, func.count(), func.min(Dataset.created_at))
        .where(Dataset.status.in_(list(as_of_jobs)))
        .group_by(Dataset.status)
    )
    return {(IMPORTS_QUEUE, as_of_jobs[status]): (number, oldest) for status, number, oldest in counted}


def _workers_by_queue() -> dict[str, tuple[int, float | None]]:
    """Of each queue, how many workers that were seen lately serve it, and seconds since one of its workers was seen."""
    now = database_now()
    ages: dict[str, list[timedelta]] = {name: [] for name in QUEUES}
    for worker in workers():
        for name in set(worker.queues) & set(QUEUES):
            ages[name].append(now - worker.seen_at)
    return {
        name: (
            sum(age <= WORKER_SILENT_AFTER for age in found),
            round(min(found).total_seconds(), 1) if found else None,
        )
        for name, found in ages.items()
    }


def workers() -> list[Worker]:
    return list(db.session.scalars(select(Worker).order_by(Worker.seen_at.desc())))


def _redis(settings: Settings) -> Redis:
    return Redis.from_url(settings.redis_url, socket_connect_timeout=REDIS_SECONDS, socket_timeout=REDIS_SECONDS)
