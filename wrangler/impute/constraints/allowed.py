"""Allowed values: a filled number is moved to the nearest one, a level that is not allowed is replaced."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from wrangler.impute.arrays import Floats
from wrangler.impute.constraints.bounds import encoded_number
from wrangler.impute.encoding import CATEGORICAL, NUMERIC, Codec, Column, Kind, kind_of, known_columns
from wrangler.impute.errors import UnsuitableTable


def check_allowed(frame: pd.DataFrame, allowed: Mapping[str, Sequence[Any]]) -> None:
    """Refuse allowed values that are no list, an empty list, or not of the type of their column.

    Raises
    ------
    UnsuitableTable
        Naming the column and what is wrong.
    """
    known_columns(frame, allowed, "allowed")
    for name, values in allowed.items():
        kind = kind_of(frame[name])
        if not isinstance(values, (list, tuple)) or not values:
            raise UnsuitableTable(f"allowed: {name!r} needs a list of values, not {values!r}.")
        if kind not in CATEGORICAL | NUMERIC:
            raise UnsuitableTable(f"allowed: {name!r} is of a type that cannot be imputed.")
        wrong = next((value for value in values if not _fits(value, frame[name], kind)), None)
        if wrong is not None or None in values:
            raise UnsuitableTable(f"allowed: {wrong!r} is no value for {name!r} ({kind}).")


def _fits(value: object, column: pd.Series, kind: Kind) -> bool:
    if kind is Kind.TEXT:
        return isinstance(value, str)
    if kind is Kind.BOOLEAN:
        return isinstance(value, bool)
    if kind in CATEGORICAL:
        try:
            return value in column.cat.categories
        except TypeError:  # a list, say, which is no level
            return False
    return value is not None and not isinstance(value, bool)  # encoding it will show whether it is a number or a date


def encoded_choices(values: Sequence[Any], column: pd.Series, codec: Codec) -> Floats:
    """Allowed values on the scale of the encoded ones, ascending; levels that were not fitted are left out."""
    if codec.levels is None:
        return np.unique([encoded_number(value, column, codec, "allowed") for value in values])
    places = codec.levels.astype(object).get_indexer(pd.Index(list(values), dtype=object))
    return np.unique(places[places >= 0]).astype(np.float64)


def most_frequent_choice(column: Column, choices: Floats) -> float:
    """The most frequent allowed level; NaN when there is none."""
    if not len(choices):
        return np.nan
    return float(choices[column.counts[choices.astype(np.intp)].argmax()])


def nearest_choice(values: Floats, choices: Floats) -> Floats:
    """For each value the nearest choice, the lower of two equally near ones; NaN stays NaN."""
    place = np.searchsorted(choices, values).clip(1, max(len(choices) - 1, 1))
    above = choices[np.minimum(place, len(choices) - 1)]
    below = choices[place - 1]
    return np.where(np.isnan(values), np.nan, np.where(above - values < values - below, above, below))
