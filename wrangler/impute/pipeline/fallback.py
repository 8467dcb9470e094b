"""What fills a cell that the method itself has no answer for: the median of numbers, the mode of levels."""

from dataclasses import dataclass

import numpy as np

from wrangler.impute.encoding import Column, Floats

ENOUGH = 100_000


@dataclass(frozen=True)
class Fallback:
    """The fallback value of one column, encoded; NaN when the column has no known cell."""

    value: float
    method: str


def fit_fallback(column: Column) -> Fallback:
    """Fit the fallback of one column; of very many numbers the median is that of evenly spaced ones."""
    if column.is_categorical:
        return Fallback(column.mode, "mode")
    some = column.stored.read(slice(None, None, max(len(column.missing) // ENOUGH, 1)))
    known = some[~np.isnan(some)]
    known = known if len(known) else column.known
    return Fallback(float(np.median(known)) if len(known) else np.nan, "median")


def most_frequent(codes: Floats, levels: int) -> float:
    """The code that occurs most often, the first of equals; NaN when there is none."""
    if not len(codes):
        return np.nan
    return float(np.bincount(codes.astype(np.intp), minlength=levels).argmax())
