"""A worker that gets no notification looks itself: jobs that nobody picked up are found in the table.

So jobs finish while the queue is absent, flushed, duplicated or wrong, and no notification need be sent twice. Imports
are always found this way; their notification only prompts a look.
"""

import threading
from collections.abc import Callable, Mapping

import structlog
from flask import Flask
from sqlalchemy.exc import DBAPIError

from wrangler.config import Settings
from wrangler.tasks.loop import repeat
from wrangler.tasks.slots import Slots

LONGEST_PAUSE_SECONDS = 2.0
Work = Callable[[], None]
logger = structlog.get_logger(__name__)


class Dispatcher:
    """Gives work whose notification was lost to the free slots of this process.

    `sources` give for each queue the next work there; None when there is none.
    """

    def __init__(
        self, app: Flask, settings: Settings, slots: Slots, sources: Mapping[str, Callable[[], Work | None]]
    ) -> None:
        self._app = app
        self._settings = settings
        self._slots = slots
        self._sources = sources
        self._wake = threading.Event()

    def wake(self) -> None:
        """Look now: a slot is free again, or a user may run another job."""
        self._wake.set()

    def run_until(self, ending: threading.Event, serves: tuple[str, ...]) -> None:
        """Look from time to time until asked to stop."""
        pause = min(LONGEST_PAUSE_SECONDS, self._settings.job_dispatch_seconds)

        def look_everywhere() -> None:
            for queue in serves:
                self._look(queue)

        def wait() -> None:
            self._wake.wait(pause)
            self._wake.clear()

        repeat("dispatcher", look_everywhere, wait, ending)

    def _look(self, queue: str) -> None:
        """Start the work of this queue whose notification was lost, until the slots or the work run out."""
        while self._slots.take(queue):
            work = None
            try:
                with self._app.app_context():
                    work = self._sources[queue]()
            finally:
                if work is None:
                    self._slots.give_back(queue)
            if work is None:
                return
            threading.Thread(target=self._do, args=(queue, work), name=f"unnotified in {queue}", daemon=True).start()

    def _do(self, queue: str, work: Work) -> None:
        try:
            with self._app.app_context():
                work()
        except DBAPIError as exc:
            logger.warning("work left to the reaper: the database is away", queue=queue, error=str(exc.orig))
        finally:
            self._slots.give_back(queue)
            self.wake()
