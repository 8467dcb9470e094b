"""The names of a table's columns: whether they are there, and where."""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from wrangler.impute.errors import UnsuitableTable

MOST_LISTED = 20


def position_of(frame: pd.DataFrame, name: str) -> int:
    """The position of a column whose name occurs once."""
    return int(frame.columns.get_loc(name))  # type: ignore[arg-type]


def only_of(parameter: Mapping[str, Any] | None, name: str) -> dict[str, Any] | None:
    """A parameter given by column, restricted to one of them; None when it does not name that one."""
    return {name: parameter[name]} if parameter and name in parameter else None


def known_columns(frame: pd.DataFrame, names: Iterable[str], role: str) -> None:
    """Refuse names that are not columns of the table.

    Raises
    ------
    UnsuitableTable
        Naming the first unknown column, and the columns of the table.
    """
    present = set(frame.columns)
    for name in names:
        if name not in present:
            first = ", ".join(map(str, frame.columns[:MOST_LISTED]))
            listed = first + (", ..." if frame.shape[1] > MOST_LISTED else "")
            raise UnsuitableTable(f"{role}: there is no column {name!r}; the columns are {listed or 'none'}.")
