"""Notifications: three Huey queues whose messages name a job or an upload by id, or a maintenance task.

A message may be lost, duplicated or forged without harm, because the row decides: whoever receives a notification must
first claim the row. So notifying is best effort, and workers also look for rows whose notification was lost.
"""

import json
import logging
import sqlite3
import time
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from flask import Flask
from huey import Huey, PriorityRedisHuey, SqliteHuey, crontab
from huey.registry import Message
from huey.serializer import Serializer
from redis import ConnectionPool
from redis.exceptions import RedisError

from wrangler.config import Settings, settings_of
from wrangler.queue_names import MAINTENANCE_QUEUE, QUEUES

TASKS = {"imputation": "run_job", "analysis": "run_job", "default": "import_upload"}
NAMED = {"run_job": "job", "import_upload": "upload"}
"""What the id in a message is the id of, by the task."""
MAINTENANCE_TASKS = {"health": crontab(), "sweep": crontab(minute="*/10"), "prune": crontab(minute="7")}
"""Huey's periodic tasks, and when; each consumer of that queue starts them, the row of a task decides who does it."""

REDIS_TIMEOUTS = {"socket_connect_timeout": 0.5, "socket_timeout": 1.5}
"""Longer than the second for which a consumer waits for a message, and short enough for a request to wait for."""
NOTIFY_PAUSE_SECONDS = 5.0
UNREACHED = "queue %s is out of reach, workers will look for %s themselves: %s"
NOT_A_WORKER = "This process only sends notifications; start `python huey_worker.py`."
logger = logging.getLogger(__name__)


class Messages(Serializer):  # type: ignore[misc] # huey ships no types
    """JSON in place of Huey's pickle: a forged message can name a row or a maintenance task, and do nothing else."""

    def _serialize(self, data: Message) -> bytes:
        name = data.name.rpartition(".")[2]
        if name in MAINTENANCE_TASKS:
            return json.dumps({"maintenance_task": name}).encode()
        (row_id,) = data.args
        return json.dumps({NAMED[name]: row_id, "priority": data.priority}).encode()

    def _deserialize(self, data: bytes) -> Message:
        message = json.loads(data)
        if message.get("maintenance_task") in MAINTENANCE_TASKS:
            return _message(str(uuid.uuid4()), message["maintenance_task"])
        task, named = next((task, named) for task, named in NAMED.items() if named in message)
        row_id = str(uuid.UUID(message[named]))
        return _message(row_id, task, row_id, priority=int(message.get("priority") or 0))


def _message(message_id: str, name: str, *arguments: str, priority: int = 0) -> Message:
    return Message(
        id=message_id,
        name=f"{__name__}.{name}",
        retries=0,
        retry_delay=0,
        priority=priority,
        args=arguments,
        kwargs={},
    )


class JobQueues:
    """The three queues of one installation, on Redis when it is configured and in a SQLite file otherwise."""

    def __init__(self, settings: Settings) -> None:
        self._handle: Callable[[str, uuid.UUID], None] | None = None
        self._do: Callable[[str], None] | None = None
        self._silent_until = 0.0
        self.hueys: Mapping[str, Huey] = {name: _make_huey(name, settings) for name in QUEUES}
        self._enqueuers = {name: self._enqueuer(name) for name in QUEUES}
        for name, when in MAINTENANCE_TASKS.items():
            self._clock(name, when)

    def handle_with(self, handle: Callable[[str, uuid.UUID], None], do: Callable[[str], None]) -> None:
        """Set what a consumer does on a notification, (queue, id), and when a maintenance task is due.

        The web process, which only notifies, never does.
        """
        self._handle, self._do = handle, do

    def notify(self, queue: str, row_id: uuid.UUID, priority: int = 0) -> bool:
        """Notify the workers of a queue that a row waits. False when the queue is out of reach: nothing is lost.

        A queue that was out of reach is not tried for some seconds, so that not every request waits for it.
        """
        if time.monotonic() < self._silent_until:
            return False
        try:
            self._enqueuers[queue](str(row_id), priority=priority)
        except (RedisError, OSError, sqlite3.Error) as exc:
            logger.warning(UNREACHED, queue, row_id, exc)
            self._silent_until = time.monotonic() + NOTIFY_PAUSE_SECONDS
            return False
        return True

    def depths(self) -> dict[str, int]:
        """How many notifications wait in each queue."""
        return {name: int(huey.pending_count()) for name, huey in self.hueys.items()}

    def _enqueuer(self, queue: str) -> Callable[..., object]:
        """Enqueues when called here, handles the notification when a consumer calls it."""

        def notify(row_id: str) -> None:
            if self._handle is None:
                raise RuntimeError(NOT_A_WORKER)
            self._handle(queue, uuid.UUID(row_id))

        enqueue: Callable[..., object] = self.hueys[queue].task(name=TASKS[queue])(notify)
        return enqueue

    def _clock(self, task_name: str, when: Callable[[datetime], bool]) -> None:
        """Have the consumer of the maintenance tasks' queue do a task when it is due."""

        def do() -> None:
            if self._do is None:
                raise RuntimeError(NOT_A_WORKER)
            self._do(task_name)

        self.hueys[MAINTENANCE_QUEUE].periodic_task(when, name=task_name)(do)


def _make_huey(name: str, settings: Settings) -> Huey:
    options: dict[str, Any] = {"results": False, "utc": True, "serializer": Messages()}
    if settings.redis_url:
        pool = ConnectionPool.from_url(settings.redis_url, health_check_interval=30, **REDIS_TIMEOUTS)
        return PriorityRedisHuey(f"wrangler.{name}", connection_pool=pool, **options)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    return SqliteHuey(f"wrangler.{name}", filename=str(settings.data_dir / "queue.sqlite3"), **options)


def queues_of(app: Flask) -> JobQueues:
    """The queues of an application, made when they are first needed."""
    queues: JobQueues = app.extensions.setdefault("wrangler.queues", None) or JobQueues(settings_of(app))
    app.extensions["wrangler.queues"] = queues
    return queues


def notify_queue(app: Flask, queue: str, row_id: uuid.UUID, priority: int = 0) -> bool:
    """Notify as `JobQueues.notify` does, also when the queues cannot even be opened."""
    try:
        queues = queues_of(app)
    except sqlite3.Error as exc:  # the file is locked, or on a disk that is full
        logger.warning(UNREACHED, queue, row_id, exc)
        return False
    return queues.notify(queue, row_id, priority)
