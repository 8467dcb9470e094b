"""A sample of a table to try methods on: rows at random, or a few blocks of consecutive rows along an order."""

import numpy as np

from wrangler.impute.arrays import Rows
from wrangler.impute.encoding import Table

BLOCKS = 4


def sample_row_numbers(table: Table, most: int, random: np.random.Generator) -> Rows:
    """Numbers of at most so many rows, ascending.

    Parameters
    ----------
    table : Table
    most : int
    random : Generator

    Returns
    -------
    ndarray of int
    """
    if table.rows <= most:
        return np.arange(table.rows)
    rows = along(table)
    if table.order is None or len(rows) <= most:
        return np.sort(random.choice(table.rows, most, replace=False, shuffle=False))
    size = max(most // BLOCKS, 1)
    starts = np.linspace(0, len(rows) - size, BLOCKS).astype(np.intp)
    return np.unique(np.concatenate([rows[start : start + size] for start in starts]))


def along(table: Table) -> Rows:
    """Rows whose place in the order is observed, sorted by group and place."""
    if table.order is None:
        return np.arange(table.rows)
    groups = np.zeros(table.rows) if table.groups is None else table.groups
    rows = np.lexsort((table.order, groups))
    return np.asarray(rows[~np.isnan(table.order[rows])])
