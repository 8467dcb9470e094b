"""The cells of a column as stored, converted to float64 numbers or codes only in the rows that are read."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from wrangler.impute.arrays import Bools, Floats, Rows

EVERY_ROW = slice(None)


@dataclass(frozen=True)
class Stored:
    """One column, not yet encoded.

    Attributes
    ----------
    array : ndarray of shape (rows,)
        Codes (negative where missing), booleans, whole numbers (none missing) or floats (NaN where missing).
    holds_codes : bool
        Whether the array holds codes, of which negative ones mark missing cells.
    scale : float
        By which numbers are divided when they are read.
    may_be_infinite : bool
        Whether there may be infinite numbers, which are read as NaN.
    """

    array: npt.NDArray[Any]
    holds_codes: bool = False
    scale: float = 1.0
    may_be_infinite: bool = False

    @cached_property
    def holds_infinite(self) -> bool:
        """Whether any number is infinite."""
        return self.may_be_infinite and bool(np.isinf(self.array).any())

    def read(self, rows: Rows | slice = EVERY_ROW) -> Floats:
        """Numbers or codes at some rows, NaN where missing; must not be written to."""
        part = self.array[rows]
        cells = np.asarray(part, dtype=np.float64)
        if self.holds_codes and part.dtype.kind == "i" and part.min(initial=0) < 0:
            return np.where(part < 0, np.nan, cells)
        if self.may_be_infinite and np.isinf(cells).any():
            cells = np.where(np.isinf(cells), np.nan, cells)
        return cells if self.scale == 1.0 else cells / self.scale

    def missing_mask(self, rows: Rows | slice = EVERY_ROW) -> Bools:
        """Where there is nothing to fit on, at some rows."""
        part = self.array[rows]
        if part.dtype.kind == "f":
            return np.asarray(~np.isfinite(part) if self.may_be_infinite else np.isnan(part))
        return np.asarray(part < 0) if self.holds_codes and part.dtype.kind == "i" else np.zeros(len(part), dtype=bool)

    def take(self, rows: Rows) -> "Stored":
        """The same column at some rows."""
        return Stored(self.array[rows], self.holds_codes, self.scale, self.may_be_infinite)


def stored_codes(codes: npt.NDArray[np.integer[Any]], levels: int) -> Stored:
    """Codes in the smallest integer type that holds them."""
    kind = np.min_scalar_type(-max(levels, 1))
    return Stored(codes.astype(kind), holds_codes=True)
