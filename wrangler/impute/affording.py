"""What a time budget affords of several methods: the cheap ones go first, and each is watched while it works.

Nothing is foretold from small samples: on a table of hundreds of columns such runs take longer than the cheap methods
themselves, and err by an order of magnitude. But every method tells how far it is, so a part of its own run tells what
the whole will take: it is ended as soon as that is plainly beyond the time that is left.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic

from wrangler.impute.errors import Unaffordable, UnknownMethod
from wrangler.impute.pacing import seconds_words
from wrangler.impute.record import Progress
from wrangler.impute.registry import find_method
from wrangler.impute.work import Deadline

LOOK_SHARE, LOOK_SECONDS = 0.1, 1.0
PLAINLY = 1.5

Tell = Callable[[Progress], object]


def by_cost(method: str) -> tuple[int, int]:
    """Where a method stands among others by what it costs, as a key to sort by: by what it says of itself, unmeasured.

    First those that fill a column from itself, then those with equations for all columns, those with a model of its own
    for each, and those that race others; of equals as they are listed. A method that does not exist comes first.
    """
    try:
        found = find_method(method)
    except UnknownMethod:
        return -1, 0
    kind = found.imputer
    classes = (kind.reads_other_columns, kind.growth.by_column, kind.growth.rivals is not None)
    return max((place for place, applies in enumerate(classes, start=1) if applies), default=0), found.rank


@dataclass
class Watch:
    """Over one method, which fills a table several times: ended when its own progress shows that it takes too long.

    Attributes
    ----------
    deadline : Deadline or None
        Of all methods together; without one the method is never ended.
    runs : int
        How often it learns and fills.
    tell : callable
        Is given the progress of all runs together.
    done : int
        Runs that are done.
    began : float
        By the monotonic clock.
    left : float
        Seconds that were left then.
    furthest : float
        Most that any run told of itself, from 0 to 1.
    """

    deadline: Deadline | None
    runs: int
    tell: Tell
    done: int = 0
    began: float = field(default_factory=monotonic)
    left: float = field(init=False)
    furthest: float = 0.0

    def __post_init__(self) -> None:
        """Refuse to begin when nothing is left.

        Raises
        ------
        Unaffordable
        """
        self.left = float("inf") if self.deadline is None else self.deadline.seconds_left
        if self.deadline is not None and self.left <= 0:
            raise Unaffordable(f"none of the {self.deadline.seconds:g} s were left")

    def hear(self, progress: Progress) -> None:
        """Pass progress on.

        Raises
        ------
        Unaffordable
            When the time is up, or would be long before the end.
        """
        self.furthest = max(self.furthest, (self.done + min(progress.fraction, 1.0)) / self.runs)
        self.tell(Progress(self.furthest, progress.stage, progress.column, progress.iteration, progress.error))
        self._check()

    def has_run(self) -> None:
        """One more run is done.

        Raises
        ------
        Unaffordable
            As `hear`, unless it was the last.
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
            told = f"about {seconds_words(needed)}" if self.furthest > 0 else f"more than {seconds_words(spent)}"
            raise Unaffordable(
                f"{told} of the {seconds_words(self.left)} left, as its first {seconds_words(spent)} showed"
            )
