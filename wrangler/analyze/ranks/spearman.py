"""Rank correlation on the rows that two columns have in common, without sorting a pair anew.

Each column is sorted once. The rank of a value among the rows where another column is present too is how many of those
rows come up to its place in that order: a running count. So a pair costs a few passes over its rows and no sort.

What is looked up out of order takes the time, so it is kept small: presence as bits of eight columns at once, values by
rows of eight columns, ranks in single precision as long as that holds them exactly.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]
Places: TypeAlias = npt.NDArray[np.int32]
Bools: TypeAlias = npt.NDArray[np.bool_]
Reals: TypeAlias = npt.NDArray[np.floating]
Bits: TypeAlias = npt.NDArray[np.uint8]

TILE = 8
BLOCK = 8192  # of rows, few enough for BLAS to use one thread
MOST_IN_SINGLE = 2**23  # rows; their ranks and halves of them are exact


@dataclass(frozen=True)
class Ordered:
    """A column in sorted order.

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
    present: Bools


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
    total = len(column.rows)
    ranks = np.full(_distinct(column) + 1, np.nan)
    if column.ends is None:
        ranks[:-1] = np.arange(total) - (total - 1) / 2
    else:
        ranks[:-1] = (column.ends + np.append(0, column.ends[:-1]) - total) / 2
    return ranks.take(column.values)


def rank_correlations(columns: Sequence[Ordered], wanted: Bools) -> Floats:
    """Correlate the ranks of columns, ties sharing the mean of theirs, on the rows where both of a pair are present.

    Parameters
    ----------
    columns : sequence of Ordered
        Of the same table.
    wanted : ndarray of bool, square
        Pairs that are asked for, below the diagonal.

    Returns
    -------
    ndarray of float64, square
        NaN where a pair is not asked for, or where a column of it is constant on the common rows.
    """
    found = np.full(wanted.shape, np.nan)
    starts = range(0, len(columns), TILE)
    for left in starts:
        for right in range(0, left + 1, TILE):
            tile = wanted[left : left + TILE, right : right + TILE]
            if tile.any():
                one, two = columns[left : left + TILE], columns[right : right + TILE]
                found[left : left + TILE, right : right + TILE] = _tile(one, two, tile)
    return found


def _tile(left: Sequence[Ordered], right: Sequence[Ordered], wanted: Bools) -> Floats:
    """Of all wanted pairs of at most eight columns with eight others."""
    beside_left, beside_right = _presence(left, right), _presence(right, left)
    values = np.stack([column.values for column in right], axis=1)
    found = np.full(wanted.shape, np.nan)
    for one in np.flatnonzero(wanted.any(axis=1)).tolist():
        column = left[one]
        # Looked up by rows of eight, and then in the order of the left column, whose own ranks need no lookup.
        turned = np.ascontiguousarray(values.take(column.rows, axis=0).T)
        for two in np.flatnonzero(wanted[one]).tolist():
            mine = _ranks(column, beside_left[one], two)
            theirs = _ranks(right[two], beside_right[two], one)
            if mine.square * theirs.square > 0:
                shared = _product(_along(column, mine.ranks), theirs.ranks, turned[two])
                shared -= mine.total * (mine.total + 1) ** 2 / 4
                found[one, two] = np.clip(shared / np.sqrt(mine.square * theirs.square), -1, 1)
    return found


def _presence(columns: Sequence[Ordered], others: Sequence[Ordered]) -> list[Bits]:
    """For each column, in its order, which of the others are present: a bit for each."""
    bits = np.zeros(len(others[0].present), dtype=np.uint8)
    for place, other in enumerate(others):
        bits |= other.present.view(np.uint8) << np.uint8(place)
    return [bits.take(column.rows) for column in columns]


@dataclass(frozen=True)
class Ranks:
    """Ranks of one column among some of its rows.

    Attributes
    ----------
    ranks : ndarray of float32 or float64
        Of each distinct value, from 1; the last is 0, for rows in which the column is missing.
    total : int
        How many rows.
    square : float
        Sum over them of the squared distance from the mean rank.
    """

    ranks: Reals
    total: int
    square: float


def _ranks(column: Ordered, presence: Bits, place: int) -> Ranks:
    """Of a column among the rows in which that one of the others is present."""
    counts = np.cumsum((presence >> np.uint8(place)) & np.uint8(1), dtype=np.int32)
    ranks: Reals = np.zeros(_distinct(column) + 1, np.float32 if len(counts) < MOST_IN_SINGLE else np.float64)
    total = int(counts[-1]) if len(counts) else 0
    if column.ends is None:
        ranks[:-1] = counts
        return Ranks(ranks, total, total * (total**2 - 1) / 12)
    ends = counts[column.ends - 1]
    lengths = np.diff(ends, prepend=np.int32(0))
    ranks[:-1] = ends - (lengths - 1) / 2
    return Ranks(ranks, total, float(lengths @ np.square(ranks[:-1] - (total + 1) / 2, dtype=np.float64)))


def _distinct(column: Ordered) -> int:
    return len(column.rows if column.ends is None else column.ends)


def _along(column: Ordered, ranks: Reals) -> Reals:
    """Ranks of the distinct values of a column, as ranks of its rows in their order."""
    return ranks[:-1] if column.ends is None else ranks[:-1].repeat(np.diff(column.ends, prepend=0))


def _product(left: Reals, right: Reals, values: Places) -> float:
    """Sum over rows of the rank of one column times that of the other's value, by blocks that stay in the cache."""
    blocks = [slice(start, start + BLOCK) for start in range(0, len(left), BLOCK)]
    return sum(float(left[rows].astype(np.float64) @ right.take(values[rows]).astype(np.float64)) for rows in blocks)
