"""The limits of the filled cells of one column: bounds, steps and allowed values, encoded once for all tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import pandas as pd

from wrangler.impute.arrays import Floats
from wrangler.impute.constraints.allowed import encoded_choices, most_frequent_choice, nearest_choice
from wrangler.impute.constraints.bounds import encoded_limits, reflected, stepped, stepped_limits
from wrangler.impute.encoding import Codec, Column, Fill, Kind, Literal, Table, has_value, numbers_of
from wrangler.impute.errors import UnsuitableTable
from wrangler.impute.events import Record

if TYPE_CHECKING:
    from wrangler.impute.base import Imputer

Value = TypeVar("Value")


@dataclass(frozen=True)
class Limits:
    """Limits of one column, encoded.

    Attributes
    ----------
    codec : Codec
    low, high : float
        Infinite without a bound.
    is_reflecting : bool
        Whether numbers beyond the bounds are reflected at them instead of clipped.
    step : float
        Numbers are multiples of it, in the unit of the column; 0 without rounding.
    allowed : tuple
        Allowed values as the caller gave them; empty when all are allowed.
    choices : ndarray or None
        Those of them within the bounds, or among the fitted levels: encoded, ascending.
    replacement : float
        The level that replaces those that are not allowed; NaN when there is none.
    """

    codec: Codec
    low: float = -np.inf
    high: float = np.inf
    is_reflecting: bool = False
    step: float = 0.0
    allowed: tuple[Any, ...] = ()
    choices: Floats | None = None
    replacement: float = np.nan

    def apply(self, fill: Fill, column: pd.Series, record: Record) -> Fill:
        """`fill` within the limits, with an event for each kind of change."""
        if isinstance(fill, Literal) and fill.value in self.allowed:
            return fill
        if self.codec.levels is None:
            return self._numbers(numbers_of(fill, column, self.codec), str(column.name), record)
        return fill if self.choices is None else self._levels(fill, column, record)

    def _numbers(self, numbers: Floats, name: str, record: Record) -> Floats:
        beyond = int(((numbers < self.low) | (numbers > self.high)).sum())
        if self.is_reflecting:
            message = f"filled cells of '{name}' lay outside its bounds and were reflected into them."
            record.count(name, "reflected", beyond, message)
            numbers = reflected(numbers, self.low, self.high)
        else:
            record.count(name, "clipped", beyond, f"filled cells of '{name}' lay outside its bounds and were clipped.")
            numbers = np.clip(numbers, self.low, self.high)
        if self.step:
            numbers = self._stepped(numbers, name, record)
        return numbers if self.choices is None else self._chosen(numbers, name, record)

    def _stepped(self, numbers: Floats, name: str, record: Record) -> Floats:
        limits = stepped_limits(self.low, self.high, self.step, self.codec)
        rounded = np.clip(stepped(numbers, self.step, self.codec), *limits)
        if self.codec.kind is not Kind.INTEGER or self.step != 1:
            message = f"filled cells of '{name}' were rounded to multiples of {self.step:g}."
            record.count(name, "rounded", int((rounded != numbers)[~np.isnan(numbers)].sum()), message)
            return rounded
        return np.clip(numbers, *limits)  # whole numbers are rounded, and reported, when they are written

    def _chosen(self, numbers: Floats, name: str, record: Record) -> Floats:
        nearest = nearest_choice(numbers, self.choices)  # type: ignore[arg-type]
        moved = int((nearest != numbers)[~np.isnan(numbers)].sum())
        record.count(name, "moved", moved, f"filled cells of '{name}' were moved to the nearest allowed value.")
        return nearest

    def _levels(self, fill: Fill, column: pd.Series, record: Record) -> Fill:
        codes = numbers_of(fill, column, self.codec)
        wrong = has_value(fill, len(codes)) & ~np.isin(codes, self.choices)  # type: ignore[arg-type]
        name, cells = str(column.name), int(wrong.sum())
        if not cells:
            return fill
        if np.isnan(self.replacement):
            message = f"cells of '{name}' stay missing: none of its allowed levels was observed."
            record.count(name, "refused", cells, message)
        else:
            level = self.codec.levels[int(self.replacement)]  # type: ignore[index]
            message = (
                f"filled cells of '{name}' were no allowed level; the most frequent allowed one, {level!r}, was used."
            )
            record.count(name, "fallback", cells, message)
        return np.where(wrong, self.replacement, codes)


def fit_limits(table: Table, frame: pd.DataFrame, imputer: "Imputer") -> dict[str, Limits]:
    """Limits of those columns of `table` that have any.

    Parameters
    ----------
    table : Table
    frame : pandas.DataFrame
        The same table, not encoded.
    imputer : Imputer
        Its parameters are read.

    Returns
    -------
    dict of str to Limits

    Raises
    ------
    UnsuitableTable
        When limits contradict each other or are no values of their column.
    """
    limited = {*(imputer.bounds or ()), *(imputer.round_to or ()), *(imputer.allowed or ())}
    return {
        name: _of_levels(column, frame[name], (imputer.allowed or {})[name])
        if column.is_categorical
        else _of_numbers(column, frame[name], imputer)
        for name, column in table.columns.items()
        if name in limited
    }


def _of_levels(column: Column, cells: pd.Series, allowed: Sequence[Any]) -> Limits:
    choices = encoded_choices(allowed, cells, column.codec)
    replacement = most_frequent_choice(column, choices)
    return Limits(column.codec, allowed=tuple(allowed), choices=choices, replacement=replacement)


def _of_numbers(column: Column, cells: pd.Series, imputer: "Imputer") -> Limits:
    name, codec = column.name, column.codec
    low, high = encoded_limits(_given(imputer.bounds, name, (None, None)), cells, codec)
    step = float(_given(imputer.round_to, name, 1.0 if codec.kind is Kind.INTEGER else 0.0))
    if step:
        least, most = stepped_limits(low, high, step, codec)
        if least > most:
            raise UnsuitableTable(f"bounds: no multiple of {step:g} lies within the bounds of {name!r}.")
    allowed = tuple(_given(imputer.allowed, name, ()))
    choices = encoded_choices(allowed, cells, codec) if allowed else None
    if choices is not None:
        choices = choices[(choices >= low) & (choices <= high)]
        if not len(choices):
            raise UnsuitableTable(f"allowed: no allowed value of {name!r} lies within its bounds.")
    return Limits(codec, low, high, imputer.bounds_policy == "reflect", step, allowed, choices)


def _given(parameter: Mapping[str, Value] | None, name: str, default: Value) -> Value:
    return default if parameter is None else parameter.get(name, default)
