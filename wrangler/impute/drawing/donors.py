"""The donors of predictive mean matching: which observed cells a missing cell may get.

A missing cell gets the cell of one of the donors nearest by prediction, found by binary search. Where all of them are
predicted alike, every donor with that prediction is drawn from. Where none is near, as beyond the observed range of a
predictor, the nearest donors would be taken again and again, and the relation to the predictors would flatten: there a
cell of a continuous column is drawn around its own prediction, by the residual of a random donor.

Sources: Little (1988), J. Bus. Econ. Stat. 6, for matching; Schenker and Taylor (1996), Comput. Stat. Data Anal. 22,
for residuals of donors.
"""

from dataclasses import dataclass

import numpy as np

from wrangler.impute.arrays import Bools, Floats, Places
from wrangler.impute.encoding import Codec, Feature

DIGITS = 9  # of predictions in standard deviations: rows that are alike are predicted alike, whatever their place
FAR = 0.25  # residual standard deviations between a cell and its donor
LEAST_DISTINCT = 0.9  # share of distinct cells in a continuous column
FEWEST_CONTINUOUS = 20


@dataclass(frozen=True)
class Donors:
    """The donors of one column, by ascending prediction.

    Attributes
    ----------
    predictions : ndarray of shape (donors,)
        Standardised.
    cells : ndarray of shape (donors,)
        Encoded.
    feature : Feature
        The scale of the predictions.
    low, high : float
        The range that a cell drawn by a residual must have.
    is_continuous : bool
        Whether cells may be drawn by residuals.
    """

    predictions: Floats
    cells: Floats
    feature: Feature
    low: float
    high: float
    is_continuous: bool

    def match(self, wanted: Floats, spread: float, count: int, random: np.random.Generator) -> tuple[Floats, Bools]:
        """Draw a cell for each prediction.

        Parameters
        ----------
        wanted : ndarray of shape (cells,)
            Standardised predictions.
        spread : float
            Standard deviation of the residuals, in the same scale.
        count : int
            How many of the nearest donors are drawn from.
        random : Generator

        Returns
        -------
        ndarray of shape (cells,)
            NaN when there are no donors.
        ndarray of bool of shape (cells,)
            Which of them were drawn by a residual.
        """
        count = min(count, len(self.cells))
        if not count:
            return np.full(len(wanted), np.nan), np.zeros(len(wanted), dtype=bool)
        wanted = np.round(wanted, DIGITS)
        chosen = self._nearest(wanted, count, random)
        drawn, by_residual = self.cells[chosen], np.zeros(len(wanted), dtype=bool)
        far = np.flatnonzero(np.abs(wanted - self.predictions[chosen]) > FAR * spread)
        if self.is_continuous and len(far):
            others = random.integers(len(self.cells), size=len(far))
            residuals = self.feature.standardised(self.cells[others]) - self.predictions[others]
            moved = self.feature.encoded(wanted[far] + residuals)
            inside = (moved >= self.low) & (moved <= self.high)
            drawn[far[inside]], by_residual[far[inside]] = moved[inside], True
        return drawn, by_residual

    def _nearest(self, wanted: Floats, count: int, random: np.random.Generator) -> Places:
        """The position of one of the nearest donors of each cell."""
        place = np.searchsorted(self.predictions, wanted)
        window = np.clip(place[:, None] + np.arange(-count, count), 0, len(self.cells) - 1)
        gaps = np.abs(self.predictions[window] - wanted[:, None])
        gaps[:, 1:][window[:, 1:] == window[:, :-1]] = np.inf
        nearest = np.argpartition(gaps, count - 1, axis=1)[:, :count]
        every = np.arange(len(wanted))
        chosen = window[every, nearest[every, random.integers(count, size=len(wanted))]]
        closest = self.predictions[window[every, gaps.argmin(axis=1)]]
        first = np.searchsorted(self.predictions, closest)
        ties = np.searchsorted(self.predictions, closest, side="right") - first
        tied = np.flatnonzero(ties > count)
        chosen[tied] = first[tied] + random.integers(ties[tied])
        return np.asarray(chosen)


def make_donors(predictions: Floats, cells: Floats, feature: Feature, codec: Codec) -> Donors:
    """The donors among the rows of a column: those observed and within the bounds of the missing cells.

    Parameters
    ----------
    predictions : ndarray of shape (rows,)
        Standardised.
    cells : ndarray of shape (rows,)
        Encoded; NaN where a row is no donor.
    feature : Feature
    codec : Codec

    Returns
    -------
    Donors
    """
    low, high = feature.encoded(np.array(feature.bounds))
    rows = np.flatnonzero(~np.isnan(cells) & (cells >= low) & (cells <= high))
    rounded = np.round(predictions[rows], DIGITS)
    order = np.argsort(rounded, kind="stable")
    known, (least, most) = cells[rows[order]], codec.natural_range
    is_continuous = len(known) >= FEWEST_CONTINUOUS and len(np.unique(known)) >= LEAST_DISTINCT * len(known)
    return Donors(rounded[order], known, feature, max(low, least), min(high, most), is_continuous)
