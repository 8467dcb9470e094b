"""How long methods take: measured on few rows and estimated for more, so that what is too slow is not started."""

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field, replace
from time import monotonic

from wrangler.impute.context import Deadline
from wrangler.impute.errors import Unaffordable, UnknownMethod
from wrangler.impute.events import Progress
from wrangler.impute.registry import find_method

LOOK_SHARE, LOOK_SECONDS = 0.1, 1.0
PLAINLY = 1.5  # times the seconds left
ProgressCallback = Callable[[Progress], object]


@dataclass
class Watch:
    """Watches one method, which fills a table several times, and stops it when its progress is too slow.

    Attributes
    ----------
    deadline : Deadline or None
        Of all methods together; without one the method is never stopped.
    runs : int
        How often it fits and fills.
    callback : callable
        Called with the progress of all runs together.
    done : int
        Runs that are finished.
    began : float
        The start, by the monotonic clock.
    left : float
        Seconds that were left at the start.
    furthest : float
        The largest share of all runs that was reported, from 0 to 1.
    """

    deadline: Deadline | None
    runs: int
    callback: ProgressCallback
    done: int = 0
    began: float = field(default_factory=monotonic)
    left: float = field(init=False)
    furthest: float = 0.0

    def __post_init__(self) -> None:
        """Refuse to start when no time is left.

        Raises
        ------
        Unaffordable
            When no time is left.
        """
        self.left = float("inf") if self.deadline is None else self.deadline.seconds_left
        if self.deadline is not None and self.left <= 0:
            raise Unaffordable(f"none of the {self.deadline.seconds:g} s were left")

    def receive(self, progress: Progress) -> None:
        """Pass progress on.

        Raises
        ------
        Unaffordable
            When the time is up, or will be long before the method has finished.
        """
        self.furthest = max(self.furthest, (self.done + min(progress.fraction, 1.0)) / self.runs)
        self.callback(Progress(self.furthest, progress.stage, progress.column, progress.iteration, progress.error))
        self._check()

    def has_run(self) -> None:
        """One more run is done.

        Raises
        ------
        Unaffordable
            As `receive`, unless it was the last.
        """
        self.done += 1
        self.furthest = max(self.furthest, self.done / self.runs)
        if self.done < self.runs:
            self._check()

    def _check(self) -> None:
        spent = monotonic() - self.began
        needed = spent / self.furthest if self.furthest > 0 else float("inf")
        has_looked = spent > max(LOOK_SHARE * self.left, LOOK_SECONDS)
        if spent > self.left or (has_looked and needed > PLAINLY * self.left):
            estimate = f"about {seconds_words(needed)}" if self.furthest > 0 else f"more than {seconds_words(spent)}"
            raise Unaffordable(
                f"{estimate} of the {seconds_words(self.left)} left, as its first {seconds_words(spent)} showed"
            )


CAUTION = 1.5
_FEW_SECONDS = 10


@dataclass(frozen=True)
class Lap:
    """Seconds that one method took to be fitted on some rows and columns, and to fill them."""

    rows: int
    columns: int
    fitting: float
    filling: float


@dataclass(frozen=True)
class Pace:
    """The measured speed of one method.

    Attributes
    ----------
    laps : tuple of Lap
        On increasing numbers of rows.
    most_rows : int or None
        Fitting takes no longer on more rows than these.
    """

    laps: tuple[Lap, ...]
    most_rows: int | None = None

    def and_then(self, lap: Lap) -> "Pace":
        """The pace with one more lap; of laps on equal rows the last counts."""
        return replace(self, laps=(*(each for each in self.laps if each.rows < lap.rows), lap))

    def to_fit(self, rows: int) -> float:
        """Seconds that fitting on so many rows may take."""
        return self._expected_seconds([lap.fitting for lap in self.laps], min(rows, self.most_rows or rows))

    def to_fill(self, rows: int) -> float:
        """Seconds that filling so many rows may take."""
        return self._expected_seconds([lap.filling for lap in self.laps], rows)

    def to_run(self, rows: int) -> float:
        """Seconds that fitting and filling may take together."""
        return self.to_fit(rows) + self.to_fill(rows)

    def _expected_seconds(self, seconds: list[float], rows: int) -> float:
        """In proportion to the rows after one lap; after two by the line through them."""
        last = self.laps[-1]
        if len(self.laps) == 1:
            return CAUTION * seconds[-1] * max(rows / max(last.rows, 1), 1.0)
        before = self.laps[-2]
        each, earlier = seconds[-1] / max(last.columns, 1), seconds[-2] / max(before.columns, 1)
        slope = max(each - earlier, 0.0) / (last.rows - before.rows)
        return CAUTION * last.columns * (each + slope * max(rows - last.rows, 0))


def within(deadline: Deadline, paces: Mapping[str, Pace], rows: int, exempt: Container[str]) -> dict[str, str]:
    """The methods for which the time is too short, and why; the quickest come first.

    Parameters
    ----------
    deadline : Deadline
        The time left is for fitting; filling has the whole budget once more.
    paces : mapping of method to Pace
    rows : int
        Of the whole table.
    exempt : container of str
        Methods that are not judged.

    Returns
    -------
    dict of str to str
    """
    fitting, filling = max(deadline.seconds_left, 0.0), deadline.seconds
    late: dict[str, str] = {}
    for name in sorted(paces, key=lambda name: paces[name].to_run(rows)):
        if name in exempt:
            continue
        to_fit, to_fill = paces[name].to_fit(rows), paces[name].to_fill(rows)
        if to_fit <= fitting and to_fill <= filling:
            fitting, filling = fitting - to_fit, filling - to_fill
        else:
            needed, left = (to_fit, fitting) if to_fit > fitting else (to_fill, filling)
            doing = "fitting from" if to_fit > fitting else "filling"
            needed_words = f"{seconds_words(needed)} of {seconds_words(left)} left"
            late[name] = f"{doing} {rows:,} rows was estimated to take up to {needed_words}"
    return late


def seconds_words(seconds: float) -> str:
    """Seconds in words: whole ones from ten on."""
    return f"{seconds:,.0f} s" if seconds >= _FEW_SECONDS else f"{seconds:.1f} s"


def by_cost(method: str) -> tuple[int, int]:
    """A key that sorts methods by their cost, as it follows from their class, without a measurement.

    First those that fill a column from itself, then those with equations for all columns, those with a model for each
    column, and those that race others; within these by rank. A method that does not exist comes first.
    """
    try:
        info = find_method(method)
    except UnknownMethod:
        return -1, 0
    imputer = info.imputer
    classes = (imputer.reads_other_columns, imputer.growth.by_column, imputer.growth.rivals is not None)
    return max((place for place, applies in enumerate(classes, start=1) if applies), default=0), info.rank
