"""Which skewed columns are better read as their normal scores: those whose hidden cells are predicted better so.

Scores make skewed columns normal, but do harm where values are tied, bimodal or proportional to other columns. So all
skewed columns are tried together, and then those that gained, judged on all numbers of the table. Very wide tables,
where this would take longer than the fit itself, are read as they are.

Source: the normal scores transform of rank statistics (van der Waerden, 1952), in imputation as by Bishara and Hittner,
Psychol. Methods 17 (2012), for correlations.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from wrangler.impute.arrays import Bools, Floats
from wrangler.impute.encoding import Column, Features, Table, fit_features
from wrangler.impute.linear_model.chained_fit import converge, make_fit

FEWEST_KNOWN = 60
LEAST_VARIANCE = 1e-100  # below it, numbers are so small beside the largest of their column that quotients overflow
MOST_ROWS = 2500
SKEWED = 1.0
MOST_TIES = 0.1
HIDDEN = 0.15
ROUNDS, TOLERANCE = 8, 0.05
WORTH = 0.03  # least gain, as a share of the error
SURE = 0.3  # least gain, in standard errors
FEWEST_HIDDEN = 8
WANTED_ROWS, MOST_ROUNDS = 2000, 5
MOST_COLUMNS = 1000


def columns_to_score(table: Table, random: np.random.Generator) -> frozenset[str]:
    """Names of the columns whose held-out cells are better predicted on the scale of their scores.

    Parameters
    ----------
    table : Table
    random : Generator

    Returns
    -------
    frozenset of str
    """
    sample = (
        table if table.rows <= MOST_ROWS else table.take(np.sort(random.choice(table.rows, MOST_ROWS, replace=False)))
    )
    skewed = [column for column in sample.columns.values() if is_skewed(column)]
    if not skewed or len(sample.columns) > MOST_COLUMNS:
        return frozenset()
    affordable = min(MOST_ROUNDS, MOST_COLUMNS // len(sample.columns))
    rounds = int(np.clip(np.ceil(WANTED_ROWS / sample.rows), 1, affordable))
    trials = [_trial(sample, random) for _ in range(rounds)]
    plain, scored = _losses(trials, frozenset()), _losses(trials, frozenset(column.name for column in skewed))
    judged = [column.name for column in skewed if column.name in plain and column.name in scored]
    better = frozenset(name for name in judged if is_better(scored[name], plain[name], WORTH))
    if not better:
        return better
    chosen = scored if len(better) == len(skewed) else _losses(trials, better)
    names = sorted(plain.keys() & chosen.keys())
    together = [np.concatenate([losses[name] for name in names]) for losses in (chosen, plain)]
    return better if is_better(together[0], together[1], 0.0) else frozenset()


def is_better(losses: Floats, others: Floats, worth: float) -> bool:
    """Whether losses are lower than others on the same cells, by more than chance and by the share `worth`."""
    gain = others - losses
    if len(gain) < FEWEST_HIDDEN:
        return False
    return bool(gain.mean() > max(SURE * gain.std() / np.sqrt(len(gain)), worth * others.mean()))


@dataclass(frozen=True)
class Trial:
    """A table, the same with hidden cells, and which cells of each number were hidden."""

    whole: Table
    incomplete: Table
    hidden: Mapping[str, Bools]

    @cached_property
    def features(self) -> Features:
        """The features, every number read as it is."""
        return fit_features(self.incomplete, list(self.incomplete.columns))

    @cached_property
    def matrix(self) -> Floats:
        """The matrix of the table with hidden cells, every number read as it is."""
        return self.features.matrix(self.incomplete)

    def losses(self, scored: frozenset[str]) -> dict[str, Floats]:
        """Squared errors of the hidden cells of each number, as shares of their variance."""
        features, matrix = self.features.scored(self.incomplete, scored), self.matrix.copy()
        for part in features.parts:
            if part.knots:
                part.write(self.incomplete.columns[part.name].cells, matrix[:, part.places])
        fit = make_fit(features, matrix, features.missing(self.incomplete))
        converge(fit, ROUNDS, TOLERANCE, lambda *_: None)
        squared_errors = {}
        for number in fit.order:
            name = features.parts[number].name
            if name not in self.hidden:
                continue
            rows = np.flatnonzero(self.hidden[name])
            truth = self.whole.columns[name].cells[rows]
            if len(rows) and truth.any():
                errors = fit.equations[number].predicted_numbers(matrix[rows]) - truth
                squared_errors[name] = errors**2 / max(truth.var(), 1e-12 * (truth**2).max(), LEAST_VARIANCE)
        return squared_errors


def _trial(table: Table, random: np.random.Generator) -> Trial:
    numbers = [column for column in table.columns.values() if not column.is_categorical]
    hidden = {column.name: (random.random(table.rows) < HIDDEN) & ~column.missing_mask for column in numbers}
    columns = {
        name: column.without(hidden[name]) if name in hidden else column for name, column in table.columns.items()
    }
    return Trial(table, Table(columns, table.rows), hidden)


def _losses(trials: Sequence[Trial], scored: frozenset[str]) -> dict[str, Floats]:
    """Losses of all trials together, for the numbers that have an equation in each."""
    by_trial = [trial.losses(scored) for trial in trials]
    names = [name for name in by_trial[0] if all(name in losses for losses in by_trial)]
    return {name: np.concatenate([losses[name] for losses in by_trial]) for name in names}


def is_skewed(column: Column) -> bool:
    """Whether a column of numbers is skewed, and not because one value is very frequent."""
    if column.is_categorical or len(column.known) < FEWEST_KNOWN:
        return False
    known = np.sort(column.known)
    low, high = known[[round(share * (len(known) - 1)) for share in (0.005, 0.995)]]
    inner = np.clip(known, low, high)
    spread = inner.std()
    if spread <= 1e-12 * max(abs(low), abs(high), 1e-60):
        return False
    standardised = (inner - inner.mean()) / spread
    ties = int(MOST_TIES * len(known))
    has_ties = bool((known[ties:] == known[: len(known) - ties]).any())
    return abs(float((standardised * standardised * standardised).mean())) > SKEWED and not has_ties
