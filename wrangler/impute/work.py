"""What a method is given besides the table: its random numbers, its diary, and whom to tell how far it is."""

from collections.abc import Callable
from dataclasses import dataclass
from zlib import crc32

import numpy as np

from wrangler.impute.record import Progress, Record, report

Callback = Callable[[Progress], object]


@dataclass(frozen=True)
class Work:
    """The surroundings of one `fit` or one `transform`.

    Attributes
    ----------
    record : Record
    seed : int
    stage : str
        "learn" or "fill": the two draw different random numbers.
    progress : callable or None
    draw : int
        Which of several completed tables is made; each has its own random numbers.
    """

    record: Record
    seed: int
    stage: str
    progress: Callback | None = None
    draw: int = 0

    def random(self, *salt: str) -> np.random.Generator:
        """Random numbers that depend on the seed, the stage and `salt` (a column's name), and on nothing else."""
        return np.random.default_rng([self.seed, self.draw, *(crc32(word.encode()) for word in (self.stage, *salt))])

    def tell(self, column: str | None, kind: str, message: str) -> None:
        """Add an event to the record."""
        self.record.tell(column, kind, message)

    def count(self, column: str, kind: str, cells: int, sentence: str) -> None:
        """Add `cells` to the count before `sentence`, an event that may come from many groups."""
        self.record.count(column, kind, cells, sentence)

    def step(self, fraction: float, stage: str, column: str | None = None, iteration: int | None = None) -> None:
        """Tell the progress callback; it may stop the work by raising or by answering False."""
        report(self.progress, Progress(min(fraction, 1.0), stage, column, iteration))
