"""How a column is encoded as float64 numbers, and how filled numbers are decoded to cells of its own dtype.

Dates, durations and integers are shifted by a whole number, so that no digit is rounded away; numbers are scaled by a
power of two, so that extreme values fit the float32 and int64 that scikit-learn's trees read, and sums of squares stay
finite. Levels become codes. Missing cells, infinite numbers and levels that were not fitted become NaN.
"""

import math
from dataclasses import dataclass, replace
from decimal import Context, Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from wrangler.impute.arrays import Cells, Floats
from wrangler.impute.encoding.datetimes import (
    date_objects,
    holds_date_objects,
    instants,
    instants_of,
    is_span,
    spans,
    spans_of,
)
from wrangler.impute.encoding.kinds import CATEGORICAL, Kind, is_arrow_decimal
from wrangler.impute.encoding.lazy_cells import Stored, stored_codes

EXTREME = 1e15
EXTREME_EXPONENT = 49  # the largest power of two below it
WHOLE_LIMIT = 2.0**62
EXACT = 2**52  # floats below it hold halves as well
LONGEST_SCALE = 20  # from the lowest to the highest whole number of a scale
TRUTHS = pd.Index([False, True])


@dataclass(frozen=True)
class Codec:
    """How one column is encoded and decoded, as fitted.

    Attributes
    ----------
    kind : Kind
    offset : int
        Subtracted from whole numbers before they become floats.
    scale : float
        A power of two by which numbers are divided.
    low, high : float
        Smallest and largest observed number, encoded; NaN when nothing is observed.
    levels : pandas.Index or None
        The levels in the order of their codes, for categorical kinds.
    finest : int
        The exponent of the finest decimal that was fitted; no more than 0.
    """

    kind: Kind
    offset: int = 0
    scale: float = 1.0
    low: float = np.nan
    high: float = np.nan
    levels: pd.Index | None = None
    finest: int = 0

    def store(self, column: pd.Series) -> Stored:
        """The cells of `column`, in the form that takes fewest passes over them."""
        if self.levels is not None:
            return _codes(column, self.levels)
        return _stored_numbers(column, self.offset, self.scale)

    def encode(self, column: pd.Series) -> Floats:
        """Encoded numbers or codes of shape (rows,); NaN where there is nothing to fit on."""
        return self.store(column).read()

    def decode(self, values: Floats, column: pd.Series) -> Cells:
        """Cells of the dtype of `column` for encoded `values`, none of which is NaN."""
        if self.levels is not None:
            return _cells(self.levels.take(values.astype(np.int64)), column)
        if self.kind in {Kind.NUMBER, Kind.INTEGER} and _is_real(column, self.kind):
            with np.errstate(over="ignore"):  # a fill beyond the largest number becomes that number
                numbers = values * self.scale
            whole = self.kind is Kind.INTEGER
            return _real_cells((np.rint(numbers) if whole else numbers) + self.offset, column)
        if self.kind is Kind.DECIMAL:
            return _decimals(values * self.scale, min(self.finest, finest_exponent(column)), column)
        return _whole_cells(values * self.scale, self.offset, column, self.kind)

    @property
    def natural_range(self) -> tuple[float, float]:
        """The range, encoded, that no prediction may leave, by what the observed cells are.

        Numbers of which none is negative stay so, those between 0 and 1 stay between them, and a scale of few whole
        numbers and dates keep their observed range. Other numbers may lie beyond every observed one.
        """
        if self.kind is Kind.DATETIME or (
            self.kind is Kind.INTEGER and (self.high - self.low) * self.scale <= LONGEST_SCALE
        ):
            return self.low, self.high
        zero, one = -self.offset / self.scale, (1 - self.offset) / self.scale
        is_positive = self.low >= zero
        return zero if is_positive else -np.inf, one if is_positive and self.high <= one else np.inf

    def in_own_unit(self, values: Floats) -> Floats:
        """Encoded numbers in the unit of the column, without its offset (for errors and distances)."""
        return values * self.scale


