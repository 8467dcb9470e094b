"""Which method, or mixture of methods, fills a column after its race, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from wrangler.impute.arrays import Floats
from wrangler.impute.encoding import Column
from wrangler.impute.evaluation import error_with_standard_error
from wrangler.impute.events import ColumnOutcome
from wrangler.impute.selection.blend import blend_weights, crossed_blend
from wrangler.impute.selection.candidates import PLAIN, is_mixed, one_hot
from wrangler.impute.selection.race import Race, losses

BLEND = "blend"


@dataclass(frozen=True)
class Choice:
    """The result of a race for one column: weights of the winners, the outcome, the error of every candidate."""

    weights: Mapping[str, float]
    outcome: ColumnOutcome
    errors: Mapping[str, float]


def baseline_of(column: Column) -> str:
    """The baseline method of a column."""
    return "mode" if column.is_categorical else "mean"


def choose(column: Column, race: Race, among: frozenset[str] | None = None) -> Choice:
    """The blend of candidates, or the one that had the smallest error on the hidden cells of a column.

    A blend is taken unless one candidate has a smaller error by more than a standard error: on few cells the smallest
    of several errors is so by chance, while a blend of similar methods is seldom much worse than the best of them.

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
        reason = (
            "it had no missing cells to race for"
            if winner == "linear"
            else "too few of its cells are observed for a race"
        )
        return Choice({winner: 1.0}, ColumnOutcome(winner, 0, reason), {})
    loss_of = {name: losses(truth, prediction, column) for name, prediction in predictions.items()}
    models = {name: prediction for name, prediction in predictions.items() if name not in PLAIN}
    target_values = one_hot(truth, column.levels) if is_mixed(column) else truth
    mixed = crossed_blend(target_values, models) if is_mixed(column) or not column.is_categorical else None
    if mixed is not None:
        loss_of[BLEND] = losses(truth, mixed, column)
    winner = _least(loss_of, baseline)
    weights = blend_weights(target_values, models) if winner == BLEND else {winner: 1.0}
    if len(weights) == 1:
        winner = _least({name: loss_of[name] for name in {*weights, baseline}}, baseline)
        weights = {winner: 1.0}
    return _with_evidence(column, race, loss_of, winner, weights)


def _least(loss_of: Mapping[str, Floats], baseline: str) -> str:
    means = {name: float(loss.mean()) for name, loss in loss_of.items()}
    best = min((name for name in means if name != BLEND), key=lambda name: (means[name], name != baseline))
    if BLEND in loss_of and means[BLEND] <= means[baseline] and best not in PLAIN:
        more = loss_of[BLEND] - loss_of[best]
        if more.mean() <= more.std() / np.sqrt(len(more)):
            return BLEND
    return best


def _with_evidence(
    column: Column, race: Race, loss_of: Mapping[str, Floats], winner: str, weights: Mapping[str, float]
) -> Choice:
    """The choice, with the errors that decided it and the error of every candidate."""
    baseline = baseline_of(column)
    unit = 1.0 if column.is_categorical else column.codec.scale
    errors = {name: error_with_standard_error(loss, column.kind) for name, loss in loss_of.items()}
    evidence = {
        "error": errors[winner][0] * unit,
        "standard_error": errors[winner][1] * unit,
        "baseline_method": baseline,
        "baseline_error": errors[baseline][0] * unit,
        "ratio": errors[winner][0] / errors[baseline][0] if errors[baseline][0] else 1.0,
        "cells": len(loss_of[winner]),
    }
    left = race.left.get(column.name, {})
    early = {name: (loss if column.is_categorical else loss**0.5) * unit for name, loss in left.items()}
    reason = reason_for(winner, baseline, weights, [name for name in errors if name != BLEND])
    if early:
        reason += f"; left early as clearly worse: {', '.join(early)}"
    if race.late:
        alike = {why: [name for name in race.late if race.late[name] == why] for why in race.late.values()}
        late = [f"{' and '.join(names)} ({why})" for why, names in alike.items()]
        reason += f"; no time for: {', '.join(late)}"
    in_own_unit = early | {name: error * unit for name, (error, _) in errors.items()}
    return Choice(weights, ColumnOutcome(winner, 0, reason, evidence), in_own_unit)


def reason_for(winner: str, baseline: str, weights: Mapping[str, float], tried: Sequence[str]) -> str:
    """Why a candidate won, in words."""
    others = ", ".join(name for name in tried if name not in {winner, *weights})
    if winner == baseline:
        among = f" ({others})" if others else ""
        return f"no other method{among} had a smaller error than the {baseline} on held-out cells"
    besides = f"; tried besides: {others}" if others else ""
    if winner == BLEND:
        mixed = " + ".join(f"{100 * weight:.0f} % {name}" for name, weight in weights.items())
        return f"no single method had a smaller error than the mixture {mixed} by more than chance{besides}"
    return f"smallest error on held-out cells among {len(tried)} methods{besides}"
