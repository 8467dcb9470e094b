"""The record of an imputation: what happened, in events, and by which method each column was filled."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from wrangler.impute.arrays import Bools
from wrangler.impute.errors import Cancelled


@dataclass(frozen=True)
class Event:
    """One thing that a reader of the completed table must know.

    Attributes
    ----------
    column : str or None
        The column concerned; None when it is the whole table.
    kind : str
        One word: refused, excluded, skipped, fallback, chosen, clipped, reflected, rounded, moved, ruled, left,
        sampled, merged, infinite, stopped, not_converged, replaced, ignored, truncated, extrapolated or share_lost.
    message : str
        A plain sentence.
    """

    column: str | None
    kind: str
    message: str


@dataclass(frozen=True)
class Progress:
    """How far an imputation is, as given to a progress callback.

    Attributes
    ----------
    fraction : float
        Between 0 and 1.
    stage : str
        What is being done, in words.
    column : str or None
        The column that is worked on.
    iteration : int or None
        The round of an iterative method, from 1.
    error : float or None
        The last change or held-out error, where the method has one.
    """

    fraction: float
    stage: str
    column: str | None = None
    iteration: int | None = None
    error: float | None = None


@dataclass
class ColumnOutcome:
    """How one column was filled: by which method, how many cells, and why by that one."""

    method: str
    filled: int
    reason: str
    evidence: dict[str, object] = field(default_factory=dict)


@dataclass
class Record:
    """The events, outcomes and filled cells of `fit` and of the latest `transform`."""

    fitting: dict[tuple[str | None, str, str], int] = field(default_factory=dict)
    filling: dict[tuple[str | None, str, str], int] = field(default_factory=dict)
    outcomes: dict[str, ColumnOutcome] = field(default_factory=dict)
    marks: dict[int, Bools] = field(default_factory=dict)
    index: pd.Index = field(default_factory=lambda: pd.RangeIndex(0))
    columns: pd.Index = field(default_factory=lambda: pd.RangeIndex(0))
    is_filling: bool = False
    changes: list[tuple[float, ...]] = field(default_factory=list)

    def add_event(self, column: str | None, kind: str, message: str) -> None:
        """Add an event, unless it is there already."""
        if (column, kind, message) not in self.fitting:
            self._current[column, kind, message] = 0

    def count(self, column: str | None, kind: str, cells: int, sentence: str) -> None:
        """Add `cells` to the number that `sentence` begins with; without any cells there is no event."""
        if cells:
            entry = (column, kind, sentence)
            self._current[entry] = self._current.get(entry, 0) + cells

    def note_convergence(self, changes: Sequence[float], tolerance: float, most: int) -> None:
        """Note the change in each iteration of a set of equations, with an event when they did not converge."""
        self.changes.append(tuple(changes))
        if len(changes) >= most and changes[-1] >= tolerance:
            message = f"sets of equations still changed by {tolerance:g} or more after {most} rounds (max_iter)."
            self.count(None, "not_converged", 1, message)

    def join(self, other: "Record") -> None:
        """Add the events, changes and outcomes of another record after those of this one."""
        for mine, theirs in ((self.fitting, other.fitting), (self.filling, other.filling)):
            for entry, cells in theirs.items():
                mine[entry] = mine.get(entry, 0) + cells
        self.changes += other.changes
        self.outcomes |= other.outcomes

    @property
    def events(self) -> list[Event]:
        """What happened, fitting first."""
        return [
            Event(column, kind, f"{cells:,} {sentence}" if cells else sentence)
            for part in (self.fitting, self.filling)
            for (column, kind, sentence), cells in part.items()
        ]

    @property
    def _current(self) -> dict[tuple[str | None, str, str], int]:
        return self.filling if self.is_filling else self.fitting

    def start_filling(self, frame: pd.DataFrame) -> None:
        """Forget the previous `transform`; the events of `fit` stay."""
        self.is_filling = True
        self.filling, self.outcomes = {}, {}
        self.marks, self.index, self.columns = {}, frame.index, frame.columns

    @property
    def mask(self) -> pd.DataFrame:
        """Which cells the latest `transform` filled; built when asked for, as most never ask."""
        marks = np.zeros((len(self.columns), len(self.index)), dtype=bool)
        for position, filled in self.marks.items():
            marks[position] = filled
        return pd.DataFrame(marks.T, index=self.index, columns=self.columns)

    def mark(self, position: int, filled: Bools) -> None:
        """Note which cells of the column at `position` were filled; the array is kept, not copied."""
        self.marks[position] = filled

    def table_of_changes(self) -> pd.DataFrame:
        """One row for each iteration of each set of equations: equations, iteration, change."""
        rows = [
            (number, iteration, change)
            for number, changes in enumerate(self.changes, start=1)
            for iteration, change in enumerate(changes, start=1)
        ]
        return pd.DataFrame(rows, columns=["equations", "iteration", "change"])

    def table_of_outcomes(self) -> pd.DataFrame:
        """One row for each column: method, filled, reason and, where there is any, the evidence."""
        rows = [
            {"method": outcome.method, "filled": outcome.filled, "reason": outcome.reason, **outcome.evidence}
            for outcome in self.outcomes.values()
        ]
        index = pd.Index(list(self.outcomes), name="column", dtype="str")
        return pd.DataFrame(rows, index=index, columns=None if rows else ["method", "filled", "reason"])


def report(callback: object, progress: Progress) -> None:
    """Pass `progress` to the callback, if there is one.

    Raises
    ------
    Cancelled
        When the callback returns False.
    """
    if callable(callback) and callback(progress) is False:
        raise Cancelled(f"Stopped by the progress callback at '{progress.stage}'.")