def fit_codec(column: pd.Series, kind: Kind) -> Codec:
    """Fit how `column` is encoded and decoded.

    Parameters
    ----------
    column : pandas.Series
    kind : Kind

    Returns
    -------
    Codec
    """
    return fit_stored(column, kind)[0]


def fit_stored(column: pd.Series, kind: Kind) -> tuple[Codec, Stored]:
    """The codec of `column`, and its cells as that codec stores them, in one pass."""
    if kind in CATEGORICAL:
        levels, stored = _fit_levels(column, kind)
        return Codec(kind, levels=levels), stored
    offset = _offset(column, kind)
    stored = _stored_numbers(column, offset, 1.0)
    low, high = _range(stored)
    finest = finest_exponent(column) if kind is Kind.DECIMAL else 0
    if np.isnan(low):
        return Codec(kind, offset), stored
    largest = max(abs(low), abs(high))
    scale = _scale(largest)
    return Codec(kind, offset, scale, low / scale, high / scale, finest=finest), replace(stored, scale=scale)


def _scale(largest: float) -> float:
    """A power of two by which a largest number above `EXTREME` comes down to it, and one far below 1 comes up to 1."""
    if largest <= EXTREME and not 0 < largest < 1 / EXTREME:
        return 1.0
    exponent = math.frexp(largest)[1] - 1
    # Not down to 1: next to 1e308, ordinary numbers would need smaller exponents than float64 has.
    return math.ldexp(1.0, exponent - EXTREME_EXPONENT if largest > EXTREME else exponent)


def _range(stored: Stored) -> tuple[float, float]:
    """Lowest and highest finite number."""
    if not len(stored.array):
        return np.nan, np.nan
    low, high = float(np.fmin.reduce(stored.array)), float(np.fmax.reduce(stored.array))
    if not (np.isinf(low) or np.isinf(high)):
        return low, high
    numbers = stored.read()
    return float(np.fmin.reduce(numbers)), float(np.fmax.reduce(numbers))


def whole_numbers(column: pd.Series) -> npt.NDArray[np.int64] | None:
    """The int64 numbers behind dates, durations and integers (0 where missing); None for other columns."""
    dtype = column.dtype
    if pd.api.types.is_datetime64_any_dtype(dtype) or holds_date_objects(column):
        return instants_of(column).asi8
    if is_span(dtype):
        return spans_of(column).asi8
    if pd.api.types.is_integer_dtype(dtype) and str(dtype).lower() != "uint64":
        return column.to_numpy(dtype="int64") if isinstance(dtype, np.dtype) else _filled_integers(column)
    return None


def _filled_integers(column: pd.Series) -> npt.NDArray[np.int64]:
    return column.to_numpy(dtype="int64", na_value=0)


def _offset(column: pd.Series, kind: Kind) -> int:
    whole = whole_numbers(column)
    if kind is Kind.INTEGER and _is_widest(column):
        low, high = (0, 0) if not column.notna().any() else (int(column.min()), int(column.max()))
        return 0 if high < EXACT else (low + high) // 2
    if kind is Kind.NUMBER or whole is None:
        return 0
    observed = (
        whole if isinstance(column.dtype, np.dtype) and column.dtype.kind in "iu" else whole[~column.isna().to_numpy()]
    )
    if not len(observed):
        return 0
    low, high = int(observed.min()), int(observed.max())
    return 0 if kind is Kind.INTEGER and low > -EXACT and high < EXACT else (low + high) // 2


def _stored_numbers(column: pd.Series, offset: int, scale: float) -> Stored:
    whole = whole_numbers(column)
    if offset and _is_widest(column):
        return Stored(_unsigned_shifted(column, offset), scale=scale)
    if whole is None:
        numbers = _plain_numbers(column)
        return Stored(numbers - offset if offset else numbers, scale=scale, may_be_infinite=True)
    if not offset and isinstance(column.dtype, np.dtype) and column.dtype.kind in "iu":
        return Stored(whole, scale=scale)
    numbers = _shifted(whole, offset)
    numbers[column.isna().to_numpy()] = np.nan
    return Stored(numbers, scale=scale)


