"""The rows of a table along their order: the row at a lag of each, and the nearest observed cells."""

from dataclasses import dataclass

import numpy as np

from wrangler.impute.arrays import Floats, Rows
from wrangler.impute.timeseries.series import fit_clock


@dataclass(frozen=True)
class TimeAxis:
    """The places of rows, ascending, and their usual distance.

    Attributes
    ----------
    places : ndarray of float64, shape (rows,)
        Never descending.
    step : float
        The usual distance between rows.
    """

    places: Floats
    step: float

    def at(self, lag: int) -> Rows:
        """For each row, the row nearest to `lag` steps after it."""
        if lag == 0:
            return np.arange(len(self.places))
        wanted = self.places + lag * self.step
        after = np.clip(np.searchsorted(self.places, wanted), 1, max(len(self.places) - 1, 1))
        after = np.minimum(after, len(self.places) - 1)
        before = np.maximum(after - 1, 0)
        is_after = self.places[after] - wanted < wanted - self.places[before]
        return np.asarray(np.where(is_after, after, before))


def fit_step(places: Floats) -> float:
    """The usual distance between ascending places: the step of their clock, or the median; 1 for a single place."""
    clock = fit_clock(places)
    if clock is not None:
        return clock.step
    gaps = np.diff(np.unique(places))
    return float(np.median(gaps)) if len(gaps) else 1.0


@dataclass(frozen=True)
class Neighbours:
    """The nearest observed cells of one column on both sides of some rows; on one side alone, those twice.

    Attributes
    ----------
    before, after, second_before, second_after : ndarray of int, shape (rows,)
        Rows of the observed cells.
    share : ndarray of float64, shape (rows,)
        How far along the way from `before` to `after` the row lies, between 0 and 1.
    steps : ndarray of float64, shape (rows,)
        Distance to the nearer of the two.
    """

    before: Rows
    after: Rows
    second_before: Rows
    second_after: Rows
    share: Floats
    steps: Floats

    def between(self, values: Floats) -> Floats:
        """Linear interpolation of the values at the two neighbours."""
        return values[self.before] * (1.0 - self.share) + values[self.after] * self.share


def neighbours_of(rows: Rows, known: Rows, time_axis: TimeAxis) -> Neighbours:
    """The observed cells nearest to each of `rows`, in which the column is missing.

    Parameters
    ----------
    rows, known : ndarray of int
        Ascending; `known` has at least one.
    time_axis : TimeAxis

    Returns
    -------
    Neighbours
    """
    place = np.searchsorted(known, rows)
    last = len(known) - 1
    before, after = np.where(place > 0, place - 1, 0), np.where(place <= last, place, last)
    places = time_axis.places
    ahead, behind = places[known[after]] - places[rows], places[rows] - places[known[before]]
    span = np.maximum(ahead + behind, 0.0)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        share = np.clip(np.nan_to_num(behind / span, nan=0.5, posinf=1.0, neginf=0.0), 0.0, 1.0)
        steps = np.minimum(np.abs(ahead), np.abs(behind)) / time_axis.step
    seconds = known[np.maximum(before - 1, 0)], known[np.minimum(after + 1, last)]
    return Neighbours(known[before], known[after], *seconds, share, np.nan_to_num(steps, nan=0.0))
