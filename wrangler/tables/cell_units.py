"""The unit in which a number column is computed with, so that its figures neither overflow nor lose their digits.

Nearly every column is read as it is. One of 1e308 or 1e-200 is divided by a power of two, one of whole numbers beyond
2^53 is counted from its lowest: both are exact, and a figure in that unit is brought back afterwards.
"""

import math
from dataclasses import dataclass

from wrangler.tables.connection import StoredColumn

LARGE, SMALL = 1e100, 1e-100
SMALLEST_EXPONENT = -1000  # its inverse is still a finite number
EXACT = 2**53


@dataclass(frozen=True)
class CellUnit:
    """How the numbers of one column are shifted and scaled."""

    offset: int = 0
    scale: float = 1.0

    @property
    def is_plain(self) -> bool:
        """Whether numbers are read as they are."""
        return not self.offset and self.scale == 1.0

    def sql(self, cell: str) -> str:
        """SQL of a number in this unit, NULL where it is not finite."""
        number = f"{cell}::DOUBLE"
        if self.offset:
            number = f"({cell}::HUGEINT - ({self.offset})::HUGEINT)::DOUBLE"
        elif self.scale != 1.0:
            number = f"({cell}::DOUBLE / {self.scale!r}::DOUBLE)"
        return f"CASE WHEN isfinite({cell}::DOUBLE) THEN {number} END"

    def read(self, value: float) -> float:
        """A value of the column in this unit."""
        return float(value - self.offset) / self.scale if self.offset else float(value) / self.scale

    def place(self, value: float | None) -> float | None:
        """A value of this unit in that of the column; None where no finite number holds it."""
        return None if value is None else finite(value * self.scale + self.offset)

    def size(self, value: float | None) -> float | None:
        """A distance of this unit in that of the column; None where no finite number holds it."""
        return None if value is None else finite(value * self.scale)


def unit_of(column: StoredColumn, low: float | None, high: float | None) -> CellUnit:
    """The unit of a number column by its lowest and highest finite number, None where it has none."""
    if low is None or high is None:
        return CellUnit()
    largest = max(abs(low), abs(high))
    if column.type == "integer":
        return CellUnit(int(low)) if largest > EXACT else CellUnit()
    if not largest or SMALL < largest < LARGE:
        return CellUnit()
    return CellUnit(0, math.ldexp(1.0, max(math.frexp(float(largest))[1] - 1, SMALLEST_EXPONENT)))


def finite(value: float) -> float | None:
    """The value, or None where it is not finite."""
    return value if math.isfinite(value) else None