def _shifted(whole: npt.NDArray[np.int64], offset: int) -> Floats:
    """Exact where the difference fits int64; whole numbers far from `offset` (new data) are rounded."""
    if not offset:
        return whole.astype(np.float64)
    far = np.abs(whole.astype(np.float64) - offset) >= WHOLE_LIMIT * 1.99
    return np.where(far, whole.astype(np.float64) - offset, (whole - np.int64(offset)).astype(np.float64))


def _is_widest(column: pd.Series) -> bool:
    """Whether it holds unsigned integers of 64 bits, of which int64 cannot hold all."""
    dtype: Any = getattr(column.dtype, "numpy_dtype", column.dtype)
    return bool(pd.api.types.is_integer_dtype(dtype) and np.dtype(dtype) == np.uint64)


def _unsigned_shifted(column: pd.Series, offset: int) -> Floats:
    """Unsigned integers less `offset`, subtracted exactly, before they become floats; NaN where missing."""
    missing = column.isna().to_numpy(dtype=bool)
    whole = column.to_numpy(dtype="uint64", na_value=offset) if missing.any() else column.to_numpy(dtype="uint64")
    base = np.full(1, offset, dtype=np.uint64)
    numbers = np.where(whole >= base, (whole - base).astype(np.float64), -(base - whole).astype(np.float64))
    numbers[missing] = np.nan
    return numbers


def _plain_numbers(column: pd.Series) -> Floats:
    if column.dtype == object:
        return np.array([np.nan if pd.isna(cell) else float(cell) for cell in column], dtype=np.float64)
    if isinstance(column.dtype, np.dtype):
        return column.to_numpy(dtype=np.float64)
    return column.to_numpy(dtype=np.float64, na_value=np.nan)


def _fit_levels(column: pd.Series, kind: Kind) -> tuple[pd.Index, Stored]:
    levels: pd.Index
    if isinstance(column.dtype, pd.CategoricalDtype):
        levels = column.cat.categories
    elif kind is Kind.BOOLEAN:
        levels = TRUTHS
    else:
        codes, uniques = pd.factorize(column, sort=True)
        levels = pd.Index(uniques)
        return levels, stored_codes(codes, len(levels))
    return levels, _codes(column, levels)


def _codes(column: pd.Series, levels: pd.Index) -> Stored:
    if isinstance(column.dtype, pd.CategoricalDtype) and column.cat.categories.equals(levels):
        return Stored(np.asarray(column.array.codes), holds_codes=True)
    if column.dtype == bool and levels.equals(TRUTHS):
        return Stored(column.to_numpy(), holds_codes=True)
    codes, uniques = pd.factorize(column)
    places = levels.astype(object).get_indexer(pd.Index(uniques).astype(object))
    return stored_codes(np.append(places, -1)[codes], len(levels))


def _extension_array(cells: Any, dtype: Any) -> Cells:  # noqa: ANN401 - the stubs of pd.array know no union of dtypes
    array: Cells = pd.array(cells, dtype=dtype)
    return array


def _cells(levels: pd.Index, column: pd.Series) -> Cells:
    if isinstance(column.dtype, np.dtype):
        return levels.to_numpy().astype(column.dtype)
    return _extension_array(levels, column.dtype)


def _is_real(column: pd.Series, kind: Kind) -> bool:
    """Whether cells are written as real numbers: by their dtype, and objects by what was fitted."""
    if column.dtype == object:
        return kind is Kind.NUMBER
    return pd.api.types.is_float_dtype(column.dtype)


