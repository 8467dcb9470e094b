"""The methods that race, and how each is run on a table: within groups where it must not cross them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from wrangler.impute.arrays import Bools, Floats, Rows
from wrangler.impute.base import Imputer
from wrangler.impute.context import Fitted, Work
from wrangler.impute.encoding import Column, Copied, Fill, Literal, Table
from wrangler.impute.methods import (
    BoostedImputer,
    ForestImputer,
    InterpolateImputer,
    KNNImputer,
    LinearImputer,
    MeanImputer,
    MedianImputer,
    ModeImputer,
    SeriesImputer,
)

BASELINES = frozenset({"mean", "mode"})
STANDBY = "linear"  # quick, and fitted for all columns at once
PLAIN = frozenset({"mean", "median", "mode"})
MOST_MIXED_LEVELS = 30
MOST_ROWS_OF_A_FOREST = 5_000
TREES_ON_TRIAL = 30
MOST_CELLS_OF_TREES = 50_000_000
TREES = ("boosted", "forest")


@dataclass(frozen=True)
class Candidate:
    """A method of the race.

    Attributes
    ----------
    imputer : Imputer
    order_by : str or None
        The order column, which methods for series must not fill.
    lighter : Imputer or None
        The same method with less effort, which races in its place.
    """

    imputer: Imputer
    order_by: str | None = None
    lighter: Imputer | None = None

    @property
    def name(self) -> str:
        """The name of the method."""
        return self.imputer.method

    def on_trial(self) -> Self:
        """The candidate as it races."""
        return replace(self, imputer=self.lighter or self.imputer)

    @property
    def most_rows(self) -> int | None:
        """The most rows that the method is fitted on; None when there is no limit."""
        return getattr(self.imputer, "most_rows", None) or getattr(self.imputer, "most_donors", None)

    def suits(self, column: Column) -> bool:
        """Whether the method can fill a column."""
        return column.kind in self.imputer.fills and not (self.imputer.reads_order and column.name == self.order_by)

    def fit(self, table: Table, targets: Sequence[str], work: Work) -> Fitted:
        """The fitted state of the method, or one for each group when it must not cross them."""
        if not self._stays_inside(table):
            return self.imputer._fit(table, targets, work)  # noqa: SLF001 - a method among methods
        parts = rows_of_groups(table).items()
        return {
            code: self.imputer._fit(table.take(rows), targets, work.turn(number, len(parts)))  # noqa: SLF001
            for number, (code, rows) in enumerate(parts)
        }

    def predictions(
        self,
        fitted: Fitted,
        table: Table,
        targets: Sequence[str],
        work: Work,
        mixed: frozenset[str] = frozenset(),
    ) -> dict[str, Floats]:
        """Predictions for the missing cells of each target: numbers or codes, or probabilities if it is in `mixed`."""
        if not self._stays_inside(table):
            return self._predictions(fitted, table, targets, work, mixed)
        whole = {
            name: np.full((table.rows, table.columns[name].levels) if name in mixed else table.rows, np.nan)
            for name in targets
        }
        parts = rows_of_groups(table).items()
        for number, (code, rows) in enumerate(parts):
            if code in fitted:
                part, turn = table.take(rows), work.turn(number, len(parts))
                for name, prediction in self._predictions(fitted[code], part, targets, turn, mixed).items():
                    whole[name][rows[part.columns[name].missing]] = prediction
        return {name: prediction[table.columns[name].missing] for name, prediction in whole.items()}

    def _stays_inside(self, table: Table) -> bool:
        return self.imputer.stays_in_group and table.groups is not None

    def _predictions(
        self,
        fitted: Fitted,
        table: Table,
        targets: Sequence[str],
        work: Work,
        mixed: frozenset[str],
    ) -> dict[str, Floats]:
        by_level = [name for name in targets if name in mixed]
        predictions = dict(self.imputer._level_probabilities(fitted, table, by_level, work)) if by_level else {}  # noqa: SLF001
        rest = [name for name in targets if name not in predictions]
        fills = self.imputer._fill(fitted, table, rest, work) if rest else {}  # noqa: SLF001
        for name, fill in fills.items():
            column = table.columns[name]
            values = values_of(fill, column)
            predictions[name] = one_hot(values, column.levels) if name in mixed else values
        return predictions


def rivals_of(rows: int, *, is_ordered: bool) -> dict[str, Imputer]:
    """The methods that race on a table of so many rows, cheapest first: of equal errors the first wins."""
    rivals: list[Imputer] = [MeanImputer(), ModeImputer(), MedianImputer()]
    rivals += [InterpolateImputer()] if is_ordered else []
    rivals += [LinearImputer(), KNNImputer()]
    rivals += [SeriesImputer()] if is_ordered else []
    rivals += [BoostedImputer()]
    rivals += [ForestImputer()] if rows <= MOST_ROWS_OF_A_FOREST else []
    return {imputer.method: imputer for imputer in rivals}


def candidates_of(table: Table, order_by: str | None) -> dict[str, Candidate]:
    """The methods that race on a table, as candidates."""
    rivals = rivals_of(table.rows, is_ordered=table.order is not None)
    lighter = {"forest": ForestImputer(trees=TREES_ON_TRIAL)}
    return {name: Candidate(imputer, order_by, lighter.get(name)) for name, imputer in rivals.items()}


def too_wide(table: Table, targets: Sequence[str], most_rows: int) -> dict[str, str]:
    """Candidates that are not started, as they read all columns again for each of many targets, and why."""
    columns, rows = len(table.columns), min(table.rows, most_rows)
    if len(targets) * columns * rows <= MOST_CELLS_OF_TREES:
        return {}
    return dict.fromkeys(TREES, f"trees for {len(targets)} columns, each from {columns}, take too long")


def rows_of_groups(table: Table) -> Mapping[int, Rows]:
    """Rows of each group by its number."""
    if table.groups is None:
        return {0: np.arange(table.rows)}
    order = np.argsort(table.groups, kind="stable")
    codes, starts = np.unique(table.groups[order], return_index=True)
    return dict(zip(codes.tolist(), np.split(order, starts[1:]), strict=True))


def is_mixed(column: Column) -> bool:
    """Whether a column is predicted by probabilities of its levels, so that predictions can be mixed."""
    return column.is_categorical and column.levels <= MOST_MIXED_LEVELS


def one_hot(codes: Floats, levels: int) -> Floats:
    """Probability 1 for each code and 0 for other levels, shape (cells, levels); NaN where there is no code."""
    probabilities = np.full((len(codes), levels), np.nan)
    known = ~np.isnan(codes)
    probabilities[known] = np.eye(levels)[codes[known].astype(np.intp)]
    return probabilities


def likeliest_codes(prediction: Floats) -> Floats:
    """Codes of the likeliest levels, of probabilities; other predictions unchanged."""
    if prediction.ndim == 1:
        return prediction
    return np.where(is_unpredicted(prediction), np.nan, np.nan_to_num(prediction).argmax(axis=1))


def is_unpredicted(prediction: Floats) -> Bools:
    """Which cells have no prediction."""
    return np.asarray(np.isnan(prediction) if prediction.ndim == 1 else np.isnan(prediction).any(axis=1))


def values_of(fill: Fill, column: Column) -> Floats:
    """Encoded values of a fill that may copy cells."""
    if isinstance(fill, Copied):
        return np.where(fill.rows >= 0, column.cells[np.maximum(fill.rows, 0)], np.nan)
    if isinstance(fill, Literal):
        return np.full(int(column.missing.sum()), np.nan)
    return fill
