"""Leases: how one process at a time holds a row, and gives it up. Jobs and imports are held in the same way.

A claim raises the row's `attempt` by one. That number is the fence: whoever comes back with an older one changes
nothing. The holder renews its lease; a lease that runs out lets anybody put the row back. An attempt that was handed
back, because its process had to stop, does not count against the limit. All comparisons are made by the database, on
its own clock.
"""

import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

import structlog
from sqlalchemy import ColumnElement, Connection, CursorResult, Row, Update, and_, true, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import InstrumentedAttribute

from wrangler.extensions import db
from wrangler.models import Dataset, Job
from wrangler.services.database_clock import clock_of

RENEWALS_PER_LEASE = 3
LONGEST_STAGE = 200
Progress = TypeVar("Progress")
Reply = TypeVar("Reply")
logger = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Claim:
    """A process's hold on a row."""

    row_id: uuid.UUID
    attempt: int
    taken_at: float = field(default_factory=time.monotonic, compare=False)
    """The monotonic time just before it was taken."""


@dataclass(frozen=True)
class LeasedTable:
    """A table whose rows are held by one process at a time.

    Attributes
    ----------
    model : type
        The rows; they have `attempt`, `hand_backs`, `lease_until`, `progress` and `stage`.
    state : InstrumentedAttribute
        The column that is `waiting` until a row is claimed, and then `held`.
    cleared : mapping of str to object
        What else a row loses when it goes back to those that wait.
    """

    model: type[Job | Dataset]
    state: InstrumentedAttribute[Any]
    waiting: StrEnum
    held: StrEnum
    cleared: Mapping[str, object] = field(default_factory=dict)

    @property
    def counted_attempts(self) -> ColumnElement[int]:
        """The attempts that count against the limit."""
        return self.model.attempt - self.model.hand_backs

    def is_held(self, claim: Claim) -> ColumnElement[bool]:
        """True for the row while this claim is the newest and nothing has ended it."""
        return and_(self.model.id == claim.row_id, self.model.attempt == claim.attempt, self.state == self.held)

    def is_expired(self, now: datetime) -> ColumnElement[bool]:
        """True for rows whose holder has not renewed its lease in time."""
        return and_(self.state == self.held, self.model.lease_until < now)

    def claim(
        self, which: ColumnElement[bool], now: datetime, *, lease_seconds: float, **values: object
    ) -> Claim | None:
        """Take the row that waits under a condition, in a transaction of its own; None when there is none."""
        taken_at = time.monotonic()
        statement = (
            update(self.model)
            .where(which, self.state == self.waiting)
            .values(
                {
                    self.state.key: self.held,
                    "attempt": self.model.attempt + 1,
                    "lease_until": now + timedelta(seconds=lease_seconds),
                    "progress": 0.0,
                    "stage": "starting",
                    **values,
                }
            )
            .returning(self.model.id, self.model.attempt)
        )
        row = db.session.execute(statement).one_or_none()
        db.session.commit()
        return None if row is None else Claim(row.id, row.attempt, taken_at)

    def renew(
        self,
        connection: Connection,
        claim: Claim,
        *,
        lease_seconds: float,
        progress: tuple[float, str] | None = None,
        returning: tuple[InstrumentedAttribute[Any], ...] = (),
        **values: object,
    ) -> Row[Any] | None:
        """Renew the lease and write progress, a share from 0 to 1 and the stage; None when the claim is lost."""
        values["lease_until"] = clock_of(connection) + timedelta(seconds=lease_seconds)
        if progress is None:
            values["updated_at"] = self.model.updated_at  # for those who watch, a renewal alone is no change
        else:
            values |= {"progress": min(max(progress[0], 0.0), 1.0), "stage": progress[1][:LONGEST_STAGE]}
        statement = update(self.model).where(self.is_held(claim)).values(values).returning(self.model.id, *returning)
        return connection.execute(statement).one_or_none()

    def hand_back(self, claim: Claim, which: ColumnElement[bool] | None = None, **values: object) -> bool:
        """Put a row back at once, because its process must stop; the attempt does not count.

        False when it is not this claim's any more, or the condition does not hold.
        """
        return self.put_back(claim, which, hand_backs=self.model.hand_backs + 1, **values)

    def put_back(self, claim: Claim, which: ColumnElement[bool] | None = None, **values: object) -> bool:
        """The same for an attempt that counts."""
        held = update(self.model).where(self.is_held(claim), true() if which is None else which)
        number = self.execute(self.waits(held, **values))
        db.session.commit()
        return number == 1

    def waits(self, statement: Update, **values: object) -> Update:
        """Have an update put its rows back among those that wait."""
        return statement.values(
            {self.state.key: self.waiting, "lease_until": None, "progress": 0.0, **self.cleared, **values}
        )

    @staticmethod
    def execute(statement: Update) -> int:
        """Execute an update in the session; gives the number of rows, not yet committed."""
        result = db.session.execute(statement)
        return result.rowcount if isinstance(result, CursorResult) else 0

    def renewal(
        self,
        claim: Claim,
        send: Callable[[Connection, Progress | None], Reply],
        *,
        lease_seconds: float,
        held: Reply,
        lost: Reply,
        pause_seconds: float,
    ) -> "LeaseRenewal[Progress, Reply]":
        """A thread that renews the lease of a claim; `send` does it once, on a connection in a transaction."""
        engine = db.engine

        def renew(progress: Progress | None) -> Reply:
            with engine.begin() as connection:
                return send(connection, progress)

        lease = Lease(lease_seconds, claim.taken_at)
        whose = {f"{self.model.__name__.lower()}_id": str(claim.row_id)}
        return LeaseRenewal(renew, lease, held=held, lost=lost, pause_seconds=pause_seconds, **whose)


