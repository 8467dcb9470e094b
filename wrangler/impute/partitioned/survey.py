"""The first pass: a summary of each column, small enough to be joined over many partitions.

The extreme numbers of a column, and how often each level occurs, determine how it is encoded, as all cells would.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from wrangler.impute.arrays import Counts, Dtype
from wrangler.impute.encoding import CATEGORICAL, NUMERIC, Column, Kind, fit_stored, is_missing, kind_of
from wrangler.impute.partitioned.passes import aggregate, lazily, partitions

if TYPE_CHECKING:
    import dask.dataframe as dd


@dataclass(frozen=True)
class SurveyedFacts:
    """The facts of one column, counted in partitions.

    Attributes
    ----------
    dtype : dtype
    kinds : frozenset of Kind
        The kinds of its partitions, as far as they have cells that show one.
    rows, seen : int
        Cells, and those that are not missing.
    extremes : pandas.Series
        Its smallest and largest number, and the finest decimal and an infinite number if there are any.
    tally : pandas.Series
        How often each level occurs, by level.
    most_levels : int
        Distinct texts are counted until there are more.
    """

    dtype: Dtype
    kinds: frozenset[Kind]
    rows: int
    seen: int
    extremes: pd.Series
    tally: pd.Series
    most_levels: int

    @property
    def kind(self) -> Kind:
        """How the column is read: as in all partitions, and whole numbers among real ones as real."""
        return _common(self.kinds, self.extremes)

    @property
    def is_incomplete(self) -> bool:
        """Whether any cell is missing."""
        return self.seen < self.rows

    @property
    def distinct(self) -> int:
        """How many levels were counted."""
        return len(self.tally)

    @property
    def is_cut(self) -> bool:
        """Whether there were too many levels to count them all."""
        return self.kind is Kind.TEXT and len(self.tally) > self.most_levels

    def column(self, name: str) -> "Tallied":
        """A column of few cells, with the codec and the counts of the whole one."""
        kind = self.kind
        cells = pd.Series(self.tally.index, dtype=self.dtype) if kind is Kind.TEXT else self.extremes
        codec, stored = fit_stored(cells, kind)
        counts = np.zeros(0, dtype=np.intp)
        if codec.levels is not None:
            counts = self.tally.reindex(codec.levels.astype(object), fill_value=0).to_numpy(dtype=np.intp)
        return Tallied(name, codec, stored, is_missing(cells), counts)


@dataclass(frozen=True)
class Tallied(Column):
    """A column that stands for a longer one, whose levels were counted."""

    tally: Counts

    @cached_property
    def counts(self) -> Counts:
        """How often each level occurs in the longer one."""
        return self.tally


@dataclass(frozen=True)
class Survey:
    """The facts of a table in partitions.

    Attributes
    ----------
    lengths : tuple of int
        Rows of each partition.
    facts : mapping of str to SurveyedFacts
    specimen : pandas.DataFrame
        Some rows, among which every object column has an observed cell, if it has any.
    """

    lengths: tuple[int, ...]
    facts: Mapping[str, SurveyedFacts]
    specimen: pd.DataFrame

    @property
    def rows(self) -> int:
        """Rows of the table."""
        return sum(self.lengths)

    @property
    def starts(self) -> tuple[int, ...]:
        """The first row of each partition."""
        return tuple(np.cumsum([0, *self.lengths[:-1]]).tolist())


def survey_of(frame: "dd.DataFrame", most_levels: int) -> Survey:
    """Summarise a table in one pass over its partitions.

    Parameters
    ----------
    frame : dask DataFrame
    most_levels : int
        Distinct texts are counted until there are more.

    Returns
    -------
    Survey
    """
    summarise = lazily(survey_part)
    return aggregate([summarise(part, most_levels) for part in partitions(frame)], joined)


def survey_part(part: pd.DataFrame, most_levels: int) -> Survey:
    """The survey of one partition."""
    facts = {name: _facts_of(part[name], most_levels) for name in part.columns}
    shown = {0} if len(part) else set()
    for name in objects_of(part):
        if part[name].notna().any():
            shown.add(int(part[name].notna().to_numpy().argmax()))
    return Survey((len(part),), facts, part.iloc[sorted(shown)].reset_index(drop=True))


def objects_of(frame: pd.DataFrame) -> list[str]:
    """Columns of objects, whose dtype does not show their kind."""
    return [name for name in frame.columns if pd.api.types.is_object_dtype(frame[name].dtype)]


def joined(surveys: list[Survey]) -> Survey:
    """One survey of several consecutive partitions."""
    lengths = tuple(rows for survey in surveys for rows in survey.lengths)
    names = surveys[0].facts
    facts = {name: _joined_facts([survey.facts[name] for survey in surveys]) for name in names}
    return Survey(lengths, facts, _joined_specimens([survey.specimen for survey in surveys]))


def _joined_specimens(specimens: list[pd.DataFrame]) -> pd.DataFrame:
    specimen = specimens[0]
    objects = objects_of(specimen)
    for other in specimens[1:]:
        is_wanted = not len(specimen) or not specimen[objects].notna().any().all()
        if is_wanted and len(other):
            specimen = pd.concat([specimen, other], ignore_index=True) if len(specimen) else other
    return specimen


def _facts_of(column: pd.Series, most_levels: int) -> SurveyedFacts:
    kind, seen = kind_of(column), int(column.notna().sum())
    kinds = frozenset([kind]) if seen or not pd.api.types.is_object_dtype(column.dtype) else frozenset[Kind]()
    tally = _tally(column, kind)
    if kind is Kind.TEXT:
        tally = tally.iloc[: most_levels + 1]
    return SurveyedFacts(column.dtype, kinds, len(column), seen, _extremes(column, kind), tally, most_levels)


def _joined_facts(facts: list[SurveyedFacts]) -> SurveyedFacts:
    kinds = frozenset[Kind]().union(*(each.kinds for each in facts))
    extremes = _stacked([each.extremes for each in facts])
    kind = _common(kinds, extremes)
    tally = _stacked([each.tally for each in facts]).groupby(level=0, sort=False).sum()
    return replace(
        facts[0],
        kinds=kinds,
        rows=sum(each.rows for each in facts),
        seen=sum(each.seen for each in facts),
        extremes=_extremes(extremes, kind),
        tally=tally.iloc[: facts[0].most_levels + 1] if kind is Kind.TEXT else tally,
    )


def _stacked(parts: list[pd.Series]) -> pd.Series:
    nonempty = [part for part in parts if len(part)]
    return pd.concat(nonempty) if len(nonempty) > 1 else [*nonempty, parts[0]][0]


def _common(kinds: frozenset[Kind], cells: pd.Series) -> Kind:
    if not kinds:
        return kind_of(cells.iloc[:0])
    if kinds == {Kind.NUMBER, Kind.INTEGER}:
        return Kind.NUMBER
    return next(iter(kinds)) if len(kinds) == 1 else Kind.UNSUPPORTED


def _extremes(column: pd.Series, kind: Kind) -> pd.Series:
    """Cells of the column that have the range of all of it."""
    places: list[int] = []
    if kind in NUMERIC and len(column):
        stored = fit_stored(column, kind)[1]
        numbers = stored.read()
        if not np.isnan(numbers).all():
            places += [int(np.nanargmin(numbers)), int(np.nanargmax(numbers))]
        if stored.holds_infinite:
            places.append(int(np.isinf(stored.array).argmax()))
        if kind is Kind.DECIMAL:
            places += _finest_place(column)
    return column.iloc[places].reset_index(drop=True)


def _finest_place(column: pd.Series) -> list[int]:
    """The position of the decimal with the most digits after the point."""
    known = [place for place, cell in enumerate(column) if not pd.isna(cell) and cell.is_finite()]
    return [min(known, key=lambda place: column.iloc[place].as_tuple().exponent)] if known else []


def _tally(column: pd.Series, kind: Kind) -> pd.Series:
    if kind not in CATEGORICAL:
        return pd.Series([], index=pd.Index([], dtype=object), dtype=np.int64)
    counts = column.value_counts(sort=False)
    return pd.Series(counts.to_numpy(dtype=np.int64), index=pd.Index(counts.index, dtype=object))
