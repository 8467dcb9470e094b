"""How long methods take: measured on few rows and foretold for more, so that nothing is started in vain."""

from collections.abc import Container, Mapping
from dataclasses import dataclass, replace

from wrangler.impute.work import Deadline

CAUTION = 1.5
_FEW_SECONDS = 10


@dataclass(frozen=True)
class Lap:
    """Seconds that one method took to learn some columns from some rows, and to fill them."""

    rows: int
    columns: int
    learning: float
    filling: float


@dataclass(frozen=True)
class Pace:
    """How quick one method is.

    Attributes
    ----------
    laps : tuple of Lap
        On ever more rows.
    most_rows : int or None
        Learning takes no longer on more rows than these.
    """

    laps: tuple[Lap, ...]
    most_rows: int | None = None

    def and_then(self, lap: Lap) -> "Pace":
        """The pace with one more lap; of laps on equal rows the last counts."""
        return replace(self, laps=(*(each for each in self.laps if each.rows < lap.rows), lap))

    def to_learn(self, rows: int) -> float:
        """Seconds that learning from so many rows may take."""
        return self._foretold([lap.learning for lap in self.laps], min(rows, self.most_rows or rows))

    def to_fill(self, rows: int) -> float:
        """Seconds that filling so many rows may take."""
        return self._foretold([lap.filling for lap in self.laps], rows)

    def to_run(self, rows: int) -> float:
        """Seconds that learning and filling may take together."""
        return self.to_learn(rows) + self.to_fill(rows)

    def _foretold(self, seconds: list[float], rows: int) -> float:
        """In proportion to the rows after one lap; after two their difference tells what more rows take."""
        last = self.laps[-1]
        if len(self.laps) == 1:
            return CAUTION * seconds[-1] * max(rows / max(last.rows, 1), 1.0)
        before = self.laps[-2]
        each, earlier = seconds[-1] / max(last.columns, 1), seconds[-2] / max(before.columns, 1)
        slope = max(each - earlier, 0.0) / (last.rows - before.rows)
        return CAUTION * last.columns * (each + slope * max(rows - last.rows, 0))


def within(deadline: Deadline, paces: Mapping[str, Pace], rows: int, settled: Container[str]) -> dict[str, str]:
    """The methods that there is no time for, and why; the quickest go first.

    Parameters
    ----------
    deadline : Deadline
        What is left of it is for learning; filling has all of it once more.
    paces : mapping of method to Pace
    rows : int
        Of the whole table.
    settled : container of str
        Methods that are not asked about.

    Returns
    -------
    dict of str to str
    """
    learning, filling = max(deadline.seconds_left, 0.0), deadline.seconds
    late: dict[str, str] = {}
    for name in sorted(paces, key=lambda name: paces[name].to_run(rows)):
        if name in settled:
            continue
        to_learn, to_fill = paces[name].to_learn(rows), paces[name].to_fill(rows)
        if to_learn <= learning and to_fill <= filling:
            learning, filling = learning - to_learn, filling - to_fill
        else:
            needed, left = (to_learn, learning) if to_learn > learning else (to_fill, filling)
            doing = "learning from" if to_learn > learning else "filling"
            told = f"{seconds_words(needed)} of {seconds_words(left)} left"
            late[name] = f"{doing} {rows:,} rows was foretold to take up to {told}"
    return late


def seconds_words(seconds: float) -> str:
    """Seconds as a person would write them: whole ones from ten on."""
    return f"{seconds:,.0f} s" if seconds >= _FEW_SECONDS else f"{seconds:.1f} s"
