"""Kendall's tau-b of two columns, with its p-value and its standard error, ties allowed for in both.

Each row is compared with all others: how many it agrees with in order (both values higher, or both lower), less how
many it disagrees with. The sum over the rows gives tau-b, and their spread its standard error. Rows are counted in
n log n steps, one bit of the rank at a time, not in n squared comparisons.

References: M. G. Kendall (1970), Rank Correlation Methods, chapters 3 and 4 (tau-b; variance under independence with
ties, the one of scipy.stats.kendalltau with method="asymptotic"); G. E. Noether (1967), Elements of Nonparametric
Statistics, chapter 10, and M. Samara and R. H. Randles (1988), A test for correlation based on Kendall's tau,
Communications in Statistics A 17, 3191-3205 (the variance from the counts of the rows); J. W. Tukey (1958), Bias and
confidence in not-quite large samples, Annals of Mathematical Statistics 29, 614 (the jackknife).
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

Floats: TypeAlias = npt.NDArray[np.float64]
Places: TypeAlias = npt.NDArray[np.int64]

FEWEST_ROWS = 2
CELLS_PER_ROW = 16
LEVEL = 0.05


@dataclass(frozen=True)
class KendallTau:
    """Kendall's tau-b of two columns.

    Attributes
    ----------
    coefficient : float
        From -1 to 1; NaN with fewer than two rows or a constant column.
    standard_error : float
        Of `arctanh(coefficient)`, by the jackknife over the rows; at least that of independent columns where
        independence is not rejected; NaN where it cannot be estimated, as of a tau of 1.
    p_value : float
        Of independence, two-sided, by the normal approximation with the variance for ties.
    """

    coefficient: float = np.nan
    standard_error: float = np.nan
    p_value: float = np.nan


def kendall_tau(left: Floats, right: Floats) -> KendallTau:
    """Compute Kendall's tau-b of two columns.

    Parameters
    ----------
    left, right : ndarray of float64, shape (n,)
        Without NaN.

    Returns
    -------
    KendallTau
    """
    rows = len(left)
    if rows < FEWEST_ROWS:
        return KendallTau()
    (x, x_counts), (y, y_counts) = _dense(left), _dense(right)
    if min(len(x_counts), len(y_counts)) < 2:  # noqa: PLR2004 - a constant column has no order
        return KendallTau()
    agreement = _agreement(x, y, x_counts, y_counts).astype(np.float64)
    untied_x, untied_y = (rows - counts[codes].astype(np.float64) for codes, counts in ((x, x_counts), (y, y_counts)))
    sums = float(agreement.sum()), float(untied_x.sum()), float(untied_y.sum())
    coefficient = float(np.clip(sums[0] / np.sqrt(sums[1] * sums[2]), -1, 1))
    # The sums count each pair twice, so that of the others is half the sum less the row's own count.
    without = (sums[0] / 2 - agreement) / np.sqrt((sums[1] / 2 - untied_x) * (sums[2] / 2 - untied_y)).clip(min=0.5)
    deviation = float(np.sqrt(_null_variance(x_counts, y_counts)))
    p_value = float(2 * ndtr(-abs(sums[0] / 2 / deviation)))
    error = _jackknife(without, coefficient)
    if p_value >= LEVEL:
        # Two rare levels may not meet in any row: no row then shows how much tau varies, but independence does.
        error = float(np.fmax(error, deviation / (np.sqrt(sums[1] * sums[2]) / 2)))
    return KendallTau(coefficient, error, p_value)


def _jackknife(without: Floats, coefficient: float) -> float:
    """Standard error on Fisher's scale from the coefficients that each lack one row."""
    rows = len(without)
    slope = 1 - coefficient**2
    if slope <= 0:
        return np.nan
    return float(np.sqrt((rows - 1) / rows * np.square(without - without.mean()).sum())) / slope


def _dense(values: Floats) -> tuple[Places, Places]:
    """Number the distinct values in their order, and count each."""
    _, codes, counts = np.unique(values, return_inverse=True, return_counts=True)
    return codes.ravel().astype(np.int64), counts.astype(np.int64)


