"""Which mixture of methods fills each column after its race, and the error of that choice.

The cells that decide cannot also judge: the smallest of several errors is too small by chance. So the choice is
repeated without a fold of the rows and judged on their cells (cross-validation of the whole choice: Varma and Simon,
BMC Bioinformatics 7, 2006), and the losses of a cell that was hidden in several rounds are averaged first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from wrangler.impute.arrays import Floats, Places
from wrangler.impute.encoding import Column
from wrangler.impute.evaluation import error_with_standard_error
from wrangler.impute.events import ColumnOutcome
from wrangler.impute.selection.blend import blended
from wrangler.impute.selection.held_out_cells import losses
from wrangler.impute.selection.mixtures import Entrants, baseline_of, choose_mixtures
from wrangler.impute.selection.race import Race

BLEND = "blend"
FOLDS = 5
JUDGED = "; error by cross-validation"


@dataclass(frozen=True)
class Choice:
    """The result of a race for one column: weights of the winners, the outcome, the error of every candidate."""

    weights: Mapping[str, float]
    outcome: ColumnOutcome
    errors: Mapping[str, float]


def choose(columns: Mapping[str, Column], race: Race, among: frozenset[str] | None = None) -> dict[str, Choice]:
    """The mixture of candidates, or the baseline, for each column by the hidden cells of all.

    Parameters
    ----------
    columns : mapping of str to Column
    race : Race
    among : frozenset of str, optional
        The only candidates that can be chosen besides the baseline.

    Returns
    -------
    dict of column to Choice
    """
    entrants: dict[str, Entrants] = {}
    for name, column in columns.items():
        cells, baseline = race.of(name), baseline_of(column)
        if baseline in cells.predictions:
            entrants[name] = Entrants(column, cells if among is None else cells.of(among | {baseline}))
    weights = choose_mixtures(entrants)
    judged = _cross_validated(entrants)
    return {
        name: _with_evidence(entrants[name], race, judged[name], weights[name])
        if name in entrants
        else _without_race(column)
        for name, column in columns.items()
    }


def _without_race(column: Column) -> Choice:
    """The choice for a column of which no cells were hidden."""
    if not column.missing.any():
        return Choice({"linear": 1.0}, ColumnOutcome("linear", 0, "it had no missing cells to race for"), {})
    baseline = baseline_of(column)
    return Choice({baseline: 1.0}, ColumnOutcome(baseline, 0, "too few of its cells are observed for a race"), {})


def _cross_validated(entrants: Mapping[str, Entrants]) -> dict[str, Floats]:
    """The loss of each cell by the mixture that is chosen without the cells of its fold of rows, in all columns."""
    if not entrants:
        return {}
    rows = np.unique(np.concatenate([each.cells.rows for each in entrants.values()]))
    fold_of = {name: _folds(each, rows) for name, each in entrants.items()}
    by_entry = {name: np.zeros(len(each.cells.truth)) for name, each in entrants.items()}
    for fold in range(FOLDS):
        others = {
            name: Entrants(each.column, each.cells.where(fold_of[name] != fold)) for name, each in entrants.items()
        }
        for name, weights in choose_mixtures(others).items():
            inside = fold_of[name] == fold
            part = entrants[name].cells.where(inside)
            by_entry[name][inside] = losses(part.truth, blended(weights, part.predictions), entrants[name].column)
    return {name: each.cells.by_cell(by_entry[name]) for name, each in entrants.items()}


def _folds(entrant: Entrants, rows: Places) -> Places:
    """The fold of each entry: rows in turn, so that all cells of a row are in one fold."""
    return np.searchsorted(rows, entrant.cells.rows) % FOLDS


def _with_evidence(entrant: Entrants, race: Race, judged: Floats, weights: Mapping[str, float]) -> Choice:
    """The choice, with its cross-validated error and the error of every candidate."""
    column, baseline = entrant.column, entrant.baseline
    winner = next(iter(weights)) if len(weights) == 1 else BLEND
    unit = 1.0 if column.is_categorical else column.codec.scale
    loss_of = {name: entrant.losses_of({name: 1.0}) for name in entrant.cells.predictions}
    errors = {name: error_with_standard_error(loss, column.kind) for name, loss in loss_of.items()}
    chosen = error_with_standard_error(judged, column.kind)
    evidence = {
        "error": chosen[0] * unit,
        "standard_error": chosen[1] * unit,
        "baseline_method": baseline,
        "baseline_error": errors[baseline][0] * unit,
        "ratio": chosen[0] / errors[baseline][0] if errors[baseline][0] else 1.0,
        "cells": entrant.cells.cells,
    }
    left = race.left.get(column.name, {})
    early = {name: (loss if column.is_categorical else loss**0.5) * unit for name, loss in left.items()}
    reason = reason_for(winner, baseline, weights, list(errors))
    if early:
        reason += f"; left early as clearly worse: {', '.join(early)}"
    if race.late:
        alike = {why: [name for name in race.late if race.late[name] == why] for why in race.late.values()}
        late = [f"{' and '.join(names)} ({why})" for why, names in alike.items()]
        reason += f"; no time for: {', '.join(late)}"
    mixed = {BLEND: chosen[0] * unit} if winner == BLEND else {}
    in_own_unit = early | {name: error * unit for name, (error, _) in errors.items()} | mixed
    return Choice(weights, ColumnOutcome(winner, 0, reason, evidence), in_own_unit)


def reason_for(winner: str, baseline: str, weights: Mapping[str, float], tried: Sequence[str]) -> str:
    """Why a candidate or mixture was chosen, in words."""
    others = ", ".join(name for name in tried if name not in {winner, *weights})
    if winner == baseline:
        among = f" ({others})" if others else ""
        return f"no mixture of others{among} had a smaller error than the {baseline} on held-out cells{JUDGED}"
    besides = f"; tried besides: {others}" if others else ""
    if winner == BLEND:
        mixed = " + ".join(f"{100 * weight:.0f} % {name}" for name, weight in weights.items())
        return f"smallest error on held-out cells: {mixed}{besides}{JUDGED}"
    return f"smallest error on held-out cells among {len(tried)} methods and their mixtures{besides}{JUDGED}"
