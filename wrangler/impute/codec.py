"""How one column becomes float64 numbers, and how filled numbers become cells of its own dtype again.

Numbers are shifted by a whole number (dates, durations and integers, so that nothing is lost to rounding) and scaled
by a power of two (so that sums of squares of extreme values stay finite). Levels become codes. Missing cells, infinite
numbers and levels that were not learnt become NaN.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from wrangler.impute.kinds import LEVELLED, Kind

Floats = npt.NDArray[np.float64]
EXTREME = 1e60
WHOLE_LIMIT = 2.0**62


@dataclass(frozen=True)
class Codec:
    """What was learnt of one column to read and write it.

    Attributes
    ----------
    kind : Kind
    offset : int
        Taken off whole numbers before they become floats.
    scale : float
        A power of two by which numbers are divided.
    low, high : float
        Smallest and largest observed number, encoded; NaN when nothing is observed.
    levels : pandas.Index or None
        The levels in the order of their codes, for levelled kinds.
    """

    kind: Kind
    offset: int = 0
    scale: float = 1.0
    low: float = np.nan
    high: float = np.nan
    levels: pd.Index | None = None

    def encode(self, column: pd.Series) -> Floats:
        """Numbers of shape (rows,), NaN where there is nothing to learn from."""
        if self.levels is not None:
            return _codes(column, self.levels)
        return _numbers(column, self.offset) / self.scale

    def decode(self, values: Floats, column: pd.Series) -> Any:  # noqa: ANN401 - an array of the column's own type
        """Cells of the dtype of `column` for encoded `values`, none of which is NaN."""
        if self.levels is not None:
            return _cells(self.levels.take(values.astype(np.int64)), column)
        if self.kind is Kind.NUMBER or (self.kind is Kind.INTEGER and _holds_floats(column)):
            whole = self.kind is Kind.INTEGER
            return _real_cells((np.rint(values * self.scale) if whole else values * self.scale) + self.offset, column)
        if self.kind is Kind.DECIMAL:
            return _decimals(values * self.scale, column)
        return _whole_cells(values * self.scale, self.offset, column)

    def amount(self, values: Floats) -> Floats:
        """Encoded numbers in the unit of the column, without its offset (for errors and distances)."""
        return values * self.scale


def learn_codec(column: pd.Series, kind: Kind) -> Codec:
    """Learn how to read and write `column`.

    Parameters
    ----------
    column : pandas.Series
    kind : Kind

    Returns
    -------
    Codec
    """
    if kind in LEVELLED:
        return Codec(kind, levels=_levels(column, kind))
    offset = _offset(column, kind)
    numbers = _numbers(column, offset)
    if np.isnan(numbers).all():
        return Codec(kind, offset)
    low, high = float(np.nanmin(numbers)), float(np.nanmax(numbers))
    largest = max(abs(low), abs(high))
    extreme = largest > EXTREME or 0 < largest < 1 / EXTREME
    scale = float(2.0 ** np.floor(np.log2(largest))) if extreme else 1.0
    return Codec(kind, offset, scale, low / scale, high / scale)


def whole_numbers(column: pd.Series) -> npt.NDArray[np.int64] | None:
    """The int64 numbers behind dates, durations and integers (0 where missing); None for other columns."""
    dtype = column.dtype
    if pd.api.types.is_datetime64_any_dtype(dtype):
        return pd.DatetimeIndex(column).asi8
    if pd.api.types.is_timedelta64_dtype(dtype):
        return pd.TimedeltaIndex(column).asi8
    if pd.api.types.is_integer_dtype(dtype) and str(dtype).lower() != "uint64":
        return column.to_numpy(dtype="int64") if isinstance(dtype, np.dtype) else _filled_integers(column)
    return None


def _filled_integers(column: pd.Series) -> npt.NDArray[np.int64]:
    return column.to_numpy(dtype="int64", na_value=0)


def _offset(column: pd.Series, kind: Kind) -> int:
    whole = whole_numbers(column)
    if kind is Kind.NUMBER or whole is None:
        return 0
    seen = whole[~column.isna().to_numpy()]
    if not len(seen) or (kind is Kind.INTEGER and np.abs(seen).max() < 2**52 and seen.min() > -(2**52)):
        return 0
    return (int(seen.min()) + int(seen.max())) // 2


def _numbers(column: pd.Series, offset: int) -> Floats:
    whole = whole_numbers(column)
    if whole is None:
        numbers = _plain_numbers(column)
        if np.isinf(numbers).any():
            numbers = np.where(np.isinf(numbers), np.nan, numbers)
        return numbers - offset if offset else numbers
    numbers = _shifted(whole, offset)
    missing = column.isna().to_numpy()
    numbers[missing] = np.nan
    return numbers


def _shifted(whole: npt.NDArray[np.int64], offset: int) -> Floats:
    """Exact where the difference fits; whole numbers far from `offset` (new data) lose their last digits."""
    if not offset:
        return whole.astype(np.float64)
    far = np.abs(whole.astype(np.float64) - offset) >= WHOLE_LIMIT * 1.99
    return np.where(far, whole.astype(np.float64) - offset, (whole - np.int64(offset)).astype(np.float64))


def _plain_numbers(column: pd.Series) -> Floats:
    if column.dtype == object:
        return np.array([np.nan if pd.isna(cell) else float(cell) for cell in column], dtype=np.float64)
    if isinstance(column.dtype, np.dtype):
        return column.to_numpy(dtype=np.float64)
    return column.to_numpy(dtype=np.float64, na_value=np.nan)


def _levels(column: pd.Series, kind: Kind) -> pd.Index:
    levels: pd.Index
    if isinstance(column.dtype, pd.CategoricalDtype):
        levels = column.cat.categories
    elif kind is Kind.BOOLEAN:
        levels = pd.Index([False, True])
    else:
        levels = pd.Index(pd.factorize(column, sort=True)[1])
    return levels


def _codes(column: pd.Series, levels: pd.Index) -> Floats:
    if isinstance(column.dtype, pd.CategoricalDtype) and column.cat.categories.equals(levels):
        codes = column.cat.codes.to_numpy().astype(np.float64)
    else:
        codes = _found(column, levels)
    codes[codes < 0] = np.nan
    return codes


def _found(column: pd.Series, levels: pd.Index) -> Floats:
    codes, seen = pd.factorize(column)
    places = levels.astype(object).get_indexer(pd.Index(seen).astype(object))
    return np.append(places, -1)[codes].astype(np.float64)


def made_array(cells: Any, dtype: Any) -> Any:  # noqa: ANN401 - whatever pandas takes and makes
    """An array of exactly `dtype`."""
    return pd.array(cells, dtype=dtype)


def _cells(levels: pd.Index, column: pd.Series) -> Any:  # noqa: ANN401 - an array of the column's own type
    if isinstance(column.dtype, np.dtype):
        return levels.to_numpy().astype(column.dtype)
    return made_array(levels, column.dtype)


def _holds_floats(column: pd.Series) -> bool:
    return pd.api.types.is_float_dtype(column.dtype)


def _real_cells(numbers: Floats, column: pd.Series) -> Any:  # noqa: ANN401 - an array of the column's own type
    if column.dtype == object:
        return numbers.astype(object)
    dtype: Any = getattr(column.dtype, "numpy_dtype", column.dtype)
    info = np.finfo(dtype)
    narrow = np.clip(numbers, info.min, info.max).astype(dtype)
    return narrow if isinstance(column.dtype, np.dtype) else made_array(narrow, column.dtype)


def _whole_cells(numbers: Floats, offset: int, column: pd.Series) -> Any:  # noqa: ANN401 - the column's own type
    lowest, highest = _whole_range(column)
    least = np.nextafter(max(float(lowest - offset), -WHOLE_LIMIT * 2), np.inf)
    most = np.nextafter(min(float(highest - offset), WHOLE_LIMIT * 2), -np.inf)
    steps = np.rint(np.clip(np.rint(numbers), np.ceil(least), np.floor(most)))
    if offset == 0 and highest > np.iinfo(np.int64).max:
        return _integers(steps.astype(np.uint64), column)
    whole = steps.astype(np.int64) + np.int64(offset)
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return _instants(whole, column)
    if pd.api.types.is_timedelta64_dtype(column.dtype):
        return _durations(whole, column)
    return _integers(whole, column)


def _integers(whole: npt.NDArray[Any], column: pd.Series) -> Any:  # noqa: ANN401 - an array of the column's own type
    if column.dtype == object:
        return np.array([int(number) for number in whole], dtype=object)
    return made_array(whole, column.dtype) if not isinstance(column.dtype, np.dtype) else whole.astype(column.dtype)


def _whole_range(column: pd.Series) -> tuple[int, int]:
    if not pd.api.types.is_integer_dtype(column.dtype):
        return np.iinfo(np.int64).min + 1, np.iinfo(np.int64).max
    dtype = getattr(column.dtype, "numpy_dtype", column.dtype)
    return int(np.iinfo(dtype).min), int(np.iinfo(dtype).max)


def _instants(whole: npt.NDArray[np.int64], column: pd.Series) -> Any:  # noqa: ANN401 - the column's own type
    unit = pd.DatetimeIndex(column.iloc[:0]).unit
    naive = pd.DatetimeIndex(whole.view(f"M8[{unit}]"))
    zone = pd.DatetimeIndex(column.iloc[:0]).tz
    return made_array(naive if zone is None else naive.tz_localize("UTC").tz_convert(zone), column.dtype)


def _durations(whole: npt.NDArray[np.int64], column: pd.Series) -> Any:  # noqa: ANN401 - the column's own type
    unit = pd.TimedeltaIndex(column.iloc[:0]).unit
    return made_array(pd.TimedeltaIndex(whole.view(f"m8[{unit}]")), column.dtype)


def _decimals(numbers: Floats, column: pd.Series) -> npt.NDArray[np.object_]:
    finest = min((cell.as_tuple().exponent for cell in column.dropna() if cell.is_finite()), default=0)
    step = Decimal(1).scaleb(min(int(finest), 0))
    return np.array([_rounded(Decimal(float(number)), step) for number in numbers], dtype=object)


def _rounded(number: Decimal, step: Decimal) -> Decimal:
    """To the finest step of the column, unless that takes more digits than a Decimal keeps."""
    fits = number.adjusted() - step.adjusted() < 27  # noqa: PLR2004 - the default context keeps 28 digits
    return number.quantize(step) if fits else number