def _null_variance(x_counts: Places, y_counts: Places) -> float:
    """Variance, if the columns are independent, of concordant less discordant pairs (Kendall 1970, section 4.4)."""
    x, y = x_counts.astype(np.float64), y_counts.astype(np.float64)
    rows = float(x.sum())
    spread = (rows * (rows - 1) * (2 * rows + 5) - sum(float((t * (t - 1) * (2 * t + 5)).sum()) for t in (x, y))) / 18
    pairs = float((x * (x - 1)).sum() * (y * (y - 1)).sum()) / (2 * rows * (rows - 1))
    triples = float((x * (x - 1) * (x - 2)).sum() * (y * (y - 1) * (y - 2)).sum())
    return spread + pairs + (triples / (9 * rows * (rows - 1) * (rows - 2)) if triples else 0.0)


def _agreement(x: Places, y: Places, x_counts: Places, y_counts: Places) -> Places:
    """For each row, the rows that agree with it in order less those that disagree; ties count for neither."""
    rows = len(x)
    if len(x_counts) * len(y_counts) <= CELLS_PER_ROW * rows:
        return _agreement_of_cells(x, y, (len(x_counts), len(y_counts)))
    if len(x_counts) == len(y_counts) == rows:
        sequence = np.empty_like(y)
        sequence[x] = y
        return 4 * _smaller_before(sequence)[x] - 2 * x - 2 * y + rows - 1
    turned_x, turned_y = len(x_counts) - 1 - x, len(y_counts) - 1 - y
    return _below(x, y) + _below(turned_x, turned_y) - _below(x, turned_y) - _below(turned_x, y)


def _agreement_of_cells(x: Places, y: Places, shape: tuple[int, int]) -> Places:
    """The same by the contingency table of the values, when that has few cells."""
    cell = x * shape[1] + y
    below = np.zeros((shape[0] + 1, shape[1] + 1), dtype=np.int64)
    table = np.bincount(cell, minlength=shape[0] * shape[1]).reshape(shape)
    below[1:, 1:] = table.cumsum(axis=0).cumsum(axis=1)
    up, to = below[:, -1:], below[-1:, :]
    lower_left, upper_left = below[:-1, :-1], to[:, :-1] - below[1:, :-1]
    lower_right = up[:-1] - below[:-1, 1:]
    upper_right = len(x) - up[1:] - to[:, 1:] + below[1:, 1:]
    agreement: Places = (lower_left + upper_right - upper_left - lower_right).ravel()[cell]
    return agreement


def _below(x: Places, y: Places) -> Places:
    """For each row, the rows that are lower in both columns."""
    # Ties in one column are put in falling order of the other, so that none of them counts.
    rows = len(x)
    across = np.argsort(x * rows - y, kind="stable")
    upwards = across[::-1][np.argsort(y[across[::-1]], kind="stable")]
    heights, counts = np.empty(rows, dtype=np.int64), np.empty(rows, dtype=np.int64)
    heights[upwards] = np.arange(rows)
    counts[across] = _smaller_before(heights[across])
    return counts


def _smaller_before(sequence: Places) -> Places:
    """For each number of a permutation of 0 to n - 1, how many smaller ones stand before it.

    The numbers are sorted by one bit at a time, from the highest, without changing the order among equal bits; where
    two numbers part, the smaller one is counted if it stands first (as in a wavelet tree).
    """
    rows = len(sequence)
    counts = np.zeros(rows, dtype=np.int64)
    places = np.arange(rows, dtype=np.int32)  # half the memory to move
    current = sequence.astype(np.int32)
    for bit in reversed(range(max(rows - 1, 1).bit_length())):
        is_zero = (current >> bit & 1) == 0
        zeros = np.concatenate([places[:1] * 0, np.cumsum(is_zero, dtype=np.int32)])
        start = current >> (bit + 1) << (bit + 1)
        before = zeros[:-1] - zeros[start]
        counts[current] += np.where(is_zero, 0, before)
        moved = np.empty(rows, dtype=np.int32)
        moved[(current >> bit << bit) + np.where(is_zero, before, places - start - before)] = current
        current = moved
    return counts[sequence]
