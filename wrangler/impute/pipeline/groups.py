"""Rows in groups: which rows belong together, by the values of the group columns."""

from collections.abc import Hashable, Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from wrangler.impute.arrays import Rows
from wrangler.impute.encoding import Copied, Fill, Literal, Table

MISSING = "<missing>"


def rows_by_group(frame: pd.DataFrame, names: Sequence[str]) -> Mapping[Hashable, Rows]:
    """Row positions of each group; missing is a value like any other.

    Parameters
    ----------
    frame : pandas.DataFrame
    names : sequence of str
        The group columns; without any there are no groups.

    Returns
    -------
    mapping of key to ndarray of int
        A key is a tuple of the values of the group columns; equal values have equal keys in any table.
    """
    if not names or not len(frame):
        return {}
    coded = [pd.factorize(frame[name]) for name in names]
    codes = np.stack([code for code, _ in coded], axis=1)
    groups, numbers = np.unique(codes, axis=0, return_inverse=True)
    order = np.argsort(numbers, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(numbers[order])) + 1)
    values = [list(uniques) for _, uniques in coded]
    return {
        tuple((MISSING, None) if code < 0 else ("value", values[place][code]) for place, code in enumerate(group)): rows
        for group, rows in zip(groups.tolist(), parts, strict=True)
    }


def numbered(groups: Mapping[Hashable, Rows], numbers: Mapping[Hashable, int], rows: int) -> Rows:
    """The number of each row's group, as fitted; groups that were not fitted have negative numbers of their own.

    Parameters
    ----------
    groups : mapping of key to ndarray of int
        As from `rows_by_group`.
    numbers : mapping of key to int
    rows : int

    Returns
    -------
    ndarray of int, shape (rows,)
    """
    number_of_row = np.full(rows, -1, dtype=np.intp)
    for place, (key, members) in enumerate(groups.items()):
        number_of_row[members] = numbers.get(key, -1 - place)
    return number_of_row


def joined(table: Table, targets: Sequence[str], parts: Iterable[tuple[Rows, Mapping[str, Fill]]]) -> dict[str, Fill]:
    """One fill for the whole table from the fills of its groups.

    Parameters
    ----------
    table : Table
    targets : sequence of str
    parts : iterable of (row positions, fills)
        The rows of each group, and the fills of the method for that part of the table.

    Returns
    -------
    dict of str to Fill
        NaN, or -1 for the row to copy, where a group has no value or was not fitted.
    """
    numbers = {name: np.full(table.rows, np.nan) for name in targets}
    copies: dict[str, Rows] = {}
    literals: dict[str, Literal] = {}
    for rows, fills in parts:
        for name, fill in fills.items():
            places = rows[table.columns[name].missing[rows]]
            if isinstance(fill, Literal):
                literals[name] = fill
            elif isinstance(fill, Copied):
                sources = copies.setdefault(name, np.full(table.rows, -1, dtype=np.intp))
                sources[places] = np.where(fill.rows >= 0, rows[fill.rows], -1)
            else:
                numbers[name][places] = fill
    missing = {name: table.columns[name].missing for name in targets}
    copied = {name: Copied(sources[missing[name]]) for name, sources in copies.items()}
    return {name: numbers[name][missing[name]] for name in targets} | copied | literals
