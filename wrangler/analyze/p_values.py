"""p-values: of many tests at once, and of contingency tables, sparse ones included."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

LEAST_EXPECTED = 5.0
DRAWS = (999, 19_999)
ENOUGH_DRAWS = 10
CELLS_AT_ONCE = 2_000_000

Counts = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Dependence:
    """The test of a contingency table for independence of its rows and columns.

    Attributes
    ----------
    chi_squared : float
        Pearson's statistic; NaN with fewer than two rows or columns.
    p_value : float
    """

    chi_squared: float = np.nan
    p_value: float = np.nan


def dependence(table: Counts, rng: np.random.Generator) -> Dependence:
    """Test whether the rows and columns of a contingency table are independent.

    Parameters
    ----------
    table : ndarray of int64, shape (rows, columns)
        Counts; rows and columns without any are left out.
    rng : Generator
        For the random tables.

    Returns
    -------
    Dependence

    Notes
    -----
    The chi-squared distribution where at least 5 cases are expected in each cell (Cochran 1954). Otherwise it would
    reject too often, and the p-value is the share of random tables with the same row and column sums (Patefield 1981)
    that are at least as far from independence: of 999, or of 19,999 when fewer than ten of these are; so it is never
    below 1 / 20,000.
    """
    table = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    if min(table.shape, default=0) <= 1:
        return Dependence()
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    expected = np.outer(rows, columns) / table.sum()
    found = float(_chi_squared(table[None], expected)[0])
    if expected.min() >= LEAST_EXPECTED:
        return Dependence(found, float(stats.chi2.sf(found, (len(rows) - 1) * (len(columns) - 1))))
    drawn, beyond = 0, 0
    for draws in DRAWS:
        while drawn < draws:
            size = min(draws - drawn, max(CELLS_AT_ONCE // table.size, 1))
            made = stats.random_table(rows, columns, seed=rng).rvs(size=size)
            beyond += int((_chi_squared(made, expected) >= found * (1 - 1e-9)).sum())
            drawn += size
        if beyond >= ENOUGH_DRAWS:
            break
    return Dependence(found, (beyond + 1) / (drawn + 1))


def _chi_squared(tables: npt.NDArray[np.number], expected: Floats) -> Floats:
    statistic: Floats = (np.square(tables - expected) / expected).sum(axis=(1, 2))
    return statistic


def holm(p_values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Correct p-values so that the chance of any false alarm stays below the level (Holm 1979).

    Parameters
    ----------
    p_values : ndarray of float64, shape (n,)
        NaN stands for a test that was not done; it stays NaN and does not count.

    Returns
    -------
    ndarray of float64, shape (n,)
    """
    corrected = np.full(len(p_values), np.nan)
    done = np.flatnonzero(~np.isnan(p_values))
    order = done[np.argsort(p_values[done], kind="stable")]
    factors = np.arange(len(order), 0, -1)
    corrected[order] = np.minimum(np.maximum.accumulate(p_values[order] * factors), 1.0)
    return corrected
