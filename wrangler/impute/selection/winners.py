"""The winners of a race, fitted on the whole table to fill it, and their substitutes when the time is too short."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from wrangler.impute.arrays import Floats
from wrangler.impute.context import Unfitted, Work, fill_in_time, fit_in_time
from wrangler.impute.encoding import Table
from wrangler.impute.events import ColumnOutcome
from wrangler.impute.selection.blend import blended
from wrangler.impute.selection.candidates import BASELINES, STANDBY, Candidate, is_mixed, likeliest_codes
from wrangler.impute.selection.choice import BLEND, Choice, choose
from wrangler.impute.selection.mixtures import baseline_of
from wrangler.impute.selection.race import Race
from wrangler.impute.selection.time_budget import Pace


@dataclass(frozen=True)
class Winners:
    """The choices of a race, and the fitted states of the winners.

    Attributes
    ----------
    choices : mapping of column to Choice
    candidates : mapping of str to Candidate
    fitted : mapping of candidate to its fitted state
        Cheapest first.
    paces : mapping of candidate to Pace
    """

    choices: Mapping[str, Choice]
    candidates: Mapping[str, Candidate]
    fitted: Mapping[str, Any]
    paces: Mapping[str, Pace]

    def fill(self, table: Table, targets: Sequence[str], work: Work) -> dict[str, Floats]:
        """Predictions for the missing cells of each target, numbers or codes."""
        parts: dict[str, dict[str, Floats]] = {name: {} for name in targets}
        for number, candidate in enumerate(self.fitted):
            turn = work.turn(number, len(self.fitted), f"filling by {candidate}")
            for name, prediction in self._predictions(candidate, table, targets, turn).items():
                parts[name][candidate] = prediction
        return {name: likeliest_codes(self._mixed(name, parts[name], table, work)) for name in targets}

    def _predictions(self, candidate: str, table: Table, targets: Sequence[str], work: Work) -> dict[str, Floats]:
        runner = self.candidates[candidate]
        is_substitute = work.deadline is not None and candidate in {*BASELINES, STANDBY}
        filled = [name for name in targets if candidate in self.choices[name].weights or is_substitute]
        filled = [name for name in filled if runner.suits(table.columns[name])]
        if not filled:
            return {}
        if candidate in BASELINES:
            work = replace(work, deadline=None)
        elif candidate != STANDBY and self._is_too_slow(candidate, table.rows, work):
            return {}
        mixed = frozenset(
            name for name in filled if len(self.choices[name].weights) > 1 and is_mixed(table.columns[name])
        )
        state = self.fitted[candidate]
        return fill_in_time(partial(runner.predictions, state, table, filled, work, mixed), candidate, work)

    def _is_too_slow(self, candidate: str, rows: int, work: Work) -> bool:
        """Whether a candidate is estimated to be too slow for the time left, with an event if so."""
        if work.deadline is None or candidate not in self.paces:
            return False
        seconds = self.paces[candidate].to_fill(rows)
        if seconds <= work.deadline.seconds_left:
            return False
        message = f"Filling by '{candidate}' was not started: it was estimated to take up to {seconds:.2g} s."
        work.add_event(None, "stopped", message)
        return True

    def _mixed(self, name: str, predictions: Mapping[str, Floats], table: Table, work: Work) -> Floats:
        """The mixture of the winners, or of those that predicted in time, or else the prediction of a substitute."""
        choice, weights = self.choices[name], self.choices[name].weights
        in_time = {candidate: weight for candidate, weight in weights.items() if candidate in predictions}
        if len(in_time) == len(weights):
            return blended(weights, predictions)
        baseline = baseline_of(table.columns[name])
        used = in_time or {STANDBY if STANDBY in predictions else baseline: 1.0}
        filled_by = BLEND if len(used) > 1 else next(iter(used))
        missed = " and ".join(candidate for candidate in weights if candidate not in predictions)
        reason = f"the time budget ran out before {missed} had filled it"
        work.record.outcomes[name] = ColumnOutcome(filled_by, 0, reason, evidence_for(choice, filled_by))
        return blended(used, predictions)


def evidence_for(choice: Choice, candidate: str) -> dict[str, object]:
    """The evidence for a column filled by another candidate than the chosen one: the error of that, if known."""
    kept = {
        key: value for key, value in choice.outcome.evidence.items() if key.startswith("baseline") or key == "cells"
    }
    known = {} if candidate == BLEND or candidate not in choice.errors else {"error": choice.errors[candidate]}
    return kept | known


def fit_winners(
    table: Table, choices: Mapping[str, Choice], candidates: Mapping[str, Candidate], work: Work
) -> dict[str, Any]:
    """Fit each winner on its columns, and with a time budget the substitutes on all columns.

    Parameters
    ----------
    table : Table
    choices : mapping of column to Choice
    candidates : mapping of str to Candidate
    work : Work

    Returns
    -------
    dict of str to fitted state
        Without candidates that were not fitted in time.
    """
    substitutes = {*BASELINES, STANDBY} if work.deadline is not None else BASELINES
    columns_of = {
        candidate: [
            name
            for name, choice in choices.items()
            if (candidate in choice.weights or candidate in substitutes) and runner.suits(table.columns[name])
        ]
        for candidate, runner in candidates.items()
    }
    wanted = [candidate for candidate, names in columns_of.items() if names]
    fitted: dict[str, Any] = {}
    for number, candidate in enumerate(wanted):
        turn = work.turn(number, len(wanted), f"fitting {candidate}")
        timed = replace(turn, deadline=None) if candidate in BASELINES else turn
        fit = partial(candidates[candidate].fit, table, columns_of[candidate], timed)
        fitted[candidate] = fit_in_time(fit, candidate, timed)
    return {candidate: state for candidate, state in fitted.items() if not isinstance(state, Unfitted)}


def in_time(table: Table, name: str, choice: Choice, race: Race, fitted: Mapping[str, Any]) -> Choice:
    """`choice`, or the best among the fitted candidates if the chosen ones were not fitted in time."""
    late = [candidate for candidate in choice.weights if candidate not in fitted]
    if not late:
        return choice
    fitted_ones = frozenset(candidate for candidate in {*choice.weights, STANDBY} if candidate in fitted)
    second = choose({name: table.columns[name]}, race, fitted_ones)[name]
    reason = f"{second.outcome.reason}; the time budget ran out before {' and '.join(late)} was fitted"
    weights = second.weights if second.weights.keys() <= fitted.keys() else {baseline_of(table.columns[name]): 1.0}
    return replace(second, weights=weights, outcome=replace(second.outcome, reason=reason))
