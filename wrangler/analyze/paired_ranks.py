"""Rank correlation on the rows that two columns have in common, without sorting a pair anew.

Each column is sorted once. The rank of a value among the rows where another column is present too is how many of those
rows come up to its place in that order: a running count. So a pair costs a few passes over its rows and no sort.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]
Places: TypeAlias = npt.NDArray[np.int32]
Flags: TypeAlias = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Ordered:
    """A column as its order tells it.

    Attributes
    ----------
    rows : ndarray of int32
        The rows in which it is present, lowest value first.
    ends : ndarray of int32, or None
        For each distinct value the place in `rows` after its last one; None when all values differ.
    values : ndarray of int32, one for each row
        Which of its distinct values, from 0, the row has; past the last where the column is missing.
    present : ndarray of bool, one for each row
    """

    rows: Places
    ends: Places | None
    values: Places
    present: Flags


def ordered(column: Floats) -> Ordered:
    """Sort a column once and for all its pairs.

    Parameters
    ----------
    column : ndarray of float64
        NaN is missing.

    Returns
    -------
    Ordered
    """
    present = ~np.isnan(column)
    rows = np.argsort(column)[: np.count_nonzero(present)].astype(np.int32)
    sorted_values = column[rows]
    differs = sorted_values[1:] != sorted_values[:-1]
    values = np.empty(len(column), dtype=np.int32)
    if differs.all():
        values[rows] = np.arange(len(rows), dtype=np.int32)
        values[~present] = len(rows)
        return Ordered(rows, None, values, present)
    ends = np.append(np.flatnonzero(differs) + 1, len(rows)).astype(np.int32)
    values[rows] = np.repeat(np.arange(len(ends), dtype=np.int32), np.diff(ends, prepend=0))
    values[~present] = len(ends)
    return Ordered(rows, ends, values, present)


def ranks_of(column: Ordered) -> Floats:
    """Rank a column among all its own rows, from the mean rank; NaN where it is missing.

    Parameters
    ----------
    column : Ordered

    Returns
    -------
    ndarray of float64, one for each row
    """
    ranks, _ = _centred_ranks(column, column.present)
    ranks[-1] = np.nan
    return ranks.take(column.values)


def rank_correlation(left: Ordered, right: Ordered) -> float:
    """Correlate the ranks of two columns, ties sharing the mean of theirs, on the rows where both are present.

    Parameters
    ----------
    left, right : Ordered
        Of the same table.

    Returns
    -------
    float
        NaN where a column is constant on those rows.
    """
    left_ranks, left_square = _centred_ranks(left, right.present)
    right_ranks, right_square = _centred_ranks(right, left.present)
    if not left_square * right_square > 0:
        return np.nan
    product = left_ranks.take(left.values) @ right_ranks.take(right.values)
    return float(np.clip(product / np.sqrt(left_square * right_square), -1, 1))


def _centred_ranks(column: Ordered, among: Flags) -> tuple[Floats, float]:
    """Give the rank of each distinct value among some rows, less their mean, and the sum of squares over those rows.

    The last is 0, for rows in which the column is missing: there the product with the other column's rank is 0.
    """
    counts = np.cumsum(among.take(column.rows), dtype=np.int32)
    if column.ends is not None:
        counts = counts[column.ends - 1]
    ranks = np.zeros(len(counts) + 1)
    total = int(counts[-1]) if len(counts) else 0
    ranks[:-1] = counts
    ranks[1:-1] += counts[:-1]
    ranks[:-1] -= total
    ranks[:-1] /= 2
    if column.ends is None:
        return ranks, total * (total**2 - 1) / 12
    return ranks, float(np.diff(counts, prepend=np.int32(0)) @ np.square(ranks[:-1]))