@dataclass(frozen=True)
class Lease:
    """For how long the holder of a row is believed to live after each renewal."""

    seconds: float
    taken_at: float
    """The monotonic time just before it was taken."""


class LeaseRenewal(Generic[Progress, Reply]):
    """A thread that renews a lease three times in its length, and whenever there is progress, with a pause in between.

    Whoever works never waits for the database: `report` leaves the progress and gives the last reply. A database that
    does not reply is waited for, but never longer than the lease: after that somebody else may hold the row already,
    and this process must publish nothing.

    `renew` renews the lease, with new progress or None, and gives the database's reply. The reply is `held` until the
    first renewal, and `lost` when the last is older than the lease. `whose` names the work in the log.
    """

    def __init__(
        self,
        renew: Callable[[Progress | None], Reply],
        lease: Lease,
        *,
        held: Reply,
        lost: Reply,
        pause_seconds: float,
        **whose: str,
    ) -> None:
        self._renew = renew
        self._lease_seconds = lease.seconds
        self._held_until = lease.taken_at + lease.seconds
        self._last_reply = held
        self._lost = lost
        self._pause_seconds = pause_seconds
        self._log = logger.bind(**whose)
        self._progress: Progress | None = None
        self._wake = threading.Event()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._renew_until_ended, name=f"lease renewal of {whose}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._wake.set()
        self._thread.join()

    @property
    def reply(self) -> Reply:
        return self._last_reply if time.monotonic() < self._held_until else self._lost

    def report(self, progress: Progress) -> Reply:
        """Have progress written soon; gives the reply that is known."""
        self._progress = progress
        self._wake.set()
        return self.reply

    def _renew_until_ended(self) -> None:
        written: Progress | None = None
        while not self._ended.is_set():
            self._wake.wait(self._lease_seconds / RENEWALS_PER_LEASE)
            self._wake.clear()
            if self._ended.is_set():
                return
            progress = self._progress
            if self._renew_once(progress if progress != written else None):
                written = progress
            self._ended.wait(self._pause_seconds)

    def _renew_once(self, progress: Progress | None) -> bool:
        """Renew the lease; False when the database did not reply."""
        asked_at = time.monotonic()
        try:
            self._last_reply = self._renew(progress)
        except DBAPIError as exc:
            self._log.warning("lease not renewed", error=str(exc.orig))
            return False
        self._held_until = asked_at + self._lease_seconds
        return True
