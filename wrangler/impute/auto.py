"""The method of each column chosen by a race on held-out cells.

Source: model selection by held-out error, as in Jarrett et al., HyperImpute, ICML 2022, without its search: a few fast
candidates, raced per column; the column's mean or mode is always among them, so that no choice is worse on the cells
that decided.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import pandas as pd
from sklearn.utils.validation import check_is_fitted

from wrangler.impute.base import Imputer
from wrangler.impute.filling import Fill
from wrangler.impute.interpolate import InterpolateImputer
from wrangler.impute.knn import KNNImputer
from wrangler.impute.linear import LinearImputer, sample_rows
from wrangler.impute.mean import MeanImputer
from wrangler.impute.median import MedianImputer
from wrangler.impute.mode import ModeImputer
from wrangler.impute.options import Option
from wrangler.impute.racing import Race, run_race
from wrangler.impute.record import Fate
from wrangler.impute.registry import method
from wrangler.impute.scoring import summarise
from wrangler.impute.table import Column, Table
from wrangler.impute.work import Work


@dataclass(frozen=True)
class Choices:
    """Outcome of a race, and what the winners learnt.

    Attributes
    ----------
    winners : mapping of column to candidate
    fates : mapping of column to Fate
        Reason and evidence.
    learnt : mapping of candidate to what it learnt
    errors : mapping of column to mapping of candidate to error
    """

    winners: Mapping[str, str]
    fates: Mapping[str, Fate]
    learnt: Mapping[str, Any]
    errors: Mapping[str, Mapping[str, float]]


@method(
    "auto",
    "Automatic",
    "Races the methods on cells that are hidden from them and takes the best for each column, with the evidence.",
    rank=0,
)
@dataclass(kw_only=True, eq=False, repr=False)
class AutoImputer(Imputer):
    """Fill each column by the method that errs least on held-out cells of it.

    Parameters
    ----------
    share : float
        Share of the known cells that each heat of the race hides.
    race_rows : int
        The race is run on at most this many rows, chosen at random. Other parameters as in `Imputer`.

    Attributes
    ----------
    race_ : DataFrame
        Error of every candidate on every raced column, in the units of `per_column_`.
    """

    share: Annotated[float, Option("Share of known cells hidden in each heat.", minimum=0.01, maximum=0.5)] = 0.2
    race_rows: Annotated[int, Option("Most rows to race on.", minimum=50)] = 5_000

    reads_other_columns: ClassVar[bool] = True
    reads_order: ClassVar[bool] = True
    smallest_group: ClassVar[int] = 100

    @property
    def race_(self) -> pd.DataFrame:
        """Held-out error of every candidate (columns) on every raced column (rows)."""
        check_is_fitted(self, "plan_")
        return pd.DataFrame.from_dict(self.learnt_.errors, orient="index").rename_axis("column")

    def _learn(self, table: Table, targets: Sequence[str], work: Work) -> Choices:
        holed = [name for name in targets if table.columns[name].missing.any()]
        candidates = self._candidates(table)
        rows = sample_rows(table, self.race_rows, work)
        race = run_race(table if rows is None else table.take(rows), holed, candidates, self.share, work)
        winners, fates, errors = {}, {}, {}
        for name in targets:
            column = table.columns[name]
            errors[name] = {c: summarise(losses, column.kind) for c, losses in race.of(name).items()}
            winners[name], fates[name] = self._choose(column, race)
        learnt = {}
        for candidate in dict.fromkeys(winners.values()):
            own = [name for name, winner in winners.items() if winner == candidate]
            work.step(1.0, f"learning {candidate}")
            learnt[candidate] = candidates[candidate]._learn(table, own, work)  # noqa: SLF001
        raced = {
            n: {c: e[0] * _unit(table.columns[n]) for c, e in found.items()} for n, found in errors.items() if found
        }
        return Choices(winners, fates, learnt, raced)

    def _fill(self, learnt: Any, table: Table, targets: Sequence[str], work: Work) -> Mapping[str, Fill]:  # noqa: ANN401
        candidates = self._candidates(table)
        fills: dict[str, Fill] = {}
        for candidate, state in learnt.learnt.items():
            own = [name for name in targets if learnt.winners[name] == candidate]
            if own:
                fills |= candidates[candidate]._fill(state, table, own, work)  # noqa: SLF001
        return fills

    def _fate(self, learnt: Choices, name: str) -> Fate:
        return learnt.fates[name]

    @staticmethod
    def _candidates(table: Table) -> dict[str, Imputer]:
        """Simplest first: of equals the first wins."""
        made: list[Imputer] = [MeanImputer(), ModeImputer(), MedianImputer()]
        if table.order is not None:
            made.append(InterpolateImputer())
        made += [LinearImputer(), KNNImputer()]
        return {candidate.method: candidate for candidate in made}

    def _choose(self, column: Column, race: Race) -> tuple[str, Fate]:
        baseline = "mode" if column.is_levelled else "mean"
        losses = race.of(column.name)
        if baseline not in losses:
            winner = "linear" if len(column.known) >= len(column.cells) else baseline
            return winner, Fate(winner, 0, "too little is known of the column for a race")
        found = {name: summarise(part, column.kind) for name, part in losses.items()}
        winner = min(found, key=lambda name: found[name][0])
        unit = _unit(column)
        evidence = {
            "error": found[winner][0] * unit,
            "standard_error": found[winner][1] * unit,
            "baseline_method": baseline,
            "baseline_error": found[baseline][0] * unit,
            "ratio": found[winner][0] / found[baseline][0] if found[baseline][0] else 1.0,
            "cells": len(losses[winner]),
        }
        return winner, Fate(winner, 0, self._reason(winner, baseline, found), evidence)

    @staticmethod
    def _reason(winner: str, baseline: str, found: Mapping[str, tuple[float, float]]) -> str:
        others = ", ".join(name for name in found if name != winner)
        if winner == baseline:
            return f"no other method ({others}) erred less than the {baseline} on held-out cells"
        return f"least error on held-out cells among {len(found)} methods; tried besides: {others}"


def _unit(column: Column) -> float:
    return 1.0 if column.is_levelled else column.codec.scale
