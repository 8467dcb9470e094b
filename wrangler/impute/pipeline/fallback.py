"""What fills a cell that the method itself does not: the median of numbers, the mode of levels."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wrangler.impute.arrays import Floats
from wrangler.impute.encoding import Column, Copied, Fill, Literal, has_value
from wrangler.impute.events import ColumnOutcome

if TYPE_CHECKING:
    from wrangler.impute.base import Imputer

ENOUGH = 100_000  # numbers to take a median of


@dataclass(frozen=True)
class Fallback:
    """The fallback value of one column, encoded; NaN when no cell of it is observed."""

    value: float
    method: str


def fit_fallback(column: Column) -> Fallback:
    """Fit the fallback of one column; for very many numbers, the median of evenly spaced rows."""
    if column.is_categorical:
        return Fallback(column.mode, "mode")
    spaced = column.stored.read(slice(None, None, max(len(column.missing) // ENOUGH, 1)))
    known = spaced[~np.isnan(spaced)]
    known = known if len(known) else column.known
    return Fallback(float(np.median(known)) if len(known) else np.nan, "median")


def with_fallback(imputer: "Imputer", name: str, fill: Fill) -> Fill:
    """`fill` with the fallback of its column where the method has no value, with an event."""
    plan, record = imputer.plan_, imputer.record_
    fallback = plan.fallbacks[name]
    unfilled = 0 if isinstance(fill, Literal) else int((~has_value(fill, 0)).sum())
    if not unfilled or not imputer.uses_fallback or not plan.is_known(name):
        return fill
    if imputer.group_by and imputer.small_groups == "leave" and name not in imputer.group_by:
        record.count(name, "left", unfilled, f"cells of '{name}' lie in groups with too little to fit on.")
        return fill
    message = f"cells of '{name}' got no value from '{imputer.method}'; the column's {fallback.method} was used."
    record.count(name, "fallback", unfilled, message)
    if isinstance(fill, Copied):
        return Copied(fill.rows, fallback.value)
    if unfilled == len(fill):  # type: ignore[arg-type]
        record.outcomes[name] = ColumnOutcome(fallback.method, unfilled, f"'{imputer.method}' gave no value")
    return np.where(np.isnan(fill), fallback.value, fill)  # type: ignore[arg-type]


def most_frequent(codes: Floats, levels: int) -> float:
    """The code that occurs most often, the first of equals; NaN when there is none."""
    if not len(codes):
        return np.nan
    return float(np.bincount(codes.astype(np.intp), minlength=levels).argmax())
