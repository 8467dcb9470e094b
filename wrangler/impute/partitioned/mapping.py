"""Filling a dask DataFrame: each partition by itself, when it is computed; events are collected when asked for."""

import copy
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import dask.dataframe as dd
import numpy as np
import pandas as pd
from dask.delayed import Delayed, delayed

from wrangler.impute.events import ColumnOutcome, Event, Record
from wrangler.impute.partitioned.fitting import check_partitions
from wrangler.impute.partitioned.passes import aggregate, lazily, partitions
from wrangler.impute.pipeline import SUFFIX, admit, check_alike

if TYPE_CHECKING:
    from wrangler.impute.base import Imputer


@dataclass(frozen=True)
class Filled:
    """One partition, filled.

    Attributes
    ----------
    completed : pandas.DataFrame
    mask : pandas.DataFrame of bool
    record : Record
        Without marks, which are in `mask`.
    """

    completed: pd.DataFrame
    mask: pd.DataFrame
    record: Record


@dataclass
class PartitionedRecord(Record):
    """The record of `fit`, and of filling partitions, which it computes when it is asked for events or outcomes.

    Attributes
    ----------
    parts : list of Delayed
        The partitions to be filled; those of the latest `transform`.
    lazy_mask : dask DataFrame
        Which cells are filled.
    """

    parts: list[Delayed] = field(default_factory=list)
    lazy_mask: dd.DataFrame | None = None

    @property
    def mask(self) -> Any:  # noqa: ANN401 - a dask DataFrame here, in memory a pandas one
        """Which cells the latest `transform` fills, not yet computed."""
        return super().mask if self.lazy_mask is None else self.lazy_mask

    @property
    def events(self) -> list[Event]:
        """What happened, fitting first; this fills all partitions."""
        self._collect()
        return super().events

    def table_of_outcomes(self) -> pd.DataFrame:
        """One row for each column, as in memory; this fills all partitions."""
        self._collect()
        return super().table_of_outcomes()

    def start_filling(self, frame: pd.DataFrame) -> None:
        """Forget the partitions, as a table in memory is filled next."""
        self.parts, self.lazy_mask = [], None
        super().start_filling(frame)

    def finalize_parts(self, record: Record) -> None:
        """Take over the events and outcomes of the filled partitions."""
        self.filling, self.outcomes, self.parts = record.filling, record.outcomes, []

    def _collect(self) -> None:
        if self.parts:
            record_of = lazily(_record_of)
            self.finalize_parts(aggregate([record_of(part) for part in self.parts], joined_records))


def fill_partitions(imputer: "Imputer", frame: dd.DataFrame, draw: int) -> dd.DataFrame:
    """`frame` filled, not yet computed; the imputer's record becomes a `PartitionedRecord`.

    Parameters
    ----------
    imputer : Imputer
        Fitted, on partitions or in memory.
    frame : dask DataFrame
    draw : int
        Which of several completed tables is made.

    Returns
    -------
    dask DataFrame
        Of the same columns, dtypes and divisions, and with the indicators if there are any.
    """
    check_partitions(imputer, frame)
    blank = admit(imputer, frame._meta, fitting=False)  # noqa: SLF001 - dask's own name for a frame without rows
    check_alike(
        blank,
        imputer.plan_.specimen,
        {name: kind for name, kind in imputer.plan_.selection.kinds.items() if blank[name].dtype != object},
    )
    parts = delayed_parts(imputer, frame, draw)
    indicators = {name + SUFFIX: pd.Series([], dtype=bool) for name in imputer.plan_.indicated}
    meta = pd.concat([blank, pd.DataFrame(indicators, index=blank.index)], axis=1) if indicators else blank
    mask = pd.DataFrame({name: pd.Series([], dtype=bool) for name in blank.columns}, index=blank.index)
    record = imputer.record_
    imputer.record_ = PartitionedRecord(
        fitting=record.fitting,
        changes=record.changes,
        is_filling=True,
        parts=parts,
        lazy_mask=_from_parts([part.mask for part in parts], mask, frame.divisions),
    )
    return _from_parts([part.completed for part in parts], meta, frame.divisions)


def delayed_parts(imputer: "Imputer", frame: dd.DataFrame, draw: int = 0) -> list[Delayed]:
    """Each partition as a `Filled`, not yet computed."""
    fill = lazily(filled)
    sent = delayed(_without_callback(imputer), traverse=False)
    return [fill(sent, part, number, draw) for number, part in enumerate(partitions(frame))]


def filled(imputer: "Imputer", part: pd.DataFrame, number: int, draw: int) -> Filled:
    """Fill one partition with random numbers of its own; those of the first are the ones of a table in memory."""
    twin = _for_partition(imputer, number)
    completed = twin._completed(part, draw)  # noqa: SLF001 - the library's own
    return Filled(completed, twin.mask_, Record(filling=twin.record_.filling, outcomes=twin.record_.outcomes))


def joined_records(records: list[Record]) -> Record:
    """The record of several partitions: cells are added up, and a method is named if it filled any."""
    joined = Record(is_filling=True)
    for record in records:
        before = dict(joined.outcomes)
        joined.join(record)
        for name, outcome in record.outcomes.items():
            joined.outcomes[name] = _joined_outcome(before[name], outcome) if name in before else outcome
    return joined


def _joined_outcome(first: ColumnOutcome, second: ColumnOutcome) -> ColumnOutcome:
    outcome = first if first.filled else second
    return replace(outcome, filled=first.filled + second.filled)


def _record_of(part: Filled) -> Record:
    return part.record


def _without_callback(imputer: "Imputer") -> "Imputer":
    """The imputer as it is sent to workers: without its callback, and without the record of earlier tables."""
    twin = copy.copy(imputer)
    twin.progress = None
    twin.record_ = Record(fitting=imputer.record_.fitting)
    twin.overrides_ = {name: _without_callback(override) for name, override in imputer.overrides_.items()}
    return twin


def _for_partition(imputer: "Imputer", number: int) -> "Imputer":
    twin = copy.copy(imputer)
    twin.record_ = Record(fitting=imputer.record_.fitting, is_filling=True)
    if number:
        twin.seed_ = int(np.random.SeedSequence([imputer.seed_, number]).generate_state(1)[0])
    twin.overrides_ = {name: _for_partition(override, number) for name, override in imputer.overrides_.items()}
    return twin


def _from_parts(parts: list[Delayed], meta: pd.DataFrame, divisions: tuple[object, ...]) -> dd.DataFrame:
    frame: dd.DataFrame = dd.from_delayed(parts, meta=meta, divisions=divisions)
    return frame
