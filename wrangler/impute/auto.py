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
from wrangler.impute.blending import blend_weights, blended, crossed_blend
from wrangler.impute.boosted import BoostedImputer
from wrangler.impute.codec import Floats
from wrangler.impute.filling import Fill
from wrangler.impute.interpolate import InterpolateImputer
from wrangler.impute.knn import KNNImputer
from wrangler.impute.linear import LinearImputer, sample_rows
from wrangler.impute.mean import MeanImputer
from wrangler.impute.median import MedianImputer
from wrangler.impute.mode import ModeImputer
from wrangler.impute.options import Option
from wrangler.impute.racing import Race, losses, run_race, values_of
from wrangler.impute.record import Fate
from wrangler.impute.registry import method
from wrangler.impute.scoring import summarise
from wrangler.impute.table import Column, Table
from wrangler.impute.work import Work

PLAIN = frozenset({"mean", "median", "mode"})


@dataclass(frozen=True)
class Choices:
    """Outcome of a race, and what the winners learnt.

    Attributes
    ----------
    winners : mapping of column to mapping of candidate to weight
        One candidate of weight 1, or several that are blended.
    fates : mapping of column to Fate
        Reason and evidence.
    learnt : mapping of candidate to what it learnt
    errors : mapping of column to mapping of candidate to error
    """

    winners: Mapping[str, Mapping[str, float]]
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
        choices = {name: choose(table.columns[name], race) for name in targets}
        winners = {name: choice.weights for name, choice in choices.items()}
        learnt = {}
        for candidate in dict.fromkeys(winner for weights in winners.values() for winner in weights):
            own = [name for name, weights in winners.items() if candidate in weights]
            work.step(1.0, f"learning {candidate}")
            learnt[candidate] = candidates[candidate]._learn(table, own, work)  # noqa: SLF001
        errors = {name: choice.errors for name, choice in choices.items() if choice.errors}
        return Choices(winners, {name: choice.fate for name, choice in choices.items()}, learnt, errors)

    def _fill(self, learnt: Any, table: Table, targets: Sequence[str], work: Work) -> Mapping[str, Fill]:  # noqa: ANN401
        candidates = self._candidates(table)
        parts: dict[str, dict[str, Floats]] = {name: {} for name in targets}
        for candidate, state in learnt.learnt.items():
            own = [name for name in targets if candidate in learnt.winners[name]]
            found = candidates[candidate]._fill(state, table, own, work) if own else {}  # noqa: SLF001
            for name, fill in found.items():
                parts[name][candidate] = values_of(fill, table.columns[name])
        return {name: blended(learnt.winners[name], parts[name]) for name in targets}

    def _fate(self, learnt: Choices, name: str) -> Fate:
        return learnt.fates[name]

    @staticmethod
    def _candidates(table: Table) -> dict[str, Imputer]:
        """Simplest first: of equals the first wins."""
        made: list[Imputer] = [MeanImputer(), ModeImputer(), MedianImputer()]
        if table.order is not None:
            made.append(InterpolateImputer())
        made += [LinearImputer(), KNNImputer(), BoostedImputer()]
        return {candidate.method: candidate for candidate in made}


@dataclass(frozen=True)
class Choice:
    """What a race decided for one column: weights of the winners, the fate, the error of every candidate."""

    weights: Mapping[str, float]
    fate: Fate
    errors: Mapping[str, float]


def choose(column: Column, race: Race) -> Choice:
    """The candidate, or the blend of candidates, that erred least on the hidden cells of a column."""
    baseline = "mode" if column.is_levelled else "mean"
    truth, answers = race.of(column.name)
    if baseline not in answers:
        winner = "linear" if not column.missing.any() else baseline
        reason = "it had no holes to race for" if winner == "linear" else "too little is known of it for a race"
        return Choice({winner: 1.0}, Fate(winner, 0, reason), {})
    models = {name: answer for name, answer in answers.items() if name not in PLAIN}
    if not column.is_levelled:
        mixed = crossed_blend(truth, models)
        answers |= {} if mixed is None else {"blend": mixed}
    found = {name: summarise(losses(truth, answer, column), column.kind) for name, answer in answers.items()}
    winner = min(found, key=lambda name: found[name][0])
    weights = {winner: 1.0}
    if winner == "blend":
        weights = blend_weights(truth, models)
    unit = 1.0 if column.is_levelled else column.codec.scale
    evidence = {
        "error": found[winner][0] * unit,
        "standard_error": found[winner][1] * unit,
        "baseline_method": baseline,
        "baseline_error": found[baseline][0] * unit,
        "ratio": found[winner][0] / found[baseline][0] if found[baseline][0] else 1.0,
        "cells": len(truth),
    }
    fate = Fate(winner, 0, reason_for(winner, baseline, weights, list(found)), evidence)
    return Choice(weights, fate, {name: error * unit for name, (error, _) in found.items()})


def reason_for(winner: str, baseline: str, weights: Mapping[str, float], tried: Sequence[str]) -> str:
    """Why a candidate won, for a person."""
    others = ", ".join(name for name in tried if name not in {winner, *weights})
    if winner == baseline:
        return f"no other method ({others}) erred less than the {baseline} on held-out cells"
    besides = f"; tried besides: {others}" if others else ""
    if winner == "blend":
        mixed = " + ".join(f"{weight:.0%} {name}" for name, weight in weights.items())
        return f"the mixture {mixed} erred less on held-out cells than any method alone{besides}"
    return f"least error on held-out cells among {len(tried)} methods{besides}"
