"""Rules between filled cells and others, as a JSON body can carry them: what a rule looks like, and what is no rule.

A rule changes one column: ``{"column": "end", "at_least": "start"}``. Its limit is a value, or a column, named
as such (``{"column": "start"}``) or, for `at_least` and `at_most`, by its bare name. It may hold for some rows only:
``{"column": "pregnancies", "equals": 0, "when": {"column": "sex", "is": "male"}}``.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

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
        """As a person would say it."""
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
        """As a person would say it."""
        goal = self.other if self.other is not None else self.value
        told = f"{self.column} {self.demand.replace('_', ' ')} {goal}"
        return told if self.when is None else f"{told} when {self.when}"


def read_rule(rule: Mapping[str, Any], columns: Collection[str]) -> Rule:
    """A rule in which `rule_faults` finds none."""
    demand = next(name for name in DEMANDS if name in rule)
    goal = rule[demand]
    other = goal["column"] if isinstance(goal, Mapping) else goal if _is_bare_name(demand, goal, columns) else None
    value = goal if other is None else None
    when = rule.get("when")
    test = next((name for name in TESTS if when and name in when), "")
    return Rule(rule["column"], demand, value, other, Condition(when["column"], test, when[test]) if when else None)


def rule_faults(rules: object, columns: Collection[str] | None = None) -> list[Fault]:
    """What is wrong with rules by their form alone.

    Parameters
    ----------
    rules : object
        As a caller or a JSON body gave them.
    columns : collection of str, optional
        The columns there are; names are not checked without.

    Returns
    -------
    list of (str, str)
        JSON pointer and message; empty when all is well.
    """
    if not isinstance(rules, (list, tuple)):
        return [("", f"must be a list of rules, not {rules!r}")]
    return [
        (f"/{number}{pointer}", told)
        for number, rule in enumerate(rules)
        for pointer, told in _faults_of_one(rule, columns)
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
        yield from ((f"/when{pointer}", told) for pointer, told in _condition_faults(when, columns))


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
    """A column that is there, exactly one of `words`, and nothing that is not known."""
    unknown = [name for name in given if name not in {"column", *words, *besides}]
    if unknown:
        yield f"/{unknown[0]}", f"unknown word; a rule is made of column, {', '.join((*words, *besides))}"
    yield from _column_faults(given.get("column"), "/column", columns)
    found = [word for word in words if word in given]
    if len(found) != 1:
        yield "", f"needs exactly one of {', '.join(words)}, not {' and '.join(found) or 'none'}"


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
    return isinstance(value, (str, int, float)) and value == value  # noqa: PLR0124 - NaN is no value
