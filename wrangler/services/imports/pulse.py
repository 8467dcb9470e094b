"""The pulse of one import: renews its hold and carries its progress up, while another thread minds the parser."""

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from wrangler.services.imports import holds
from wrangler.services.imports.holds import Hold

BEATS_PER_LEASE = 3
SHORTEST_PAUSE_SECONDS = 1.0
logger = structlog.get_logger(__name__)


class BrokenOff(Exception):
    """The import must end here: it is another's by now, its dataset was deleted, or this process stops."""


class Pulse:
    """A thread that writes when there is news, never more than once a second, and at least three times a lease.

    `tell` never waits for the database. A database that does not answer for a whole lease has given the import to
    somebody else.
    """

    def __init__(self, engine: Engine, hold: Hold, lease_seconds: int, is_stopping: Callable[[], bool]) -> None:
        self._engine = engine
        self._hold = hold
        self._lease_seconds = lease_seconds
        self._is_stopping = is_stopping
        self._held_until = time.monotonic() + lease_seconds
        self._news: tuple[float, str] | None = None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._beat_on, name=f"import {hold.dataset_id}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    def tell(self, share: float, stage: str) -> None:
        """Take progress up.

        Raises
        ------
        BrokenOff
            When the import must end.
        """
        self._news = (share, stage)
        if self._is_stopping() or time.monotonic() > self._held_until:
            raise BrokenOff

    def _beat_on(self) -> None:
        told, beaten_at = None, time.monotonic()
        while not self._ended.wait(SHORTEST_PAUSE_SECONDS):
            news = self._news
            is_due = time.monotonic() - beaten_at > self._lease_seconds / BEATS_PER_LEASE
            if (is_due or news != told) and self._beat(None if news == told else news):
                told, beaten_at = news, time.monotonic()

    def _beat(self, news: tuple[float, str] | None) -> bool:
        """Renew the hold; False when the database did not answer."""
        asked_at = time.monotonic()
        try:
            with self._engine.begin() as connection:
                is_held = holds.beat(connection, self._hold, lease_seconds=self._lease_seconds, news=news)
        except DBAPIError as trouble:
            logger.warning("beat not heard", dataset_id=str(self._hold.dataset_id), trouble=str(trouble.orig))
            return False
        self._held_until = asked_at + self._lease_seconds if is_held else 0.0
        return True
