"""Rows in groups: which rows belong together, by the values of the group columns."""

from collections.abc import Hashable, Mapping, Sequence

import numpy as np
import pandas as pd

from wrangler.impute.table import Rows

MISSING = "<missing>"


def rows_by_group(frame: pd.DataFrame, names: Sequence[str]) -> Mapping[Hashable, Rows]:
    """Row positions of each group; rows with a missing key form groups of their own.

    Parameters
    ----------
    frame : pandas.DataFrame
    names : sequence of str
        The group columns; none makes no groups.

    Returns
    -------
    mapping of key to ndarray of int
        Keys are tuples of codes' values, equal between tables for equal values.
    """
    if not names or not len(frame):
        return {}
    coded = [pd.factorize(frame[name]) for name in names]
    codes = np.stack([code for code, _ in coded], axis=1)
    groups, numbers = np.unique(codes, axis=0, return_inverse=True)
    order = np.argsort(numbers, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(numbers[order])) + 1)
    seen = [list(uniques) for _, uniques in coded]
    return {
        tuple((MISSING, None) if code < 0 else ("value", seen[place][code]) for place, code in enumerate(group)): rows
        for group, rows in zip(groups.tolist(), parts, strict=True)
    }
