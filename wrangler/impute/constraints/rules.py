"""Rules that filled cells must satisfy, by a value or by another column: their form, their check, their application.

A rule changes one column: ``{"column": "end", "at_least": "start"}``. Its limit is a value or a column, which is
given as ``{"column": "start"}`` or, for `at_least` and `at_most`, by its bare name. It may apply to some rows only:
``{"column": "pregnancies", "equals": 0, "when": {"column": "sex", "is": "male"}}``.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from wrangler.impute.arrays import Bools, Cells, Floats, Rows
from wrangler.impute.constraints.bounds import COUNTABLE, scalar_of
from wrangler.impute.encoding import (
    CATEGORICAL,
    FILLABLE,
    NUMERIC,
    Kind,
    fit_codec,
    kind_of,
    position_of,
    write,
    zone_of,
)
from wrangler.impute.errors import UnsuitableTable
from wrangler.impute.events import Record

BREAKS = {"at_least": "lt", "at_most": "gt", "equals": "ne"}

DEMANDS = ("at_least", "at_most", "equals")
TESTS = ("is", "at_least", "at_most")
Fault = tuple[str, str]


@dataclass(frozen=True)
class Condition:
    """Which rows a rule is for: those where `column` passes `test`, one of `TESTS`, against `value`."""

    column: str
    test: str
    value: Any

    def __str__(self) -> str:
        """In words, for messages."""
        return f"{self.column} {self.test.replace('_', ' ')} {self.value}"


@dataclass(frozen=True)
class Rule:
    """One rule.

    Attributes
    ----------
    column : str
        The column whose filled cells it changes.
    demand : str
        One of `DEMANDS`.
    value : object
        What is demanded; None when it is `other`.
    other : str or None
        The column whose cell in the same row is demanded.
    when : Condition or None
    """

    column: str
    demand: str
    value: Any = None
    other: str | None = None
    when: Condition | None = None

    def __str__(self) -> str:
        """In words, for messages."""
        goal = self.other if self.other is not None else self.value
        words = f"{self.column} {self.demand.replace('_', ' ')} {goal}"
        return words if self.when is None else f"{words} when {self.when}"


def read_rule(rule: Mapping[str, Any], columns: Collection[str]) -> Rule:
    """A rule as a caller gave it, in which `rule_faults` finds no fault."""
    demand = next(name for name in DEMANDS if name in rule)
    goal = rule[demand]
    other = goal["column"] if isinstance(goal, Mapping) else goal if _is_bare_name(demand, goal, columns) else None
    value = goal if other is None else None
    when = rule.get("when")
    test = next((name for name in TESTS if when and name in when), "")
    return Rule(rule["column"], demand, value, other, Condition(when["column"], test, when[test]) if when else None)


def rule_faults(rules: object, columns: Collection[str] | None = None) -> list[Fault]:
    """What is wrong with the form of rules.

    Parameters
    ----------
    rules : object
        As a caller or a JSON body gave them.
    columns : collection of str, optional
        The columns of the table; without them names are not checked.

    Returns
    -------
    list of (str, str)
        JSON pointer and message; empty when all is well.
    """
    if not isinstance(rules, (list, tuple)):
        return [("", f"must be a list of rules, not {rules!r}")]
    return [
        (f"/{number}{pointer}", fault)
        for number, rule in enumerate(rules)
        for pointer, fault in _faults_of_one(rule, columns)
    ]


def _faults_of_one(rule: object, columns: Collection[str] | None) -> Iterator[Fault]:
    if not isinstance(rule, Mapping):
        yield "", f"must be an object such as {{'column': 'end', 'at_least': 'start'}}, not {rule!r}"
        return
    yield from _form_faults(rule, DEMANDS, ("when",), columns)
    for demand in DEMANDS:
        if demand in rule:
            yield from _goal_faults(rule[demand], f"/{demand}", columns)
    when = rule.get("when")
    if when is not None and not isinstance(when, Mapping):
        yield "/when", f"must be an object such as {{'column': 'sex', 'is': 'male'}}, not {when!r}"
    elif when is not None:
        yield from ((f"/when{pointer}", fault) for pointer, fault in _condition_faults(when, columns))


def _condition_faults(when: Mapping[str, Any], columns: Collection[str] | None) -> Iterator[Fault]:
    yield from _form_faults(when, TESTS, (), columns)
    for test in TESTS:
        values = when.get(test, 0)
        several = test == "is" and isinstance(values, (list, tuple)) and len(values) > 0
        if not all(map(_is_plain, values if several else [values])):
            yield f"/{test}", f"must be text, a number or a truth value{', or a list of them' * (test == 'is')}"


def _form_faults(
    given: Mapping[str, Any], words: tuple[str, ...], besides: tuple[str, ...], columns: Collection[str] | None
) -> Iterator[Fault]:
    """Unless it has a column that exists, exactly one of `words`, and no unknown key."""
    unknown = [name for name in given if name not in {"column", *words, *besides}]
    if unknown:
        yield f"/{unknown[0]}", f"unknown key; a rule is made of column, {', '.join((*words, *besides))}"
    yield from _column_faults(given.get("column"), "/column", columns)
    present = [word for word in words if word in given]
    if len(present) != 1:
        yield "", f"needs exactly one of {', '.join(words)}, not {' and '.join(present) or 'none'}"


def _column_faults(name: object, pointer: str, columns: Collection[str] | None) -> Iterator[Fault]:
    if not isinstance(name, str):
        yield pointer, f"must be the name of a column, not {name!r}"
    elif columns is not None and name not in columns:
        yield pointer, f"there is no column {name!r}"


def _goal_faults(goal: object, pointer: str, columns: Collection[str] | None) -> Iterator[Fault]:
    if isinstance(goal, Mapping):
        if set(goal) != {"column"}:
            yield pointer, f"must be a value or {{'column': name}}, not {goal!r}"
        else:
            yield from _column_faults(goal["column"], f"{pointer}/column", columns)
    elif not _is_plain(goal):
        yield pointer, f"must be a value or {{'column': name}}, not {goal!r}"


def _is_bare_name(demand: str, goal: object, columns: Collection[str]) -> bool:
    return demand != "equals" and isinstance(goal, str) and goal in columns


def _is_plain(value: object) -> bool:
    return isinstance(value, (str, int, float)) and value == value  # noqa: PLR0124 - only NaN differs from itself


def check_rules(frame: pd.DataFrame, rules: Sequence[Mapping[str, Any]]) -> None:
    """Refuse rules that are malformed, name no column, or compare what cannot be compared.

    Raises
    ------
    UnsuitableTable
        Naming the rule by its position, and what is wrong with it.
    """
    names = set(frame.columns)
    for pointer, fault in rule_faults(rules, names):
        raise UnsuitableTable(f"rules{pointer}: {fault}.")
    for number, given in enumerate(rules):
        try:
            _check_types(frame, read_rule(given, names))
        except (TypeError, ValueError) as exc:
            raise UnsuitableTable(f"rules/{number}: {exc}") from exc


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
    if same and kinds <= CATEGORICAL - {Kind.TEXT}:
        same = column.dtype == other.dtype
    if same and kinds == {Kind.DATETIME}:
        same = (zone_of(column) is None) == (zone_of(other) is None)
        same = same and (column.dtype == object) == (other.dtype == object)
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
        sentence = f"'{rule.column}' %s rule {number + 1} ({rule})"
        if (wrong & filled).any():
            corrected: Any = _corrected(completed, rule, np.flatnonzero(wrong & filled))
            completed.isetitem(position, corrected)
        record.count(
            rule.column, "ruled", int((wrong & filled).sum()), f"filled cells of {sentence % 'were changed by'}."
        )
        still = _breaks(completed, rule)
        observed = int((still & ~filled).sum())
        record.count(rule.column, "left", observed, f"observed cells of {sentence % 'break'}; they are kept.")
        stuck = int((still & filled).sum())
        record.count(
            rule.column, "left", stuck, f"filled cells of {sentence % 'still break'}: its type holds no such value."
        )


def _breaks(frame: pd.DataFrame, rule: Rule) -> Bools:
    """Rows to which the rule applies, with no cell missing, and in which its demand is not met."""
    column = frame[rule.column].reset_index(drop=True)
    applies = column.notna().to_numpy(dtype=bool)
    if rule.when is not None:
        applies = applies & _meets(frame[rule.when.column], rule.when)
    goal: Any = scalar_of(rule.value, column, kind_of(column)) if rule.other is None else None
    if rule.other is not None:
        goal = frame[rule.other].reset_index(drop=True)
        applies = applies & goal.notna().to_numpy(dtype=bool)
        goal = goal[applies]
    broken = np.zeros(len(frame), dtype=bool)
    broken[applies] = _compared(column[applies], goal, BREAKS[rule.demand])
    return broken


def _compared(column: pd.Series, goal: object, comparison: str) -> Bools:
    if kind_of(column) in CATEGORICAL:  # levels of two columns are equal when their values are
        column, goal = column.astype(object), goal.astype(object) if isinstance(goal, pd.Series) else goal
    return np.asarray(getattr(column, comparison)(goal).to_numpy(dtype=bool))


def _corrected(frame: pd.DataFrame, rule: Rule, rows: Rows) -> pd.Series:
    column = frame[rule.column]
    kind = kind_of(column)
    if rule.other is None:
        cells = _cell(rule.value, column, kind, rule.demand)
    else:
        cells = _cells(frame[rule.other].iloc[rows], column, kind, rule.demand)
    return pd.Series(write(column, rows, cells), index=column.index, dtype=column.dtype, copy=False)


def _cells(goal: pd.Series, column: pd.Series, kind: Kind, demand: str) -> Cells:
    """Cells of another column as cells of `column`, the nearest that its type allows on the demanded side."""
    if kind not in COUNTABLE or goal.dtype == column.dtype:
        cells: Cells = goal.astype(column.dtype).array
        return cells
    codec = fit_codec(column, kind)
    return codec.decode(_whole(codec.encode(goal), kind, demand), column)


def _cell(value: object, column: pd.Series, kind: Kind, demand: str) -> object:
    scalar = scalar_of(value, column, kind)
    if kind in CATEGORICAL:
        if isinstance(column.dtype, pd.CategoricalDtype) and value not in column.cat.categories:
            raise ValueError(f"{value!r} is no level of {column.name!r}.")
        return scalar
    if kind not in COUNTABLE:
        return pd.Series([scalar]).astype(column.dtype).array[0]
    if kind is Kind.INTEGER and demand == "equals" and scalar != int(scalar):
        raise ValueError(f"{value!r} is no whole number, as {column.name!r} holds.")
    codec = fit_codec(column.iloc[:0], kind)
    return codec.decode(_whole(np.array([float(scalar)]), kind, demand), column)[0]


def _whole(numbers: Floats, kind: Kind, demand: str) -> Floats:
    """Numbers rounded in the demanded direction where the column holds whole numbers."""
    if kind is not Kind.INTEGER:
        return numbers
    return np.asarray({"at_least": np.ceil, "at_most": np.floor, "equals": np.rint}[demand](numbers))


def _meets(column: pd.Series, when: Condition) -> Bools:
    """Rows in which a condition is met; a missing cell never meets one."""
    kind = kind_of(column)
    if when.test != "is" and kind not in NUMERIC:
        raise ValueError(f"when: {when.column!r} holds no numbers or dates to compare.")
    values = when.value if isinstance(when.value, (list, tuple)) else [when.value]
    known = column.notna().to_numpy(dtype=bool)
    met = np.zeros(len(column), dtype=bool)
    comparison = {"is": "eq", "at_least": "ge", "at_most": "le"}[when.test]
    for value in values:
        met[known] |= _compared(column[known], scalar_of(value, column, kind), comparison)
    return met
