"""Rules put to a completed table: whether they fit its columns, and the filled cells that they change."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from wrangler.impute.bounding import COUNTABLE, scalar_of
from wrangler.impute.codec import learn_codec
from wrangler.impute.columns import position_of
from wrangler.impute.errors import UnsuitableTable
from wrangler.impute.filling import write
from wrangler.impute.kinds import FILLABLE, LEVELLED, NUMERIC, Kind, kind_of
from wrangler.impute.record import Record
from wrangler.impute.rules import Condition, Rule, read_rule, rule_faults
from wrangler.impute.table import Bools
from wrangler.impute.times import zone_of

BREAKS = {"at_least": "lt", "at_most": "gt", "equals": "ne"}


def check_rules(frame: pd.DataFrame, rules: Sequence[Mapping[str, Any]]) -> None:
    """Refuse rules that are badly formed, name no column, or compare what cannot be compared.

    Raises
    ------
    UnsuitableTable
        Naming the rule by its place and what is wrong with it.
    """
    names = set(frame.columns)
    for pointer, told in rule_faults(rules, names):
        raise UnsuitableTable(f"rules{pointer}: {told}.")
    for number, given in enumerate(rules):
        try:
            _check_types(frame, read_rule(given, names))
        except (TypeError, ValueError) as error:
            raise UnsuitableTable(f"rules/{number}: {error}") from error


def _check_types(frame: pd.DataFrame, rule: Rule) -> None:
    column = frame[rule.column]
    kind = kind_of(column)
    if kind not in FILLABLE:
        raise ValueError(f"{rule.column!r} is of a type that cannot be imputed.")
    if rule.demand != "equals" and kind not in NUMERIC:
        raise ValueError(f"{rule.column!r} holds no numbers or dates, so it can only be demanded to equal something.")
    if rule.other is not None:
        _check_comparable(column, frame[rule.other])
    else:
        _cell(rule.value, column, kind, rule.demand)
    if rule.when is not None:
        _meets(frame[rule.when.column].iloc[:0], rule.when)


def _check_comparable(column: pd.Series, other: pd.Series) -> None:
    kinds = {kind_of(column), kind_of(other)}
    if kinds <= COUNTABLE:
        return
    same = len(kinds) == 1 and kinds <= FILLABLE
    if same and kinds <= LEVELLED - {Kind.TEXT}:
        same = column.dtype == other.dtype
    if same and kinds == {Kind.DATETIME}:
        same = (zone_of(column) is None) == (zone_of(other) is None)
    if not same:
        raise ValueError(f"{column.name!r} ({column.dtype}) cannot be compared with {other.name!r} ({other.dtype}).")


def apply_rules(
    completed: pd.DataFrame, rules: Sequence[Mapping[str, Any]], mask: pd.DataFrame, record: Record
) -> None:
    """Change filled cells of `completed` that break a rule, one rule after the other, and count them.

    Parameters
    ----------
    completed : pandas.DataFrame
        Changed in place, but none of its arrays.
    rules : sequence of mapping
    mask : pandas.DataFrame of bool
        Which cells were filled: no others are changed.
    record : Record
    """
    names = set(completed.columns)
    for number, given in enumerate(rules):
        rule = read_rule(given, names)
        position = position_of(completed, rule.column)
        filled = mask.iloc[:, position].to_numpy(dtype=bool)
        wrong = _breaks(completed, rule)
        told = f"'{rule.column}' %s rule {number + 1} ({rule})"
        if (wrong & filled).any():
            completed.isetitem(position, _mended(completed, rule, np.flatnonzero(wrong & filled)))
        record.count(rule.column, "ruled", int((wrong & filled).sum()), f"filled cells of {told % 'were changed by'}.")
        still = _breaks(completed, rule)
        known = int((still & ~filled).sum())
        record.count(rule.column, "left", known, f"known cells of {told % 'break'}; they are never changed.")
        stuck = int((still & filled).sum())
        record.count(
            rule.column, "left", stuck, f"filled cells of {told % 'still break'}: its type holds no such value."
        )


def _breaks(frame: pd.DataFrame, rule: Rule) -> Bools:
    """Rows in which the rule holds for the row, both cells are there, and its demand is not met."""
    column = frame[rule.column].reset_index(drop=True)
    concerned = column.notna().to_numpy(dtype=bool)
    if rule.when is not None:
        concerned = concerned & _meets(frame[rule.when.column], rule.when)
    goal: Any = scalar_of(rule.value, column, kind_of(column)) if rule.other is None else None
    if rule.other is not None:
        goal = frame[rule.other].reset_index(drop=True)
        concerned = concerned & goal.notna().to_numpy(dtype=bool)
        goal = goal[concerned]
    broken = np.zeros(len(frame), dtype=bool)
    broken[concerned] = _compared(column[concerned], goal, BREAKS[rule.demand])
    return broken


def _compared(column: pd.Series, goal: Any, comparison: str) -> Bools:  # noqa: ANN401 - a Series or one value
    if kind_of(column) in LEVELLED:  # levels of two columns are equal when they look the same
        column, goal = column.astype(object), goal.astype(object) if isinstance(goal, pd.Series) else goal
    return np.asarray(getattr(column, comparison)(goal).to_numpy(dtype=bool))


def _mended(frame: pd.DataFrame, rule: Rule, rows: Any) -> Any:  # noqa: ANN401 - positions; a Series
    column = frame[rule.column]
    kind = kind_of(column)
    if rule.other is None:
        cells = _cell(rule.value, column, kind, rule.demand)
    else:
        cells = _cells(frame[rule.other].iloc[rows], column, kind, rule.demand)
    return pd.Series(write(column, rows, cells), index=column.index, dtype=column.dtype, copy=False)


def _cells(goal: pd.Series, column: pd.Series, kind: Kind, demand: str) -> Any:  # noqa: ANN401 - an array
    """Cells of another column as cells of `column`, as near as its type allows on the demanded side."""
    if goal.dtype == column.dtype:
        return goal.array
    if kind not in COUNTABLE:
        return goal.astype(column.dtype).array
    codec = learn_codec(column, kind)
    return codec.decode(_whole(codec.encode(goal), kind, demand), column)


def _cell(value: Any, column: pd.Series, kind: Kind, demand: str) -> Any:  # noqa: ANN401 - a cell of the column
    scalar = scalar_of(value, column, kind)
    if kind in LEVELLED:
        if isinstance(column.dtype, pd.CategoricalDtype) and value not in column.cat.categories:
            raise ValueError(f"{value!r} is no level of {column.name!r}.")
        return scalar
    if kind not in COUNTABLE:
        return pd.Series([scalar]).astype(column.dtype).array[0]
    if kind is Kind.INTEGER and demand == "equals" and scalar != int(scalar):
        raise ValueError(f"{value!r} is no whole number, as {column.name!r} holds.")
    codec = learn_codec(column.iloc[:0], kind)
    return codec.decode(_whole(np.array([float(scalar)]), kind, demand), column)[0]


def _whole(numbers: Any, kind: Kind, demand: str) -> Any:  # noqa: ANN401 - an array
    """Numbers rounded to the demanded side where the column holds whole numbers."""
    if kind is not Kind.INTEGER:
        return numbers
    return {"at_least": np.ceil, "at_most": np.floor, "equals": np.rint}[demand](numbers)


def _meets(column: pd.Series, when: Condition) -> Bools:
    """Rows in which a condition is met; a missing cell meets none."""
    kind = kind_of(column)
    if when.test != "is" and kind not in NUMERIC:
        raise ValueError(f"when: {when.column!r} holds no numbers or dates to compare.")
    several = when.value if isinstance(when.value, (list, tuple)) else [when.value]
    known = column.notna().to_numpy(dtype=bool)
    met = np.zeros(len(column), dtype=bool)
    comparison = {"is": "eq", "at_least": "ge", "at_most": "le"}[when.test]
    for value in several:
        met[known] |= _compared(column[known], scalar_of(value, column, kind), comparison)
    return met
