"""A worker process: one Huey consumer for each queue that it serves, all in threads of one process."""

import logging
import os
import signal
import socket
import sqlite3
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from functools import partial

import structlog
from flask import Flask
from huey.consumer import Consumer
from redis.exceptions import RedisError

from wrangler.config import Settings
from wrangler.notebook import preload
from wrangler.queue_names import IMPORTS_QUEUE, MAINTENANCE_QUEUE, QUEUES
from wrangler.queues import JobQueues
from wrangler.tasks.dispatcher import Dispatcher, Work
from wrangler.tasks.imports import Importer
from wrangler.tasks.job_runner import Supervisor
from wrangler.tasks.maintenance import Maintenance
from wrangler.tasks.slots import Slots

LONGEST_PAUSE_AFTER_ERRORS_SECONDS = 2.0
ERROR_PAUSE_SECONDS = 60.0
LONGEST_END_SECONDS = 30.0  # for runs to be ended and handed back
logger = structlog.get_logger(__name__)


class QueueErrorFilter(logging.Filter):
    """A queue that is out of reach is one line now and then, not a traceback at each look of each thread."""

    def __init__(self) -> None:
        super().__init__()
        self._silent_until = 0.0

    def filter(self, record: logging.LogRecord) -> bool:
        exc = record.exc_info[1] if record.exc_info else None
        if not isinstance(exc, (RedisError, sqlite3.Error)):
            return True
        record.exc_info, record.levelno, record.levelname = None, logging.WARNING, "WARNING"
        record.msg, record.args = "the queue is out of reach; jobs are found in the table: %s", (exc,)
        is_new = time.monotonic() >= self._silent_until
        self._silent_until = time.monotonic() + ERROR_PAUSE_SECONDS if is_new else self._silent_until
        return is_new


class QuietConsumer(Consumer):  # type: ignore[misc] # huey ships no types
    """A consumer among several in one process, which leaves the signals to that process."""

    def _set_signal_handlers(self) -> None:
        pass


class WorkerProcess:
    """Everything that runs in one worker process.

    `draining` is set when it shall take nothing new, `stopping` when what it still runs must end too.
    """

    def __init__(self, app: Flask, settings: Settings, queues: JobQueues) -> None:
        self.settings = settings
        self.queues = queues
        self.app = app
        self.name = f"{socket.gethostname()}:{os.getpid()}"
        self.draining = threading.Event()
        self.stopping = threading.Event()
        self._slots = Slots()
        self._supervisor = Supervisor(app, settings, self.name, self.stopping, self._slots)
        sources: dict[str, Callable[[], Work | None]] = {
            name: partial(self._supervisor.next_unnotified, name) for name in QUEUES
        }
        sources[IMPORTS_QUEUE] = Importer(settings, self.stopping).next
        self._dispatcher = Dispatcher(app, settings, self._slots, sources)
        self._maintenance = Maintenance(app, settings, self.name, self._dispatcher.wake)
        queues.handle_with(self._handle, self._maintenance.do)

    def _handle(self, queue: str, row_id: uuid.UUID) -> None:
        """What a thread of Huey does with a notification.

        For an import that is only to look at once: the threads of that queue have maintenance tasks to do, which an
        import of some minutes must not keep waiting.
        """
        if queue != IMPORTS_QUEUE:
            self._handle_job(queue, row_id)
        self._dispatcher.wake()

    def _handle_job(self, queue: str, job_id: uuid.UUID) -> None:
        with self._slots.waited_for(queue) as is_mine:
            if is_mine:
                with self.app.app_context():
                    self._supervisor.run_job(job_id)

    def serve_with_huey_consumer(self) -> None:
        """Run the maintenance beside `huey_consumer huey_worker.<queue>`, which calls this in each of its threads."""
        for name, huey in self.queues.hueys.items():
            huey.on_startup(name="serve")(lambda name=name: self._serve_one_more(name))

    def _serve_one_more(self, queue: str) -> None:
        self._slots.open(queue)
        self._start_threads_once((queue,))

    def run(self, serves: Sequence[str], workers: int) -> None:
        """Serve these queues with so many threads each, until SIGTERM or SIGINT.

        Then take nothing new, give what runs the grace time to finish, and hand the rest back. A second signal ends
        the grace.
        """
        logging.getLogger("huey").setLevel(logging.WARNING)
        for part in ("Worker", "Scheduler"):
            logging.getLogger(f"huey.consumer.{part}").addFilter(QueueErrorFilter())
        self._listen_to_signals()
        for huey in self.queues.hueys.values():
            huey.unregister_on_startup("serve")
        for name in serves:
            self._slots.open(name, workers)
        consumers = [self._consumer(name, workers) for name in serves]
        self._start_threads_once(tuple(serves))
        preload()
        for consumer in consumers:
            consumer.start()
        logger.info("worker ready", worker=self.name, queues=list(serves), threads_per_queue=workers)
        self.draining.wait()
        self._drain(consumers)

    def _consumer(self, queue: str, workers: int) -> QuietConsumer:
        pause = LONGEST_PAUSE_AFTER_ERRORS_SECONDS if self.settings.redis_url else self.settings.job_poll_seconds
        return QuietConsumer(
            self.queues.hueys[queue],
            workers=workers,
            periodic=queue == MAINTENANCE_QUEUE,
            max_delay=pause,
            initial_delay=min(0.1, self.settings.job_poll_seconds),
        )

    def _listen_to_signals(self) -> None:
        """The first one drains, the second stops. A handler must not touch locks that its own thread may hold."""
        wake_reader, wake_writer = socket.socketpair()
        wake_writer.setblocking(False)  # noqa: FBT003 - as the library has it
        signal.set_wakeup_fd(wake_writer.fileno())
        for signum in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signum, lambda *_: None)

        def listen() -> None:
            with wake_reader, wake_writer:
                for event in (self.draining, self.stopping):
                    wake_reader.recv(1)
                    event.set()
                signal.set_wakeup_fd(-1)

        self._thread("signals", listen)

    def _drain(self, consumers: list[QuietConsumer]) -> None:
        grace = self.settings.job_grace_seconds
        logger.info("worker takes no more jobs; those that run have some time to finish", grace_seconds=grace)
        for consumer in consumers:
            consumer.stop_flag.set()
        self._slots.close()
        self._dispatcher.wake()
        self._slots.wait_until_idle(grace)
        self.stopping.set()
        logger.info("worker stops; unfinished jobs go back to their queue", worker=self.name)
        for consumer in consumers:
            consumer.stop(graceful=True)
        self._slots.wait_until_idle(LONGEST_END_SECONDS)

    def _start_threads_once(self, serves: tuple[str, ...]) -> None:
        if any(thread.name == "maintenance" for thread in threading.enumerate()):
            return
        self._thread("maintenance", self._maintenance.run_until, self.stopping, serves)
        self._thread("dispatcher", self._dispatcher.run_until, self.draining, serves)

    def _thread(self, name: str, work: Callable[..., None], *arguments: object) -> None:
        threading.Thread(target=work, args=arguments, name=name, daemon=True).start()
