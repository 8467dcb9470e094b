"""Fills: what a method found for the missing cells of a column, and how it is written in the column's own dtype."""

from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pandas as pd

from wrangler.impute.arrays import Bools, Cells, Floats, Rows
from wrangler.impute.encoding.codec import Codec
from wrangler.impute.encoding.kinds import Kind
from wrangler.impute.events import Record


@dataclass(frozen=True)
class Copied:
    """Cells to copy from other rows of the column; where the row is -1, `otherwise` (encoded), or nothing if NaN."""

    rows: Rows
    otherwise: float = np.nan


@dataclass(frozen=True)
class Literal:
    """One value for every missing cell, already of the column's own type."""

    value: object


Fill = Floats | Copied | Literal


def has_value(fill: Fill, cells: int) -> Bools:
    """For which of the missing cells a fill has a value."""
    if isinstance(fill, Literal):
        return np.ones(cells, dtype=bool)
    if isinstance(fill, Copied):
        return np.asarray((fill.rows >= 0) | (not np.isnan(fill.otherwise)))
    return ~np.isnan(fill)


def is_writable(fill: Fill, column: pd.Series, codec: Codec) -> Bools | bool:
    """Which values of a fill `column` can hold: all but fitted levels that are no category of it."""
    if codec.levels is None or not isinstance(column.dtype, pd.CategoricalDtype) or isinstance(fill, Copied):
        return True
    if isinstance(fill, Literal):
        return fill.value in column.dtype.categories
    if column.dtype.categories.equals(codec.levels):
        return True
    is_there = codec.levels.astype(object).isin(column.dtype.categories.astype(object))
    return np.isnan(fill) | is_there[np.nan_to_num(fill).astype(np.intp)]


def cells_of(fill: Fill, has_one: Bools, column: pd.Series, codec: Codec) -> object:
    """The values of `fill` where it has any, as cells of the dtype of `column`, or one scalar for all."""
    if isinstance(fill, Literal):
        return fill.value
    if isinstance(fill, Copied):
        return _copies(fill.rows[has_one], fill.otherwise, column, codec)
    return codec.decode(fill[has_one], column)


def _copies(rows: Rows, otherwise: float, column: pd.Series, codec: Codec) -> Cells:
    copies = column.take(np.maximum(rows, 0)).array
    return (
        copies
        if (rows >= 0).all()
        else write(pd.Series(copies), rows < 0, codec.decode(np.array([otherwise]), column)[0])
    )


def patched(first: Fill | None, second: Fill | None, cells: int) -> Fill:
    """The first fill, and the second where the first has no value."""
    if first is None:
        return np.full(cells, np.nan) if second is None else second
    if isinstance(first, np.ndarray) and isinstance(second, np.ndarray):
        return np.where(np.isnan(first), second, first)
    return first


def numbers_of(fill: Fill, column: pd.Series, codec: Codec) -> Floats:
    """Encoded numbers or codes of a fill, whatever its form; NaN where it has no value, or a level not fitted."""
    if isinstance(fill, Literal):
        return np.full(int(column.isna().sum()), codec.encode(pd.Series([fill.value], dtype=column.dtype))[0])
    if isinstance(fill, Copied):
        return np.where(fill.rows >= 0, codec.encode(column)[np.maximum(fill.rows, 0)], fill.otherwise)
    return fill


def report_rounding(fill: Fill, name: str, codec: Codec, record: Record) -> None:
    """Record an event when numbers that are not whole will be written as integers."""
    if codec.kind is not Kind.INTEGER or not isinstance(fill, np.ndarray):
        return
    numbers = codec.in_own_unit(fill)
    fractional = int((np.rint(numbers) != numbers)[~np.isnan(numbers)].sum())
    record.count(name, "rounded", fractional, f"filled cells of '{name}' were rounded to whole numbers.")


def write(column: pd.Series, rows: Rows | Bools, cells: object) -> Cells:
    """A copy of the column's array with `cells` at `rows`; every other cell is the same to the bit."""
    array = (
        column.to_numpy(copy=True)
        if isinstance(column.dtype, np.dtype) and column.dtype.kind in "fiubO"
        else column.array.copy()
    )
    array[rows] = cells
    return array


def literal(value: object, column: pd.Series, kind: Kind) -> Literal | None:
    """`value` as a cell of `column`, or None when it is not a value of that type."""
    if kind in {Kind.NUMBER, Kind.INTEGER, Kind.DECIMAL}:
        return _number_literal(value, column, kind)
    if kind in {Kind.DATETIME, Kind.DURATION}:
        return _time_literal(value, column, kind)
    if kind is Kind.TEXT:
        return Literal(value) if isinstance(value, str) else None
    if kind is Kind.BOOLEAN:
        return Literal(value) if isinstance(value, bool) else None
    return Literal(value) if value in column.cat.categories else None


def _time_literal(value: object, column: pd.Series, kind: Kind) -> Literal | None:
    if not isinstance(value, str):
        return None
    try:
        scalar = pd.Timestamp(value) if kind is Kind.DATETIME else pd.Timedelta(value)
        if column.dtype == object and isinstance(scalar, pd.Timestamp):
            return Literal(scalar.date()) if scalar == scalar.normalize() else None
        return Literal(pd.array([scalar]).astype(column.dtype)[0])
    except (TypeError, ValueError):
        return None


def _number_literal(value: object, column: pd.Series, kind: Kind) -> Literal | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not np.isfinite(value):
        return None
    if kind is Kind.DECIMAL:
        return Literal(Decimal(str(value)))
    cell = Codec(kind).decode(np.array([float(value)]), column)[0]
    return Literal(cell) if kind is Kind.NUMBER or cell == value else None
