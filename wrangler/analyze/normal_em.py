"""Means and covariances of number columns with missing cells, by maximum likelihood under a joint normal distribution.

The EM algorithm works on sufficient statistics of each pattern of missing columns: count, sums and products. After
one pass over the rows an iteration costs the same for a thousand rows and for a million.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]

_TOLERANCE = 1e-7
_MOST_ITERATIONS = 1000
_RIDGE = 1e-9


@dataclass(frozen=True)
class PatternSums:
    """What the rows with one pattern of missing columns add up to.

    Attributes
    ----------
    known : ndarray of bool, shape (columns,)
    rows : int
    total : ndarray, shape (known columns,)
        Sums of the present values.
    products : ndarray, shape (known columns, known columns)
        Sums of their products.
    """

    known: npt.NDArray[np.bool_]
    rows: int
    total: Floats
    products: Floats


@dataclass(frozen=True)
class NormalEstimate:
    """Maximum-likelihood estimates, in the unit of the values given.

    Attributes
    ----------
    mean : ndarray, shape (columns,)
    covariance : ndarray, shape (columns, columns)
        With the number of rows, not one less, as divisor.
    iterations : int
    converged : bool
    """

    mean: Floats
    covariance: Floats
    iterations: int
    converged: bool


def pattern_sums(values: Floats) -> list[PatternSums]:
    """Add up the rows of each pattern of missing values; rows with no value at all are left out.

    Parameters
    ----------
    values : ndarray of float64, shape (rows, columns)
        NaN where missing.

    Returns
    -------
    list of PatternSums
    """
    present = ~np.isnan(values)
    patterns, row_pattern = np.unique(present, axis=0, return_inverse=True)
    order = np.argsort(row_pattern.ravel(), kind="stable")
    ends = np.cumsum(np.bincount(row_pattern.ravel(), minlength=len(patterns)))
    sums = []
    for known, start, end in zip(patterns, np.r_[0, ends[:-1]], ends, strict=True):
        if known.any():
            block = values[order[start:end]][:, known]
            sums.append(PatternSums(known, int(end - start), block.sum(axis=0), block.T @ block))
    return sums


def fit_normal(
    sums: list[PatternSums], columns: int, *, tolerance: float = _TOLERANCE, most_iterations: int = _MOST_ITERATIONS
) -> NormalEstimate:
    """Estimate mean and covariance by EM from values with missing cells (Little and Rubin 2020, section 11.2).

    Parameters
    ----------
    sums : list of PatternSums
        From `pattern_sums`; values of very different size should be standardised before.
    columns : int
    tolerance : float
        It has converged when no mean or covariance changes by more than that.
    most_iterations : int

    Returns
    -------
    NormalEstimate
    """
    rows = sum(pattern.rows for pattern in sums)
    mean, covariance = _first_guess(sums, columns)
    for iteration in range(1, most_iterations + 1):
        total, products = np.zeros(columns), np.zeros((columns, columns))
        for pattern in sums:
            _add_expected(pattern, mean, covariance, total, products)
        new_mean = total / rows
        new_covariance = products / rows - np.outer(new_mean, new_mean)
        change = max(np.abs(new_mean - mean).max(), np.abs(new_covariance - covariance).max())
        mean, covariance = new_mean, (new_covariance + new_covariance.T) / 2
        if change < tolerance:
            return NormalEstimate(mean, covariance, iteration, converged=True)
    return NormalEstimate(mean, covariance, most_iterations, converged=False)


def _first_guess(sums: list[PatternSums], columns: int) -> tuple[Floats, Floats]:
    """Mean and variance of the present values of each column."""
    count, total, squares = np.zeros(columns), np.zeros(columns), np.zeros(columns)
    for pattern in sums:
        count[pattern.known] += pattern.rows
        total[pattern.known] += pattern.total
        squares[pattern.known] += np.diag(pattern.products)
    mean = total / np.maximum(count, 1)
    return mean, np.diag(np.maximum(squares / np.maximum(count, 1) - mean**2, _RIDGE))


def _add_expected(pattern: PatternSums, mean: Floats, covariance: Floats, total: Floats, products: Floats) -> None:
    """Add the expected sums and products of a pattern's rows, its missing values being predicted from the others."""
    known, missing = np.flatnonzero(pattern.known), np.flatnonzero(~pattern.known)
    total[known] += pattern.total
    products[np.ix_(known, known)] += pattern.products
    if not len(missing):
        return
    inner = covariance[np.ix_(known, known)] + _RIDGE * np.eye(len(known))
    weights = np.linalg.solve(inner, covariance[np.ix_(known, missing)])
    offset = mean[missing] - mean[known] @ weights
    expected = pattern.total @ weights + pattern.rows * offset
    across = pattern.products @ weights + np.outer(pattern.total, offset)
    leftover = covariance[np.ix_(missing, missing)] - covariance[np.ix_(missing, known)] @ weights
    inside = weights.T @ across + np.outer(offset, expected) + pattern.rows * leftover
    total[missing] += expected
    products[np.ix_(known, missing)] += across
    products[np.ix_(missing, known)] += across.T
    products[np.ix_(missing, missing)] += inside
