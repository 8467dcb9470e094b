"""Which columns may predict which: a method that reads other columns is run once for each set of them.

So every method reads exactly the predictors of a column, however it uses its table.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import pandas as pd

from wrangler.impute.context import Fitted, Unfitted, Work, fill_in_time, fit_in_time
from wrangler.impute.encoding import Fill, Table, known_columns
from wrangler.impute.errors import UnsuitableTable
from wrangler.impute.events import Record

if TYPE_CHECKING:
    from wrangler.impute.base import Imputer

REST = "*"
Predictors: TypeAlias = Sequence[str] | Mapping[str, Sequence[str]] | None


@dataclass(frozen=True)
class Part:
    """Targets that are filled together, and the columns that they are filled from, themselves included."""

    targets: tuple[str, ...]
    columns: tuple[str, ...]


@dataclass(frozen=True)
class FittedParts:
    """The fitted state of a method for each part."""

    parts: tuple[Part, ...]
    fitted: tuple[Any, ...]


def as_mapping(predictors: Predictors) -> dict[str, Sequence[str]]:
    """Predictors by column; those of a bare list are for all columns, under "*"."""
    if predictors is None:
        return {}
    return dict(predictors) if isinstance(predictors, Mapping) else {REST: predictors}


def check_predictors(frame: pd.DataFrame, predictors: Predictors, exclude: Sequence[str]) -> None:
    """Refuse predictors that are not lists of columns, or are excluded.

    Raises
    ------
    UnsuitableTable
        Naming the column and what is wrong.
    """
    given: Mapping[str, object] = as_mapping(predictors)  # from JSON it may hold anything
    known_columns(frame, [name for name in given if name != REST], "predictors")
    for name, columns in given.items():
        if isinstance(columns, str) or not isinstance(columns, Sequence):
            raise UnsuitableTable(f"predictors: give a list of column names for {name!r}, not {columns!r}.")
        known_columns(frame, columns, f"predictors of {name!r}")
        out = [column for column in columns if column in exclude]
        if out:
            raise UnsuitableTable(f"predictors of {name!r}: {out[0]!r} is excluded, so it is not read.")


def make_parts(
    predictors: Predictors, targets: Sequence[str], readable: Sequence[str], record: Record
) -> tuple[Part, ...]:
    """Targets by the set of columns that they are filled from; nothing when no predictors are given.

    Parameters
    ----------
    predictors : sequence, mapping or None
        As the imputer has them.
    targets : sequence of str
    readable : sequence of str
        Every column that can be read, in the order of the table.
    record : Record
        Receives an event for each predictor that cannot be read.

    Returns
    -------
    tuple of Part
    """
    given = as_mapping(predictors)
    if not given:
        return ()
    for name, columns in given.items():
        for unreadable in [column for column in columns if column not in readable]:
            message = f"'{unreadable}' cannot predict: its type, or its many distinct texts, cannot be read."
            record.add_event(None if name == REST else name, "ignored", message)
    sets: dict[frozenset[str], list[str]] = {}
    for target in targets:
        predictors_of_target = given.get(target, given.get(REST, readable))
        sets.setdefault(frozenset([*predictors_of_target, target]), []).append(target)
    return tuple(
        Part(tuple(filled), tuple(name for name in readable if name in names)) for names, filled in sets.items()
    )


def fit_parts(imputer: "Imputer", table: Table, targets: Sequence[str], work: Work) -> Fitted:
    """The fitted state of the method of `imputer`: one, or one for each part when predictors were given."""

    def fit(part: Part, own_work: Work) -> Fitted:
        filled, read = [name for name in targets if name in part.targets], table.only(part.columns)
        return fit_in_time(lambda: imputer._fit(read, filled, own_work), imputer.method, own_work)  # noqa: SLF001

    parts = imputer.plan_.selection.parts
    if not parts:
        return fit_in_time(lambda: imputer._fit(table, targets, work), imputer.method, work)  # noqa: SLF001
    return FittedParts(parts, tuple(work.each(fit, parts)))


def fill_parts(imputer: "Imputer", fitted: Fitted, table: Table, targets: Sequence[str], work: Work) -> dict[str, Fill]:
    """The fills of the method, of all parts together; none for what was not fitted or filled in time."""
    if isinstance(fitted, Unfitted):
        return {}
    if not isinstance(fitted, FittedParts):
        return fill_in_time(lambda: imputer._fill(fitted, table, targets, work), imputer.method, work)  # noqa: SLF001

    def fill(number: int, own_work: Work) -> dict[str, Fill]:
        part, state = fitted.parts[number], fitted.fitted[number]
        filled, read = [name for name in targets if name in part.targets], table.only(part.columns)
        if not filled or isinstance(state, Unfitted):
            return {}
        return fill_in_time(lambda: imputer._fill(state, read, filled, own_work), imputer.method, own_work)  # noqa: SLF001

    fills: dict[str, Fill] = {}
    for fills_of_part in work.each(fill, range(len(fitted.parts))):
        fills |= fills_of_part
    return fills


def state_of(fitted: Fitted, name: str) -> Fitted:
    """The fitted state for the part that a column belongs to."""
    if not isinstance(fitted, FittedParts):
        return fitted
    return next(state for part, state in zip(fitted.parts, fitted.fitted, strict=True) if name in part.targets)


def states_of(fitted: Fitted) -> tuple[Any, ...]:
    """The fitted states of all parts, without those whose fitting the time budget stopped."""
    states = fitted.fitted if isinstance(fitted, FittedParts) else (fitted,)
    return tuple(state for state in states if not isinstance(state, Unfitted))
