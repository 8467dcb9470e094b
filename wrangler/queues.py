"""The doorbells: three Huey queues whose messages carry a job id and nothing else.

A message may be lost, doubled or forged without harm, because the job's row is the truth: whoever answers the bell
must first claim the row. So ringing is best effort, and a dispatcher rings again for rows that nobody picked up.
"""

import json
import logging
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from flask import Flask
from huey import Huey, PriorityRedisHuey, SqliteHuey
from huey.registry import Message
from huey.serializer import Serializer
from redis import ConnectionPool
from redis.exceptions import RedisError

from wrangler.config import Settings, settings_of

QUEUES = ("imputation", "analysis", "default")
TASK_NAME = "run_job"
REDIS_CONNECT_SECONDS = 1.0
logger = logging.getLogger(__name__)


class JobMessages(Serializer):  # type: ignore[misc] # huey ships no types
    """JSON in place of Huey's pickle: a forged message can name a job, and do nothing else."""

    def _serialize(self, data: Message) -> bytes:
        (job_id,) = data.args
        return json.dumps({"job": job_id, "priority": data.priority}).encode()

    def _deserialize(self, data: bytes) -> Message:
        told = json.loads(data)
        job_id = str(uuid.UUID(told["job"]))
        return Message(
            id=job_id,
            name=f"{__name__}.{TASK_NAME}",
            retries=0,
            retry_delay=0,
            priority=int(told.get("priority") or 0),
            args=(job_id,),
            kwargs={},
        )


class JobQueues:
    """The three queues of one installation, on Redis when it is configured and in a SQLite file otherwise."""

    def __init__(self, settings: Settings) -> None:
        self._answer: Callable[[uuid.UUID], None] | None = None
        self.hueys: Mapping[str, Huey] = {name: _make_huey(name, settings) for name in QUEUES}
        self._bells = {name: huey.task(name=TASK_NAME)(self._on_ring) for name, huey in self.hueys.items()}

    def answer_with(self, answer: Callable[[uuid.UUID], None]) -> None:
        """Say what a consumer does when a bell rings; the web process, which only rings, never does."""
        self._answer = answer

    def ring(self, queue: str, job_id: uuid.UUID, priority: int = 0) -> bool:
        """Tell the workers of a queue that a job waits. False when the queue could not be reached: nothing is lost."""
        try:
            self._bells[queue](str(job_id), priority=priority)
        except (RedisError, OSError) as trouble:
            logger.warning("queue %s is out of reach, the dispatcher will ring for job %s: %s", queue, job_id, trouble)
            return False
        return True

    def depths(self) -> dict[str, int]:
        """How many rings wait in each queue."""
        return {name: int(huey.pending_count()) for name, huey in self.hueys.items()}

    def _on_ring(self, job_id: str) -> None:
        if self._answer is None:
            raise RuntimeError("This process rings for jobs and does not run them; start `python huey_worker.py`.")
        self._answer(uuid.UUID(job_id))


def _make_huey(name: str, settings: Settings) -> Huey:
    options: dict[str, Any] = {"results": False, "utc": True, "serializer": JobMessages()}
    if settings.redis_url:
        pool = ConnectionPool.from_url(
            settings.redis_url, socket_connect_timeout=REDIS_CONNECT_SECONDS, health_check_interval=30
        )
        return PriorityRedisHuey(f"wrangler.{name}", connection_pool=pool, **options)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    return SqliteHuey(f"wrangler.{name}", filename=str(settings.data_dir / "queue.sqlite3"), **options)


def queues_of(app: Flask) -> JobQueues:
    """The queues of an application, made when they are first needed."""
    queues: JobQueues = app.extensions.setdefault("wrangler.queues", None) or JobQueues(settings_of(app))
    app.extensions["wrangler.queues"] = queues
    return queues
