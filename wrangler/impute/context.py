"""What a method receives besides the table: random numbers, an event record, threads, a deadline, progress."""

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from functools import cache
from threading import Lock
from time import monotonic
from typing import Any, Self, TypeAlias, TypeVar
from zlib import crc32

import numpy as np
from threadpoolctl import ThreadpoolController, threadpool_limits

from wrangler.impute.errors import OutOfTime
from wrangler.impute.events import Progress, Record, report

Fitted: TypeAlias = Any
"""The fitted state of a method: of a type that only this method reads."""


@dataclass(frozen=True)
class Unfitted:
    """The state of a method whose fitting was stopped by the time budget."""


Callback = Callable[[Progress], object]
Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Deadline:
    """The end of a time budget, by the monotonic clock."""

    seconds: float
    ends: float

    @property
    def seconds_left(self) -> float:
        """Seconds until the deadline; negative afterwards."""
        return self.ends - monotonic()

    def share(self, part: float) -> "Deadline":
        """An earlier deadline, when this part of the time that is left has passed."""
        return Deadline(self.seconds, self.ends - self.seconds_left * (1.0 - part))


def start_deadline(seconds: float | None) -> Deadline | None:
    """A deadline so many seconds from now; None without a time budget."""
    return None if seconds is None else Deadline(seconds, monotonic() + seconds)


@dataclass
class ProgressReporter:
    """Calls the progress callback: from one thread at a time, and never with a smaller fraction than before."""

    furthest: float = 0.0
    lock: Lock = field(default_factory=Lock)

    def report(self, callback: Callback | None, progress: Progress) -> None:
        """Pass `progress` to the callback, which may stop the work by raising or by returning False."""
        with self.lock:
            self.furthest = max(self.furthest, progress.fraction)
            report(callback, replace(progress, fraction=self.furthest))


def threads_of(n_jobs: int | None) -> int:
    """How many threads `n_jobs` asks for: 1 for None, all processors for -1."""
    return (os.cpu_count() or 1) if n_jobs == -1 else n_jobs or 1


