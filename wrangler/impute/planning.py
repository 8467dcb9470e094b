"""Before learning: which columns are filled, by what, and which are refused, with the reason."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from wrangler.impute.errors import UnsuitableTable
from wrangler.impute.kinds import NUMERIC, Kind, kind_of
from wrangler.impute.record import Record

FEW_LEVELS = 12


@dataclass(frozen=True)
class Plan:
    """Which columns are learnt, and how each is understood.

    Attributes
    ----------
    targets : tuple of str
        Columns that the method itself fills.
    overridden : tuple of str
        Columns that `per_column` gives to another method.
    refused : mapping of str to str
        Columns left as they are, and why.
    kinds : mapping of str to Kind
        Every column that is read, predictors included.
    """

    targets: tuple[str, ...]
    overridden: tuple[str, ...]
    refused: Mapping[str, str]
    kinds: Mapping[str, Kind]


def position_of(frame: pd.DataFrame, name: str) -> int:
    """The position of a column whose name occurs once."""
    return int(frame.columns.get_indexer(pd.Index([name]))[0])


def known_columns(frame: pd.DataFrame, names: Iterable[str], role: str) -> None:
    """Refuse names that are no columns of the table.

    Raises
    ------
    UnsuitableTable
        Naming the first unknown column and the columns there are.
    """
    there = set(frame.columns)
    for name in names:
        if name not in there:
            listed = ", ".join(map(str, frame.columns[:20])) + (", ..." if frame.shape[1] > 20 else "")  # noqa: PLR2004
            raise UnsuitableTable(f"{role}: there is no column {name!r}; the columns are {listed or 'none'}.")


def check_bounds(frame: pd.DataFrame, bounds: Mapping[str, Sequence[Any]]) -> None:
    """Refuse bounds that name no numeric column or are no pair of ascending limits.

    Raises
    ------
    UnsuitableTable
        Naming the column and what is wrong.
    """
    known_columns(frame, bounds, "bounds")
    for name, pair in bounds.items():
        if kind_of(frame[name]) not in NUMERIC:
            raise UnsuitableTable(f"bounds: {name!r} holds no numbers, so it cannot have bounds.")
        if not isinstance(pair, (list, tuple)) or len(pair) != 2:  # noqa: PLR2004 - a pair
            raise UnsuitableTable(f"bounds: {name!r} needs a pair [lowest, highest], null for none, not {pair!r}.")
        if pair[0] is not None and pair[1] is not None and pair[0] > pair[1]:
            raise UnsuitableTable(f"bounds: the lowest of {name!r}, {pair[0]}, lies above the highest, {pair[1]}.")


def reason_to_refuse(column: pd.Series, kind: Kind, max_levels: int) -> str | None:
    """Why a column cannot be filled by a method that chooses among levels or numbers; None when it can."""
    if kind is Kind.UNSUPPORTED:
        return f"its type ({column.dtype}) is not one that can be imputed"
    if kind is not Kind.TEXT:
        return None
    distinct, seen = column.nunique(), int(column.notna().sum())
    if distinct > max_levels or (distinct > FEW_LEVELS and distinct > seen / 2):
        return (
            f"it is text with {distinct} distinct values in {seen} cells (an identifier or free text); "
            "fill it by constant, ffill or bfill, or raise max_levels"
        )
    return None


def make_plan(frame: pd.DataFrame, imputer: Any, record: Record) -> Plan:  # noqa: ANN401 - an Imputer; no circle
    """Decide what happens to each column of `frame`.

    Parameters
    ----------
    frame : pandas.DataFrame
    imputer : Imputer
        Its parameters are read, nothing is written.
    record : Record
        Receives an event for each refused or dropped column.

    Returns
    -------
    Plan
    """
    _check_parameters(frame, imputer)
    excluded, overridden = set(imputer.exclude), dict(imputer.per_column or {})
    wanted = list(imputer.columns if imputer.columns is not None else frame.columns)
    selected = [name for name in dict.fromkeys([*wanted, *overridden]) if name not in excluded]
    kinds = {name: kind_of(frame[name]) for name in frame.columns if name not in excluded}
    reasons = {
        name: reason_to_refuse(frame[name], kinds[name], imputer.max_levels)
        for name in (kinds if imputer.reads_other_columns else selected)
    }
    own = [name for name in selected if name not in overridden]
    ready = [
        name for name in own if not reasons[name] or (imputer.copies_cells and kinds[name] is not Kind.UNSUPPORTED)
    ]
    refused = {name: str(reasons[name]) for name in own if name not in ready}
    for name, reason in refused.items():
        if frame[name].isna().any():
            record.tell(name, "refused", f"'{name}' is not filled: {reason}.")
    read = _read_columns(imputer, ready, reasons)
    return Plan(tuple(ready), tuple(n for n in selected if n in overridden), refused, {n: kinds[n] for n in read})


def _read_columns(imputer: Any, ready: Sequence[str], reasons: Mapping[str, str | None]) -> list[str]:  # noqa: ANN401
    read = list(ready)
    if imputer.reads_other_columns:
        read += [name for name, reason in reasons.items() if reason is None]
    if imputer.order_by is not None:
        read.append(imputer.order_by)
    return list(dict.fromkeys(read))


def _check_parameters(frame: pd.DataFrame, imputer: Any) -> None:  # noqa: ANN401 - an Imputer; no circle
    for role in ("columns", "exclude", "group_by"):
        names = getattr(imputer, role)
        if isinstance(names, str) or not (names is None or isinstance(names, Sequence)):
            raise UnsuitableTable(f"{role}: give a list of column names, not {names!r}.")
        known_columns(frame, names or (), role)
    known_columns(frame, imputer.per_column or {}, "per_column")
    check_bounds(frame, imputer.bounds or {})
    if imputer.order_by is not None:
        known_columns(frame, [imputer.order_by], "order_by")
        if kind_of(frame[imputer.order_by]) not in NUMERIC:
            raise UnsuitableTable(f"order_by: {imputer.order_by!r} holds no numbers or dates to order by.")
    both = set(imputer.exclude) & {*(imputer.columns or ()), *(imputer.per_column or ())}
    if both:
        raise UnsuitableTable(f"exclude: {min(both)!r} is also asked to be filled; name it once.")
