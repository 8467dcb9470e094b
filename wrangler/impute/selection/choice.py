"""Which method, or which mixture of methods, a column is given after its race, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from wrangler.impute.arrays import Floats
from wrangler.impute.encoding import Column
from wrangler.impute.evaluation import summarise
from wrangler.impute.events import ColumnOutcome
from wrangler.impute.selection.blend import blend_weights, crossed_blend
from wrangler.impute.selection.candidates import PLAIN, is_mixed, one_hot
from wrangler.impute.selection.race import Race, losses

BLEND = "blend"


@dataclass(frozen=True)
class Choice:
    """What a race decided for one column: weights of the winners, the column outcome, the error of every candidate."""

    weights: Mapping[str, float]
    outcome: ColumnOutcome
    errors: Mapping[str, float]


def baseline_of(column: Column) -> str:
    """The plainest method of a column."""
    return "mode" if column.is_categorical else "mean"


def choose(column: Column, race: Race, among: frozenset[str] | None = None) -> Choice:
    """The blend of candidates, or the one that had the smallest error on the hidden cells of a column.

    A blend is taken unless one candidate has a smaller error by more than a standard error: on few cells the least of
    several errors is the luckiest one, while a blend of near equals is seldom far from the best of them.

    Parameters
    ----------
    column : Column
    race : Race
    among : frozenset of str, optional
        The only candidates that can be chosen besides the baseline.

    Returns
    -------
    Choice
    """
    baseline = baseline_of(column)
    truth, predictions = race.of(column.name)
    predictions = {
        name: prediction for name, prediction in predictions.items() if among is None or name in among | {baseline}
    }
    if baseline not in predictions:
        winner = "linear" if not column.missing.any() else baseline
        reason = "it had no missing cells to race for" if winner == "linear" else "too little is known of it for a race"
        return Choice({winner: 1.0}, ColumnOutcome(winner, 0, reason), {})
    lost = {name: losses(truth, prediction, column) for name, prediction in predictions.items()}
    models = {name: prediction for name, prediction in predictions.items() if name not in PLAIN}
    target_values = one_hot(truth, column.levels) if is_mixed(column) else truth
    mixed = crossed_blend(target_values, models) if is_mixed(column) or not column.is_categorical else None
    if mixed is not None:
        lost[BLEND] = losses(truth, mixed, column)
    winner = _least(lost, baseline)
    weights = blend_weights(target_values, models) if winner == BLEND else {winner: 1.0}
    if len(weights) == 1:
        winner = _least({name: lost[name] for name in {*weights, baseline}}, baseline)
        weights = {winner: 1.0}
    return _with_evidence(column, race, lost, winner, weights)


def _least(lost: Mapping[str, Floats], baseline: str) -> str:
    means = {name: float(loss.mean()) for name, loss in lost.items()}
    best = min((name for name in means if name != BLEND), key=lambda name: (means[name], name != baseline))
    if BLEND in lost and means[BLEND] <= means[baseline] and best not in PLAIN:
        more = lost[BLEND] - lost[best]
        if more.mean() <= more.std() / np.sqrt(len(more)):
            return BLEND
    return best


def _with_evidence(
    column: Column, race: Race, lost: Mapping[str, Floats], winner: str, weights: Mapping[str, float]
) -> Choice:
    """The choice, with the numbers that decided it and the error of every candidate."""
    baseline = baseline_of(column)
    unit = 1.0 if column.is_categorical else column.codec.scale
    found = {name: summarise(loss, column.kind) for name, loss in lost.items()}
    evidence = {
        "error": found[winner][0] * unit,
        "standard_error": found[winner][1] * unit,
        "baseline_method": baseline,
        "baseline_error": found[baseline][0] * unit,
        "ratio": found[winner][0] / found[baseline][0] if found[baseline][0] else 1.0,
        "cells": len(lost[winner]),
    }
    left = race.left.get(column.name, {})
    early = {name: (loss if column.is_categorical else loss**0.5) * unit for name, loss in left.items()}
    reason = reason_for(winner, baseline, weights, [name for name in found if name != BLEND])
    if early:
        reason += f"; left early as clearly worse: {', '.join(early)}"
    if race.late:
        alike = {why: [name for name in race.late if race.late[name] == why] for why in race.late.values()}
        target_values = [f"{' and '.join(names)} ({why})" for why, names in alike.items()]
        reason += f"; no time for: {', '.join(target_values)}"
    errors = early | {name: error * unit for name, (error, _) in found.items()}
    return Choice(weights, ColumnOutcome(winner, 0, reason, evidence), errors)


def reason_for(winner: str, baseline: str, weights: Mapping[str, float], tried: Sequence[str]) -> str:
    """Why a candidate won, for a person."""
    others = ", ".join(name for name in tried if name not in {winner, *weights})
    if winner == baseline:
        return f"no other method{f' ({others})' if others else ''} erred less than the {baseline} on held-out cells"
    besides = f"; tried besides: {others}" if others else ""
    if winner == BLEND:
        mixed = " + ".join(f"{100 * weight:.0f} % {name}" for name, weight in weights.items())
        return f"no method alone erred less than the mixture {mixed} by more than chance{besides}"
    return f"least error on held-out cells among {len(tried)} methods{besides}"