@dataclass(frozen=True)
class Work:
    """What one `fit` or one `transform` works with, besides the table.

    Attributes
    ----------
    record : Record
    seed : int
    stage : str
        "learn" while fitting and "fill" while filling, so that the two draw different random numbers. It is part of
        the seed: other words would change every result.
    progress : callable or None
    draw : int
        Which of several completed tables is made; each has its own random numbers.
    n_jobs : int
        Threads for what can be done side by side.
    deadline : Deadline or None
    low, high : float
        The part of the whole, from 0 to 1, that this work is.
    within : str
        What this work is a part of, in words.
    reporter : ProgressReporter
        Shared by all parts of the work.
    bounds : mapping of str to tuple of float
        The bounds of filled cells, encoded, of the numbers that have any.
    """

    record: Record
    seed: int
    stage: str
    progress: Callback | None = None
    draw: int = 0
    n_jobs: int = 1
    deadline: Deadline | None = None
    low: float = 0.0
    high: float = 1.0
    within: str = ""
    reporter: ProgressReporter = field(default_factory=ProgressReporter)
    bounds: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    def part(self, low: float, high: float, within: str = "") -> Self:
        """The same for a part of the work, whose progress from 0 to 1 is that from `low` to `high` of this.

        Parameters
        ----------
        low, high : float
        within : str
            Put before the names of the stages of the part.

        Returns
        -------
        Work
        """
        return replace(self, low=self._whole(low), high=self._whole(high), within=within or self.within)

    def turn(self, number: int, count: int, within: str = "") -> Self:
        """The part of the work that is one of several alike, which follow one another.

        Parameters
        ----------
        number : int
            From 0.
        count : int
        within : str

        Returns
        -------
        Work
        """
        return self.part(number / count, (number + 1) / count, within)

    def random(self, *salt: str) -> np.random.Generator:
        """Random numbers that depend on the seed, the stage and `salt` (a column's name), and on nothing else."""
        return np.random.default_rng([self.seed, self.draw, *(crc32(word.encode()) for word in (self.stage, *salt))])

    def add_event(self, column: str | None, kind: str, message: str) -> None:
        """Add an event to the record."""
        self.record.add_event(column, kind, message)

    def count(self, column: str, kind: str, cells: int, sentence: str) -> None:
        """Add `cells` to the number that `sentence` begins with, an event that several groups may add to."""
        self.record.count(column, kind, cells, sentence)

    def step(
        self,
        fraction: float,
        stage: str,
        column: str | None = None,
        iteration: int | None = None,
        error: float | None = None,
    ) -> None:
        """Report progress to the callback, which may stop the work, and then check the deadline.

        Raises
        ------
        Cancelled
            When the callback returns False.
        OutOfTime
            When the time budget has run out.
        """
        self.announce(Progress(fraction, stage, column, iteration, error))
        self.check_deadline()

    def announce(self, progress: Progress) -> None:
        """Report the progress of the whole, given that of this work, whatever the deadline."""
        stage = f"{self.within}: {progress.stage}" if self.within else progress.stage
        self.reporter.report(self.progress, replace(progress, fraction=self._whole(progress.fraction), stage=stage))

    def _whole(self, fraction: float) -> float:
        return self.low + min(fraction, 1.0) * (self.high - self.low)

    def check_deadline(self) -> None:
        """Stop the method when the time budget has run out.

        Raises
        ------
        OutOfTime
        """
        if self.deadline is not None and self.deadline.seconds_left <= 0:
            raise OutOfTime(f"the time budget of {self.deadline.seconds:g} s ran out.")

    def each(self, task: Callable[[Item, "Work"], Result], items: Sequence[Item]) -> list[Result]:
        """Apply `task` to each item, on `n_jobs` threads; record and result do not depend on their number.

        Parameters
        ----------
        task : callable
            Given an item and its turn of the work. It must write to nothing that another item reads or writes.
        items : sequence

        Returns
        -------
        list
            In the order of the items.
        """
        if self.n_jobs == 1 or len(items) < 2:  # noqa: PLR2004 - nothing to do side by side
            return [task(item, self.turn(number, len(items))) for number, item in enumerate(items)]
        turns = [self.turn(number, len(items)) for number in range(len(items))]
        parts = [replace(turn, record=Record(is_filling=self.record.is_filling), n_jobs=1) for turn in turns]
        with ThreadPoolExecutor(self.n_jobs) as threads:
            try:
                return list(threads.map(_on_one_thread, [task] * len(items), items, parts))
            finally:
                threads.shutdown(wait=True, cancel_futures=True)
                for part in parts:
                    self.record.join(part.record)


def _on_one_thread(task: Callable[[Item, Work], Result], item: Item, work: Work) -> Result:
    """The limit of OpenMP holds for one thread only, so each sets its own."""
    with threadpool_limits(limits=1, user_api="openmp"):
        return task(item, work)


def single_threads() -> AbstractContextManager[object]:
    """A context in which BLAS and OpenMP use one thread each."""
    limits: AbstractContextManager[object] = _controller().limit(limits=1)
    return limits


@cache
def _controller() -> ThreadpoolController:
    """Made once: it searches all loaded libraries, which takes longer than some fits."""
    return ThreadpoolController()


def fit_in_time(fit: Callable[[], Any], method: str, work: Work) -> Fitted:
    """The result of `fit`, or `Unfitted` and an event when the time budget stops it."""
    try:
        return fit()
    except OutOfTime as exc:
        work.add_event(None, "stopped", f"Fitting '{method}' was stopped: {exc}")
        return Unfitted()


def fill_in_time(fill: Callable[[], Any], method: str, work: Work) -> dict[str, Any]:
    """The result of `fill`, or no fills and an event when the time budget stops it."""
    try:
        return dict(fill())
    except OutOfTime as exc:
        work.add_event(None, "stopped", f"Filling by '{method}' was stopped: {exc}")
        return {}
