"""Which columns may predict which: a method that reads other columns is run once for each set of them.

So every method keeps to the predictors of a column exactly, whatever it makes of its table.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from wrangler.impute.context import Unlearnt, Work, filled_in_time, learnt_in_time
from wrangler.impute.encoding import Fill, Table, known_columns
from wrangler.impute.errors import UnsuitableTable
from wrangler.impute.events import Record

REST = "*"


@dataclass(frozen=True)
class Part:
    """Targets that are filled together, from these columns, their own included."""

    targets: tuple[str, ...]
    columns: tuple[str, ...]


@dataclass(frozen=True)
class LearntParts:
    """What a method learnt for each part."""

    parts: tuple[Part, ...]
    learnt: tuple[Any, ...]


def as_mapping(predictors: Any) -> dict[str, Sequence[str]]:  # noqa: ANN401 - a list, a mapping or None
    """Predictors by column; those of a bare list are for all columns, under "*"."""
    if predictors is None:
        return {}
    return dict(predictors) if isinstance(predictors, Mapping) else {REST: predictors}


def check_predictors(frame: pd.DataFrame, predictors: Any, exclude: Sequence[str]) -> None:  # noqa: ANN401 - unchecked
    """Refuse predictors that are no lists of columns or are excluded.

    Raises
    ------
    UnsuitableTable
        Naming the column and what is wrong.
    """
    given = as_mapping(predictors)
    known_columns(frame, [name for name in given if name != REST], "predictors")
    for name, columns in given.items():
        if isinstance(columns, str) or not isinstance(columns, Sequence):
            raise UnsuitableTable(f"predictors: give a list of column names for {name!r}, not {columns!r}.")
        known_columns(frame, columns, f"predictors of {name!r}")
        out = [column for column in columns if column in exclude]
        if out:
            raise UnsuitableTable(f"predictors of {name!r}: {out[0]!r} is excluded, so it is not read.")


def make_parts(predictors: Any, targets: Sequence[str], readable: Sequence[str], record: Record) -> tuple[Part, ...]:  # noqa: ANN401 - a list, a mapping or None
    """Targets by the set of columns that they are filled from; nothing when no predictors are given.

    Parameters
    ----------
    predictors : sequence, mapping or None
        As the imputer has them.
    targets : sequence of str
    readable : sequence of str
        Every column that can be read, in the order of the table.
    record : Record
        Told of predictors that cannot be read.

    Returns
    -------
    tuple of Part
    """
    given = as_mapping(predictors)
    if not given:
        return ()
    for name, columns in given.items():
        for lost in [column for column in columns if column not in readable]:
            told = f"'{lost}' cannot predict: its type or its many distinct texts cannot be read."
            record.tell(None if name == REST else name, "ignored", told)
    sets: dict[frozenset[str], list[str]] = {}
    for target in targets:
        own = given.get(target, given.get(REST, readable))
        sets.setdefault(frozenset([*own, target]), []).append(target)
    return tuple(Part(tuple(own), tuple(name for name in readable if name in names)) for names, own in sets.items())


def learn_parts(imputer: Any, table: Table, targets: Sequence[str], work: Work) -> Any:  # noqa: ANN401 - the method's own
    """What the method of `imputer` learns: once, or once for each part when predictors were given."""

    def learn(part: Part, own_work: Work) -> Any:  # noqa: ANN401 - the method's own
        own = [name for name in targets if name in part.targets]
        seen = table.only(part.columns)
        return learnt_in_time(lambda: imputer._learn(seen, own, own_work), imputer.method, own_work)  # noqa: SLF001

    parts = imputer.plan_.parts
    if not parts:
        return learnt_in_time(lambda: imputer._learn(table, targets, work), imputer.method, work)  # noqa: SLF001
    return LearntParts(parts, tuple(work.each(learn, parts)))


def fill_parts(imputer: Any, learnt: Any, table: Table, targets: Sequence[str], work: Work) -> dict[str, Fill]:  # noqa: ANN401
    """The answers of the method, of all parts together; none for what was not learnt or filled in time."""
    if isinstance(learnt, Unlearnt):
        return {}
    if not isinstance(learnt, LearntParts):
        return filled_in_time(lambda: imputer._fill(learnt, table, targets, work), imputer.method, work)  # noqa: SLF001

    def fill(number: int, own_work: Work) -> dict[str, Fill]:
        part, state = learnt.parts[number], learnt.learnt[number]
        own, seen = [name for name in targets if name in part.targets], table.only(part.columns)
        if not own or isinstance(state, Unlearnt):
            return {}
        return filled_in_time(lambda: imputer._fill(state, seen, own, own_work), imputer.method, own_work)  # noqa: SLF001

    fills: dict[str, Fill] = {}
    for found in work.each(fill, range(len(learnt.parts))):
        fills |= found
    return fills


def state_of(learnt: Any, name: str) -> Any:  # noqa: ANN401 - the method's own
    """What the method learnt of the part that a column belongs to."""
    if not isinstance(learnt, LearntParts):
        return learnt
    return next(state for part, state in zip(learnt.parts, learnt.learnt, strict=True) if name in part.targets)


def states_of(learnt: Any) -> tuple[Any, ...]:  # noqa: ANN401 - the method's own
    """What the method learnt, of every part, as far as there was time."""
    states = learnt.learnt if isinstance(learnt, LearntParts) else (learnt,)
    return tuple(state for state in states if not isinstance(state, Unlearnt))
