"""Ranks of numbers, the basis of Spearman's and Kendall's coefficients."""

import numpy as np
import numpy.typing as npt


def average_ranks(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Rank values from 1, ties sharing the mean of their ranks, NaN staying NaN.

    Parameters
    ----------
    values : ndarray of float64, shape (n,)

    Returns
    -------
    ndarray of float64, shape (n,)
        The same as `scipy.stats.rankdata(values, nan_policy="omit")`, several times faster on long arrays.
    """
    present = ~np.isnan(values)
    if present.all():
        return _ranks(values)
    ranks = np.full(len(values), np.nan)
    ranks[present] = _ranks(values[present])
    return ranks


def _ranks(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Ranks of values of which none is NaN."""
    ranks = np.empty(len(values))
    order = np.argsort(values)
    ordered = values[order]
    differs = ordered[1:] != ordered[:-1]
    if differs.all():
        ranks[order] = np.arange(1.0, len(values) + 1)
        return ranks
    starts = np.flatnonzero(np.r_[True, differs])
    lengths = np.diff(np.r_[starts, len(ordered)])
    ranks[order] = np.repeat(starts + (lengths + 1) / 2, lengths)
    return ranks
