"""Before fitting: which columns are filled, by what, and which are refused, with the reason."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

import pandas as pd

from wrangler.impute.arrays import Dtype
from wrangler.impute.encoding import Kind, Table, kind_of
from wrangler.impute.events import Record
from wrangler.impute.pipeline.check_parameters import check_parameters
from wrangler.impute.pipeline.predictors import Part, as_mapping, make_parts

if TYPE_CHECKING:
    from wrangler.impute.base import Imputer

FEW_LEVELS = 12


@dataclass(frozen=True)
class Selection:
    """Which columns are filled and read, and as what kind.

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
    parts : tuple of Part
        Which targets are filled from which columns; empty when all are filled from all.
    """

    targets: tuple[str, ...]
    overridden: tuple[str, ...]
    refused: Mapping[str, str]
    kinds: Mapping[str, Kind]
    parts: tuple[Part, ...] = ()

    @property
    def all_named(self) -> tuple[str, ...]:
        """Every column that was to be filled, by whatever method, refused ones included."""
        return (*self.targets, *self.overridden, *self.refused)


class ColumnFacts(Protocol):
    """What planning needs to know of the cells of one column, in memory or in partitions."""

    @property
    def dtype(self) -> Dtype:
        """The type of the column."""

    @property
    def kind(self) -> Kind:
        """How the column is read."""

    @property
    def seen(self) -> int:
        """How many cells are not missing."""

    @property
    def is_incomplete(self) -> bool:
        """Whether any cell is missing."""

    @property
    def distinct(self) -> int:
        """How many distinct values a column of text has."""

    @property
    def is_cut(self) -> bool:
        """Whether distinct values were only counted until they were too many."""


@dataclass(frozen=True)
class FactsInMemory:
    """The facts of a column of a DataFrame, each counted when it is asked for."""

    column: pd.Series

    @property
    def dtype(self) -> Dtype:
        """The type of the column."""
        return self.column.dtype

    @cached_property
    def kind(self) -> Kind:
        """How the column is read."""
        return kind_of(self.column)

    @property
    def seen(self) -> int:
        """How many cells are not missing."""
        return int(self.column.notna().sum())

    @property
    def is_incomplete(self) -> bool:
        """Whether any cell is missing."""
        return bool(self.column.isna().any())

    @property
    def distinct(self) -> int:
        """How many distinct values there are."""
        return int(self.column.nunique())

    @property
    def is_cut(self) -> bool:
        """Never: all are counted."""
        return False


def reason_to_refuse(facts: ColumnFacts, max_levels: int) -> str | None:
    """Why a column cannot be filled by a method that chooses among levels or numbers; None when it can."""
    if facts.kind is Kind.UNSUPPORTED and facts.dtype == object:
        return "it holds objects of several types, or of one that cannot be imputed; convert them first"
    if facts.kind is Kind.UNSUPPORTED:
        return f"its type ({facts.dtype}) is not one that can be imputed"
    if facts.kind is not Kind.TEXT:
        return None
    distinct, seen = facts.distinct, facts.seen
    if distinct > max_levels or (distinct > FEW_LEVELS and distinct > seen / 2):
        at_least = "at least " if facts.is_cut else ""
        return (
            f"it is text with {at_least}{distinct:,} distinct values in {seen:,} cells (an identifier or free text); "
            "fill it by constant, ffill or bfill, or raise max_levels"
        )
    return None


def select_columns(
    frame: pd.DataFrame,
    imputer: "Imputer",
    record: Record,
    facts_of: Callable[[str], ColumnFacts] | None = None,
) -> Selection:
    """Decide what happens to each column of `frame`.

    Parameters
    ----------
    frame : pandas.DataFrame
    imputer : Imputer
        Its parameters are read, nothing is written.
    record : Record
        Receives an event for each refused or excluded column.
    facts_of : callable, optional
        The facts of a column, for a table of which `frame` is only a part.

    Returns
    -------
    Selection

    Raises
    ------
    ImputationError
        When a parameter does not suit the table.
    """
    check_parameters(frame, imputer)
    excluded, overridden = set(imputer.exclude), dict(imputer.per_column or {})
    wanted = list(imputer.columns if imputer.columns is not None else frame.columns)
    selected = [name for name in dict.fromkeys([*wanted, *overridden]) if name not in excluded]
    get_facts = facts_of or (lambda name: FactsInMemory(frame[name]))
    facts = {name: get_facts(name) for name in frame.columns if name not in excluded}
    kinds = {name: of_column.kind for name, of_column in facts.items()}
    reasons = {
        name: reason_to_refuse(facts[name], imputer.max_levels)
        for name in (kinds if imputer.reads_other_columns else selected)
    }
    by_method = [name for name in selected if name not in overridden]
    ready = [
        name
        for name in by_method
        if not reasons[name] or (imputer.copies_cells and kinds[name] is not Kind.UNSUPPORTED)
    ]
    refused = {name: str(reasons[name]) for name in by_method if name not in ready}
    for name in imputer.exclude:
        if get_facts(name).is_incomplete:
            record.add_event(name, "excluded", f"'{name}' is not filled: it is excluded.")
    for name, reason in refused.items():
        if facts[name].is_incomplete:
            record.add_event(name, "refused", f"'{name}' is not filled: {reason}.")
    read = _read_columns(imputer, ready, reasons)
    parts = make_parts(imputer.predictors, ready, read, record) if imputer.reads_other_columns else ()
    by_others = tuple(name for name in selected if name in overridden)
    return Selection(tuple(ready), by_others, refused, {name: kinds[name] for name in read}, parts)


def _read_columns(imputer: "Imputer", ready: Sequence[str], reasons: Mapping[str, str | None]) -> list[str]:
    read = list(ready)
    if imputer.reads_other_columns:
        read += [name for name, reason in reasons.items() if reason is None]
    if imputer.order_by is not None:
        read.append(imputer.order_by)
    return list(dict.fromkeys(read))


def report_ignored(table: Table, imputer: "Imputer", record: Record) -> None:
    """Record events for parameters without influence on the method, and for infinite cells."""
    if imputer.order_by is not None and not imputer.reads_order:
        record.add_event(None, "ignored", f"order_by has no influence on '{imputer.method}'.")
    if as_mapping(imputer.predictors) and not imputer.reads_other_columns:
        record.add_event(None, "ignored", f"predictors have no influence on '{imputer.method}'.")
    for name, column in table.columns.items():
        if column.stored.holds_infinite:
            record.add_event(name, "infinite", f"Infinite cells of '{name}' stay and are not fitted on.")
