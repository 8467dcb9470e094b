"""The kinds of columns: whether a column is read as numbers or as levels."""

from decimal import Decimal
from enum import StrEnum
from typing import TypeGuard

import numpy as np
import pandas as pd

from wrangler.impute.arrays import Dtype
from wrangler.impute.encoding.datetimes import holds_date_objects, is_span


class Kind(StrEnum):
    """How a column is read: as a kind of number, as a kind of level, or not at all."""

    NUMBER = "number"
    INTEGER = "integer"
    DATETIME = "datetime"
    DURATION = "duration"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    CATEGORY = "category"
    ORDERED = "ordered"
    TEXT = "text"
    UNSUPPORTED = "unsupported"


NUMERIC = frozenset({Kind.NUMBER, Kind.INTEGER, Kind.DATETIME, Kind.DURATION, Kind.DECIMAL})
CATEGORICAL = frozenset({Kind.BOOLEAN, Kind.CATEGORY, Kind.ORDERED, Kind.TEXT})
FILLABLE = NUMERIC | CATEGORICAL

_INFERRED = {
    "string": Kind.TEXT,
    "empty": Kind.TEXT,
    "boolean": Kind.BOOLEAN,
    "decimal": Kind.DECIMAL,
    "integer": Kind.INTEGER,
    "floating": Kind.NUMBER,
    "mixed-integer-float": Kind.NUMBER,
}


def kind_of(column: pd.Series) -> Kind:
    """The kind of one column, by its dtype and, for objects, by what is in it.

    Parameters
    ----------
    column : pandas.Series

    Returns
    -------
    Kind
        Objects of `datetime.date` are `DATETIME`; `UNSUPPORTED` for complex numbers, periods, intervals, sparse and
        mixed objects.
    """
    dtype = column.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return Kind.ORDERED if dtype.ordered else Kind.CATEGORY
    if isinstance(dtype, np.dtype) and dtype.kind == "O":
        inferred = pd.api.types.infer_dtype(column, skipna=True)
        if inferred == "date":  # of dates with times among them, too
            return Kind.DATETIME if holds_date_objects(column) else Kind.UNSUPPORTED
        return _INFERRED.get(inferred, Kind.UNSUPPORTED)
    return next((kind for test, kind in _TESTS if test(dtype)), Kind.UNSUPPORTED)


def _is_real(dtype: object) -> bool:
    return pd.api.types.is_float_dtype(dtype) and not isinstance(dtype, pd.SparseDtype)  # type: ignore[arg-type]


def is_arrow_decimal(dtype: Dtype) -> TypeGuard[pd.ArrowDtype]:
    """Whether a column of this dtype holds decimals of Arrow."""
    return isinstance(dtype, pd.ArrowDtype) and dtype.type is Decimal


_TESTS = (
    (lambda dtype: isinstance(dtype, (pd.SparseDtype, pd.PeriodDtype, pd.IntervalDtype)), Kind.UNSUPPORTED),
    (is_arrow_decimal, Kind.DECIMAL),
    (pd.api.types.is_bool_dtype, Kind.BOOLEAN),
    (pd.api.types.is_integer_dtype, Kind.INTEGER),
    (_is_real, Kind.NUMBER),
    (pd.api.types.is_datetime64_any_dtype, Kind.DATETIME),
    (is_span, Kind.DURATION),
    (pd.api.types.is_string_dtype, Kind.TEXT),
)
