"""p-values of correlations if two columns are independent, and how many rows of two rare values would then meet.

References: E. J. G. Pitman (1937), Significance tests which may be applied to samples from any populations II: The
correlation coefficient test, Supplement to the Journal of the Royal Statistical Society 4, 225-232 (moments of the
coefficient over all permutations of the rows); R. A. Fisher (1935), The logic of inductive inference, Journal of the
Royal Statistical Society 98, 39-82 (the exact test of two columns of two values).
"""

import numpy as np
import numpy.typing as npt
from scipy import stats

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]

_FEWEST_ROWS = 5
_LEAST_EXPECTED = 5.0
_MOST_FREEDOM = 1e6
_HALF = 0.5
_NORMAL = 3.0  # kurtosis


def permutation_p_values(values: Floats, coefficients: Floats, counts: Counts, *, are_ranks: bool) -> Floats:
    """Two-sided p-values of Pearson's correlations, of ranks too, whatever the distribution of the columns.

    Parameters
    ----------
    values : ndarray of float64, shape (rows, columns)
        The values, or ranks, that were correlated; NaN where missing.
    coefficients : ndarray of float64, shape (columns, columns)
    counts : ndarray of int64, shape (columns, columns)
        Rows on which each coefficient rests.
    are_ranks : bool

    Returns
    -------
    ndarray of float64, shape (columns, columns)
        NaN without a coefficient or with fewer than 5 rows.

    Notes
    -----
    Student's t of n - 2 degrees of freedom, which holds for all columns at 5 % but not far in the tails: of lognormal
    columns p-values below 0.0005 are ten times as frequent, of ranks of 22 rows those below 0.001 by a third. So the
    p-value is not below that of a distribution with the variance and the fourth moment of the coefficient over all
    permutations of the rows: a scaled Student's t where its kurtosis is above 3, for ranks below it the symmetric beta
    distribution that the coefficient of normal columns has, as wide as need be. The kurtosis of each column, on which
    that moment depends, is taken over all its rows.
    """
    rows = np.where(counts >= _FEWEST_ROWS, counts, np.nan).astype(np.float64)
    kurtoses = np.array([_kurtosis(column) for column in values.T])
    with np.errstate(divide="ignore", invalid="ignore"):
        score = np.abs(coefficients) * np.sqrt((rows - 2) / np.maximum(1 - coefficients**2, 0))
        kurtosis = np.multiply.outer(kurtoses, kurtoses)
        beyond = 1 + (rows - 2) * (rows - 3) / (3 * rows * (rows - 1) ** 2) * kurtosis
        excess = _NORMAL * ((rows - 1) / (rows + 1) * beyond - 1)
        corrected = _of_kurtosis(coefficients, rows, excess + _NORMAL)
        corrected = np.where((beyond > 1) & (are_ranks | (excess > 0)), corrected, 0.0)
    return np.asarray(np.maximum(2 * stats.t.sf(score, rows - 2), corrected), dtype=np.float64)


def _of_kurtosis(coefficients: Floats, rows: Floats, kurtosis: Floats) -> Floats:
    """Two-sided p-values by the Pearson distribution, of type II or VII, of variance 1 / (n - 1) and that kurtosis."""
    freedom = np.where(kurtosis > _NORMAL, 4 + 6 / (kurtosis - _NORMAL), _MOST_FREEDOM).clip(max=_MOST_FREEDOM)
    long_tailed = 2 * stats.t.sf(np.abs(coefficients) * np.sqrt((rows - 1) * freedom / (freedom - 2)), freedom)
    width = np.where(kurtosis < _NORMAL, 2 * kurtosis / (_NORMAL - kurtosis), _MOST_FREEDOM).clip(2, _MOST_FREEDOM)
    square = np.minimum(coefficients**2 * (rows - 1) / width, 1.0)
    short_tailed = 2 * stats.t.sf(np.sqrt(square * (width - 1) / (1 - square)), width - 1)
    return np.asarray(np.where(kurtosis > _NORMAL, long_tailed, short_tailed), dtype=np.float64)


def exact_p_values(values: Floats, p_values: Floats) -> Floats:
    """Replace p-values of pairs of columns with two values each by those of Fisher's exact test where these are rare.

    Parameters
    ----------
    values : ndarray of float64, shape (rows, columns)
        NaN where missing.
    p_values : ndarray of float64, shape (columns, columns)

    Returns
    -------
    ndarray of float64, shape (columns, columns)
        Exact where fewer than 5 rows are expected in some cell of the table of four.
    """
    exact = p_values.copy()
    two_valued = [place for place, column in enumerate(values.T) if _has_two_values(column)]
    for number, left in enumerate(two_valued):
        for right in two_valued[:number]:
            known = ~np.isnan(values[:, left]) & ~np.isnan(values[:, right])
            is_high = [values[known, place] == np.nanmax(values[:, place]) for place in (left, right)]
            table = np.bincount(2 * is_high[0] + is_high[1], minlength=4).reshape(2, 2)
            expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / max(table.sum(), 1)
            if expected.min() < _LEAST_EXPECTED and not np.isnan(p_values[left, right]):
                exact[left, right] = exact[right, left] = float(stats.fisher_exact(table).pvalue)
    return exact


def expected_together(values: Floats, counts: Counts) -> Floats:
    """How many rows of each pair would differ from the middle value of both columns if these were independent.

    Parameters
    ----------
    values : ndarray of float64, shape (rows, columns)
        NaN where missing.
    counts : ndarray of int64, shape (columns, columns)

    Returns
    -------
    ndarray of float64, shape (columns, columns)
        Nearly all rows, unless a value that most rows share leaves few others.
    """
    shares = _shares_elsewhere(values)
    return np.asarray(np.outer(shares, shares) * counts, dtype=np.float64)


def has_common_value(values: Floats) -> npt.NDArray[np.bool_]:
    """For each pair of columns whether most rows of one of them share a value, shape (columns, columns)."""
    shares = _shares_elsewhere(values)
    return np.asarray(np.minimum.outer(shares, shares) < _HALF)


def _shares_elsewhere(values: Floats) -> Floats:
    """The share of each column, shape (columns,)."""
    return np.array([_share_elsewhere(column[~np.isnan(column)]) for column in values.T])


def _share_elsewhere(known: Floats) -> float:
    """The share of values that differ from the lower median, which is the commonest value where most rows share one."""
    if not len(known):
        return 0.0
    middle = (len(known) - 1) // 2
    return float((known != np.partition(known, middle)[middle]).mean())


def _has_two_values(column: Floats) -> bool:
    known = column[~np.isnan(column)]
    if not len(known):
        return False
    low, high = known.min(), known.max()
    return bool(low < high and ((known == low) | (known == high)).all())


def _kurtosis(column: Floats) -> float:
    """Fisher's unbiased excess kurtosis; 0, as of a normal column, where it is not defined."""
    known = column[~np.isnan(column)]
    if len(known) < _FEWEST_ROWS or known.min() == known.max():
        return 0.0
    return float(stats.kurtosis(known - known.mean(), bias=False))
