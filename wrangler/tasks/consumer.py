"""A worker process: one Huey consumer for each queue that it serves, all in threads of one process."""

import logging
import os
import signal
import socket
import threading
import uuid
from collections.abc import Sequence

import structlog
from flask import Flask
from huey.consumer import Consumer

from wrangler.config import Settings
from wrangler.notebook import warm_up
from wrangler.queues import JobQueues
from wrangler.tasks.runs import Supervisor
from wrangler.tasks.upkeep import Upkeep

logger = structlog.get_logger(__name__)


class QuietConsumer(Consumer):  # type: ignore[misc] # huey ships no types
    """A consumer among several in one process, which leaves the signals to that process."""

    def _set_signal_handlers(self) -> None:
        pass


class WorkerProcess:
    """Everything that runs in one worker process."""

    def __init__(self, app: Flask, settings: Settings, queues: JobQueues) -> None:
        self.settings = settings
        self.queues = queues
        self.app = app
        self.name = f"{socket.gethostname()}:{os.getpid()}"
        self.stopping = threading.Event()
        self._supervisor = Supervisor(app, settings, self.name, self.stopping)
        queues.answer_with(self._answer)

    def _answer(self, job_id: uuid.UUID) -> None:
        with self.app.app_context():
            self._supervisor.run_job(job_id)

    def serve_with_huey_consumer(self) -> None:
        """Have the upkeep run beside `huey_consumer huey_worker.<queue>`, which calls this as a worker starts."""
        for name, huey in self.queues.hueys.items():
            huey.on_startup(name="upkeep")(lambda name=name: self._start_upkeep_once((name,)))

    def run(self, serves: Sequence[str], workers: int) -> None:
        """Serve these queues with so many threads each, until SIGTERM or SIGINT; then hand unfinished jobs back."""
        logging.getLogger("huey").setLevel(logging.WARNING)
        for signum in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signum, lambda *_: self.stopping.set())
        consumers = [
            QuietConsumer(
                self.queues.hueys[name],
                workers=workers,
                periodic=False,
                max_delay=self.settings.job_poll_seconds,
                initial_delay=min(0.1, self.settings.job_poll_seconds),
            )
            for name in serves
        ]
        self._start_upkeep_once(tuple(serves))
        warm_up()
        for consumer in consumers:
            consumer.start()
        logger.info("worker ready", worker=self.name, queues=list(serves), threads_per_queue=workers)
        self.stopping.wait()
        logger.info("worker stops; unfinished jobs go back to their queue", worker=self.name)
        for consumer in consumers:
            consumer.stop(graceful=True)

    def _start_upkeep_once(self, serves: tuple[str, ...]) -> None:
        if any(thread.name == "upkeep" for thread in threading.enumerate()):
            return
        upkeep = Upkeep(self.app, self.settings, self.queues, self.name, serves)
        threading.Thread(target=upkeep.run_until, args=(self.stopping,), name="upkeep", daemon=True).start()
