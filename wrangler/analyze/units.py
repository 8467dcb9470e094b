"""A unit for each number column in which sums of squares neither overflow nor vanish.

A column of 1e308 has a mean and a standard deviation, but the sum of its cells is no finite float64; the squares of
1e-200 are all 0; whole numbers beyond 2^53 lose their last digits as floats. Such columns are shifted by a whole
number and divided by a power of two, both without rounding, and what is computed is brought back. All others are left
as they are.
"""

import math
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api import types

from wrangler.analyze.kinds import as_numbers

Floats: TypeAlias = npt.NDArray[np.float64]

_LARGE = 1e100
_SMALL = 1e-100
_SMALLEST_EXPONENT = -1000  # its inverse is still a finite number
_EXACT = 2**53


@dataclass(frozen=True)
class Unit:
    """How the numbers of one column are shifted and scaled.

    Attributes
    ----------
    offset : int
        Subtracted from whole numbers before they become floats.
    scale : float
        A power of two by which numbers are divided.
    """

    offset: int = 0
    scale: float = 1.0

    def read(self, column: pd.Series) -> Floats:
        """Give a number, boolean or date column in this unit, NaN where a value is missing or not finite."""
        values = _differences(column, self.offset) if self.offset else as_numbers(column)
        return values if self.scale == 1.0 else values / self.scale

    def size(self, value: float) -> float:
        """Give a distance in the unit of the column; NaN where no finite number holds it."""
        return _finite(float(value) * self.scale)

    def sizes(self, values: Floats) -> Floats:
        """Give distances in the unit of the column; NaN where no finite number holds them."""
        if self.scale == 1.0:
            return values
        with np.errstate(over="ignore"):
            found = values * self.scale
        return np.where(np.isinf(found), np.nan, found)

    def place(self, value: float) -> float:
        """Give a value such as a mean in the unit of the column; NaN where no finite number holds it."""
        return _finite(float(value) * self.scale + self.offset)


def unit_of(column: pd.Series) -> Unit:
    """Choose the unit of a number, boolean or date column by its largest value.

    Parameters
    ----------
    column : Series of n values

    Returns
    -------
    Unit
        Offset 0 and scale 1 unless the largest absolute value lies beyond 1e100 or below 1e-100, or whole numbers
        beyond 2^53.
    """
    offset = _offset(column)
    return Unit(offset, 1.0 if offset else power_of_two(as_numbers(column)))


def in_own_unit(column: pd.Series) -> Floats:
    """Give a number, boolean or date column in a unit of its own, for measures without a unit.

    Parameters
    ----------
    column : Series of n values

    Returns
    -------
    ndarray of float64, shape (n,)
        NaN where a value is missing or not finite.
    """
    if offset := _offset(column):
        return _differences(column, offset)
    values = as_numbers(column)
    scale = power_of_two(values)
    return values if scale == 1.0 else values / scale


def moments(values: Floats, *, freedom: int = 0) -> tuple[float, float]:
    """Mean and standard deviation of some numbers; of equal ones exactly their value and 0, without rounding.

    Parameters
    ----------
    values : ndarray of float64
        At least one, none of which is NaN.
    freedom : int
        What is subtracted from their number to get the divisor of the variance.

    Returns
    -------
    tuple of float
        The deviation is NaN where there are no more than `freedom` numbers.
    """
    first = float(values[0])
    apart = values - first  # so that numbers that lie close together keep their digits
    std = float(apart.std(ddof=freedom)) if len(values) > freedom else math.nan
    return first + float(apart.mean()), std


def power_of_two(values: Floats) -> float:
    """Choose the power of two that brings the largest of some numbers between 1 and 2.

    Parameters
    ----------
    values : ndarray of float64
        NaN counts as missing.

    Returns
    -------
    float
        1 when that number lies between 1e-100 and 1e100, or is 0 or missing.
    """
    if not values.size:
        return 1.0
    largest = max(-float(np.fmin.reduce(values, axis=None)), float(np.fmax.reduce(values, axis=None)))
    if not 0 < largest < math.inf or _SMALL < largest < _LARGE:
        return 1.0
    return math.ldexp(1.0, max(math.frexp(largest)[1] - 1, _SMALLEST_EXPONENT))


def _offset(column: pd.Series) -> int:
    """The lowest of whole numbers of which a float would lose digits; 0 for all other columns."""
    if not types.is_integer_dtype(column.dtype) or not len(column):
        return 0
    low, high = column.min(), column.max()
    if low is pd.NA or high is pd.NA or (low >= -_EXACT and high <= _EXACT):
        return 0
    return int(low)


def _differences(column: pd.Series, offset: int) -> Floats:
    """Whole numbers less `offset`, exact before they become floats."""
    kind: Any = np.uint64 if str(getattr(column.dtype, "numpy_dtype", column.dtype)).lower() == "uint64" else np.int64
    if not types.is_integer_dtype(column.dtype):
        return as_numbers(column) - offset
    missing = column.isna().to_numpy(dtype=bool)
    whole = column.to_numpy(dtype=kind) if not missing.any() else column.to_numpy(dtype=kind, na_value=offset)
    base = np.full(1, offset, dtype=kind)
    # Unsigned differences wrap around to the exact distance, whichever sign the numbers have.
    above, below = (
        first.astype(np.uint64) - second.astype(np.uint64) for first, second in ((whole, base), (base, whole))
    )
    differences = np.where(whole >= base, above.astype(np.float64), -below.astype(np.float64))
    differences[missing] = np.nan
    return differences


def _finite(value: float) -> float:
    return value if math.isfinite(value) else math.nan
