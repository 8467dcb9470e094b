"""A column as a series: cells by place, the gaps between them, and the even steps of a clock."""

from dataclasses import dataclass

import numpy as np

from wrangler.impute.arrays import Floats, Rows
from wrangler.impute.encoding import Column, Table

TOLERANCE = 0.3
MOST_STEPS_A_ROW = 20


@dataclass(frozen=True)
class Series:
    """The cells of one column in the order of their places.

    Attributes
    ----------
    rows : ndarray of int, shape (length,)
        Positions in the table; rows whose place is missing are left out.
    places : ndarray of float64, shape (length,)
        Never descending; equal where rows share their place.
    values : ndarray of float64, shape (length,)
        NaN where a cell is missing.
    is_categorical : bool
    """

    rows: Rows
    places: Floats
    values: Floats
    is_categorical: bool

    def knots(self) -> tuple[Floats, Floats]:
        """Places with observed cells, ascending, and their values: the mean of numbers, the first of levels."""
        known = ~np.isnan(self.values)
        places, first, owner, counts = np.unique(
            self.places[known], return_index=True, return_inverse=True, return_counts=True
        )
        values = self.values[known]
        if self.is_categorical or len(places) == len(values):
            return places, values[first]
        return places, np.asarray(np.bincount(owner, values / counts[owner], len(places)), dtype=np.float64)

    def predictions(self, column: Column, values: Floats) -> Floats:
        """The missing cells of the column, from values along the series; NaN for rows without a place."""
        predictions = np.full(len(column.cells), np.nan)
        predictions[self.rows] = values
        return predictions[column.missing]


def series_of(column: Column, table: Table, *, by_rows: bool = False) -> Series:
    """The series of a column, by the order of the table; without one, and for the order column itself, by rows.

    Parameters
    ----------
    column : Column
    table : Table
    by_rows : bool
        Count rows, in the table's order, instead of measuring the distance between them.

    Returns
    -------
    Series
    """
    rows = table.sequence(column.name)
    if table.order is None or by_rows or column.cells is table.order:
        places = np.arange(table.rows, dtype=np.float64)
    else:
        places = table.order[rows]
        has_place = ~np.isnan(places)
        rows, places = rows[has_place], places[has_place]
    return Series(rows, places, column.cells[rows], column.is_categorical)


def gap_lengths(values: Floats) -> Rows:
    """For each cell of a series, the length of its gap in cells; 0 where it is observed."""
    missing_mask = np.isnan(values)
    starts = np.flatnonzero(np.diff(missing_mask, prepend=not missing_mask[:1].any()))
    lengths = np.diff(starts, append=len(values))
    return np.where(missing_mask, np.repeat(lengths, lengths), 0)


def line(places: Floats, knots: Floats, values: Floats) -> Floats:
    """Linear interpolation between the knots, constant beyond them; NaN without a knot."""
    return np.interp(places, knots, values) if len(knots) else np.full(len(places), np.nan)


def nearest(places: Floats, knots: Floats, values: Floats) -> Floats:
    """The value at the nearest knot, the earlier of two equally near; NaN without a knot."""
    if not len(knots):
        return np.full(len(places), np.nan)
    after = np.minimum(np.searchsorted(knots, places).clip(1), len(knots) - 1)
    before = np.maximum(after - 1, 0)
    is_after = knots[after] - places < places - knots[before]
    return np.asarray(np.where(is_after, values[after], values[before]))


@dataclass(frozen=True)
class Clock:
    """Even steps along a series.

    Attributes
    ----------
    origin : float
        The place of step 0.
    step : float
        The distance between two steps.
    """

    origin: float
    step: float

    def steps(self, places: Floats) -> Rows:
        """The number of the step that is nearest to each place."""
        with np.errstate(over="ignore"):
            return np.asarray(np.rint(np.clip((places - self.origin) / self.step, -1e15, 1e15)).astype(np.intp))


def fit_clock(places: Floats) -> Clock | None:
    """The even steps of ascending places, which may skip steps and vary as months do; None when they are not even."""
    distinct = np.unique(places)
    gaps = np.diff(distinct)
    if not len(gaps):
        return None
    with np.errstate(over="ignore", invalid="ignore"):
        counts = np.rint(gaps / np.median(gaps))
        total = counts.sum()
        if not 0 < total <= MOST_STEPS_A_ROW * len(distinct):
            return None
        clock = Clock(float(distinct[0]), float((distinct[-1] - distinct[0]) / total))
        deviations = np.abs((distinct - clock.origin) / clock.step - clock.steps(distinct))
    return clock if clock.step > 0 and np.mean(deviations <= TOLERANCE) >= 0.99 else None  # noqa: PLR2004 - nearly all
