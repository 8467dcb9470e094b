"""Whether a table that is to be filled holds what was learnt: refused by name where its cells mean something else."""

from collections.abc import Mapping

import pandas as pd

from wrangler.impute.errors import UnsuitableTable
from wrangler.impute.kinds import Kind, kind_of
from wrangler.impute.times import unit_of, zone_of

ALIKE = (frozenset({Kind.NUMBER, Kind.INTEGER}), frozenset({Kind.CATEGORY, Kind.ORDERED, Kind.TEXT}))


def check_alike(frame: pd.DataFrame, learnt: pd.DataFrame, kinds: Mapping[str, Kind]) -> None:
    """Refuse columns of another kind, unit or zone than were learnt; a column without a single cell may be of any.

    Parameters
    ----------
    frame : pandas.DataFrame
    learnt : pandas.DataFrame
        Without rows; its dtypes count.
    kinds : mapping of str to Kind
        Of the columns that are read.

    Raises
    ------
    UnsuitableTable
        Naming the column and both types.
    """
    for name, kind in kinds.items():
        column, dtype = frame[name], learnt[name].dtype
        if column.dtype == dtype and not pd.api.types.is_object_dtype(dtype):
            continue
        if not _is_alike(column, learnt[name], kind):
            raise UnsuitableTable(
                f"'{name}' is {column.dtype} ({kind_of(column)}), but was learnt as {dtype} ({kind}); convert it first."
            )


def _is_alike(column: pd.Series, learnt: pd.Series, kind: Kind) -> bool:
    now = kind_of(column)
    if now is not kind:
        without_cells = column.dtype == object and not column.notna().any()
        return without_cells or any({now, kind} <= alike for alike in ALIKE)
    if kind is Kind.DATETIME and (zone_of(column) is None) != (zone_of(learnt) is None):
        return False
    return kind not in {Kind.DATETIME, Kind.DURATION} or unit_of(column) == unit_of(learnt)