def _real_cells(numbers: Floats, column: pd.Series) -> Cells:
    if column.dtype == object:
        return numbers.astype(object)
    dtype: Any = getattr(column.dtype, "numpy_dtype", column.dtype)
    info = np.finfo(dtype)
    narrow = np.clip(numbers, info.min, info.max).astype(dtype)
    return narrow if isinstance(column.dtype, np.dtype) else _extension_array(narrow, column.dtype)


def _whole_cells(numbers: Floats, offset: int, column: pd.Series, kind: Kind) -> Cells:
    lowest, highest = _whole_range(column)
    is_widest = highest > np.iinfo(np.int64).max
    reach = np.iinfo(np.uint64 if is_widest and not offset else np.int64)
    least, most = max(lowest - offset, int(reach.min)), min(highest - offset, int(reach.max))
    steps = np.clip(np.rint(numbers), _float_above(least), _float_below(most))
    if is_widest and not offset:
        return _integers(steps.astype(np.uint64), column)
    if is_widest:  # the sum wraps around to the right number
        return _integers(steps.astype(np.int64).view(np.uint64) + np.uint64(offset), column)
    whole = steps.astype(np.int64) + np.int64(offset)
    if kind is Kind.DATETIME and column.dtype == object:
        return date_objects(whole)
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return _extension_array(instants(whole, column), column.dtype)
    if is_span(column.dtype):
        return _extension_array(spans(whole, column), column.dtype)
    return _integers(whole, column)


def _float_above(whole: int) -> float:
    """The lowest float that is no less than a whole number."""
    nearest = float(whole)
    return nearest if int(nearest) >= whole else math.nextafter(nearest, math.inf)


def _float_below(whole: int) -> float:
    """The highest float that is no more than a whole number."""
    nearest = float(whole)
    return nearest if int(nearest) <= whole else math.nextafter(nearest, -math.inf)


def _integers(whole: npt.NDArray[Any], column: pd.Series) -> Cells:
    if column.dtype == object:
        return np.array([int(number) for number in whole], dtype=object)
    return (
        _extension_array(whole, column.dtype) if not isinstance(column.dtype, np.dtype) else whole.astype(column.dtype)
    )


def _whole_range(column: pd.Series) -> tuple[int, int]:
    if not pd.api.types.is_integer_dtype(column.dtype):
        return np.iinfo(np.int64).min + 1, np.iinfo(np.int64).max
    dtype = getattr(column.dtype, "numpy_dtype", column.dtype)
    return int(np.iinfo(dtype).min), int(np.iinfo(dtype).max)


def finest_exponent(column: pd.Series) -> int:
    """The exponent of the finest decimal of a column, of Arrow that of its type; no more than 0."""
    if is_arrow_decimal(column.dtype):
        return min(-int(column.dtype.pyarrow_dtype.scale), 0)
    exponents = (int(cell.as_tuple().exponent) for cell in column.dropna() if cell.is_finite())
    return min(min(exponents, default=0), 0)


def _decimals(numbers: Floats, finest: int, column: pd.Series) -> Cells:
    if not is_arrow_decimal(column.dtype):
        step = Decimal(1).scaleb(min(finest, 0))
        return np.array([_rounded(Decimal(float(number)), step) for number in numbers], dtype=object)
    kind = column.dtype.pyarrow_dtype
    wide = Context(prec=kind.precision + 1)
    step, largest = Decimal(1).scaleb(-kind.scale), Decimal(10**kind.precision - 1).scaleb(-kind.scale, wide)
    exact = (max(-largest, min(largest, Decimal(float(number)))) for number in numbers)
    return _extension_array([number.quantize(step, context=wide) for number in exact], column.dtype)


def _rounded(number: Decimal, step: Decimal) -> Decimal:
    """To the finest step of the column, unless that takes more digits than a Decimal keeps."""
    fits = number.adjusted() - step.adjusted() < 27  # noqa: PLR2004 - the default context keeps 28 digits
    return number.quantize(step) if fits else number
