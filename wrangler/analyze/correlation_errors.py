"""Standard errors of correlations: Pearson's without a normal distribution, and Spearman's.

Fisher's standard error 1 / sqrt(n - 3) takes the columns as jointly normal. The one here rests on their fourth moments,
on the rows that each pair has in common, for all pairs at once by products of powers of the columns.

References: M. G. Kendall and A. Stuart (1977), The Advanced Theory of Statistics, volume 1, section 10.9; J. H. Steiger
and M. W. Browne (1984), The comparison of interdependent correlations between optimal linear composites,
Psychometrika 49, 11-24; D. G. Bonett and T. A. Wright (2000), Sample size requirements for estimating Pearson, Kendall
and Spearman correlations, Psychometrika 65, 23-28.
"""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_BLOCK_ROWS = 16_384
_ROWS_TAKEN = 3  # as by Fisher, whose standard error it is where the columns are normal
_PRODUCTS = ((1, 0), (2, 0), (3, 0), (4, 0), (1, 1), (2, 1), (3, 1), (2, 2))


def fisher_errors(standard: Floats, coefficients: Floats, counts: npt.NDArray[np.int64]) -> Floats:
    """Standard errors of arctanh(r) for each pair of columns.

    Parameters
    ----------
    standard : ndarray of float64, shape (rows, columns)
        Standardised values, NaN where missing; all rows of the table, or a random sample of them.
    coefficients : ndarray of float64, shape (columns, columns)
    counts : ndarray of int64, shape (columns, columns)
        Rows on which each coefficient rests.

    Returns
    -------
    ndarray of float64, shape (columns, columns)
        NaN for coefficients of 1 or -1, and where there are no more than three rows.
    """
    sums = _power_sums(standard)
    rows = sums.pop((0, 0))
    with np.errstate(divide="ignore", invalid="ignore"):
        raw = {powers: total / rows for powers, total in sums.items()}
        raw |= {(second, first): mean.T for (first, second), mean in raw.items()}
        moments = _standardised(raw)
        # Of the same rows as the moments, which may be a sample; the whole table's for the error itself.
        own = moments[1, 1]
        variance = moments[2, 2] * (1 + own**2 / 2) - own * (moments[3, 1] + moments[1, 3])
        variance += own**2 / 4 * (moments[4, 0] + moments[0, 4])
        errors = np.sqrt(np.maximum(variance, 0) / (counts - _ROWS_TAKEN)) / (1 - coefficients**2)
    errors[~np.isfinite(errors) | (counts <= _ROWS_TAKEN)] = np.nan
    return np.asarray(errors, dtype=np.float64)


def rank_errors(coefficients: Floats, counts: npt.NDArray[np.int64]) -> Floats:
    """Standard errors of arctanh(r) for Spearman's correlations (Bonett and Wright 2000), from coefficient and rows.

    Parameters
    ----------
    coefficients : ndarray of float64, shape (columns, columns)
    counts : ndarray of int64, shape (columns, columns)

    Returns
    -------
    ndarray of float64, shape (columns, columns)
        NaN where there are no more than three rows.
    """
    rows = np.where(counts > _ROWS_TAKEN, counts, np.nan).astype(np.float64)
    return np.asarray(np.sqrt((1 + coefficients**2 / 2) / (rows - _ROWS_TAKEN)), dtype=np.float64)


def _power_sums(standard: Floats) -> dict[tuple[int, int], Floats]:
    """Sums over the common rows of powers of one column times powers of another."""
    columns = standard.shape[1]
    sums = {powers: np.zeros((columns, columns)) for powers in ((0, 0), *_PRODUCTS)}
    for start in range(0, len(standard), _BLOCK_ROWS):
        block = np.array(standard[start : start + _BLOCK_ROWS])
        flags = (~np.isnan(block)).astype(np.float64)
        np.nan_to_num(block, copy=False)
        powers = [flags, block, block**2]
        powers += [powers[2] * block, powers[2] ** 2]
        for first, second in sums:
            sums[first, second] += powers[first].T @ powers[second]
    return sums


def _standardised(raw: dict[tuple[int, int], Floats]) -> dict[tuple[int, int], Floats]:
    """Moments about the means of the common rows, in standard deviations of these."""
    left, right = raw[1, 0], raw[0, 1]
    central = {
        (1, 1): raw[1, 1] - left * right,
        (2, 0): raw[2, 0] - left**2,
        (4, 0): raw[4, 0] - 4 * left * raw[3, 0] + 6 * left**2 * raw[2, 0] - 3 * left**4,
        (3, 1): raw[3, 1]
        - right * raw[3, 0]
        - 3 * left * (raw[2, 1] - right * raw[2, 0] - left * raw[1, 1] + left**2 * right),
        (2, 2): raw[2, 2]
        - 2 * right * raw[2, 1]
        - 2 * left * raw[1, 2]
        + right**2 * raw[2, 0]
        + left**2 * raw[0, 2]
        + 4 * left * right * raw[1, 1]
        - 3 * (left * right) ** 2,
    }
    central |= {(second, first): moment.T for (first, second), moment in central.items()}
    spread = np.sqrt(central[2, 0])
    return {(first, second): moment / (spread**first * spread.T**second) for (first, second), moment in central.items()}
