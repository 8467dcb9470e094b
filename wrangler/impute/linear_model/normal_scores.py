"""Which skewed columns are better read as their normal scores: those whose hidden cells are then found with less error.

Scores straighten what is skewed and spoil what is piled up, has two peaks or is in plain proportion to other columns.
So each column is tried, and then those that gained together, over all numbers of the table. Very wide tables, where
that takes longer than all the rest, are read as they are.

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
PILED_UP = 0.1
HIDDEN = 0.15
ROUNDS, TOLERANCE = 8, 0.05
WORTH = 0.03
SURE = 0.3
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
    some = (
        table if table.rows <= MOST_ROWS else table.take(np.sort(random.choice(table.rows, MOST_ROWS, replace=False)))
    )
    skewed = [column for column in some.columns.values() if _is_skewed(column)]
    if not skewed or len(some.columns) > MOST_COLUMNS:
        return frozenset()
    affordable = min(MOST_ROUNDS, MOST_COLUMNS // len(some.columns))
    rounds = int(np.clip(np.ceil(WANTED_ROWS / some.rows), 1, affordable))
    trials = [_trial(some, random) for _ in range(rounds)]
    plain, scored = _losses(trials, frozenset()), _losses(trials, frozenset(column.name for column in skewed))
    found = [c.name for c in skewed if c.name in plain and c.name in scored]
    better = frozenset(name for name in found if is_better(scored[name], plain[name], WORTH))
    if not better:
        return better
    chosen = scored if len(better) == len(skewed) else _losses(trials, better)
    names = sorted(plain.keys() & chosen.keys())
    together = [np.concatenate([losses[name] for name in names]) for losses in (chosen, plain)]
    return better if is_better(together[0], together[1], 0.0) else frozenset()


def is_better(losses: Floats, others: Floats, worth: float) -> bool:
    """Whether losses lie below others of the same cells, by more than chance and by a share that is worth it."""
    gain = others - losses
    if len(gain) < FEWEST_HIDDEN:
        return False
    return bool(gain.mean() > max(SURE * gain.std() / np.sqrt(len(gain)), worth * others.mean()))


@dataclass(frozen=True)
class Trial:
    """A table, the same with more missing cells, and which cells of each number were hidden."""

    whole: Table
    incomplete: Table
    hidden: Mapping[str, Bools]

    @cached_property
    def features(self) -> Features:
        """Every number as it is."""
        return fit_features(self.incomplete, list(self.incomplete.columns))

    @cached_property
    def matrix(self) -> Floats:
        """Of the table with more missing cells, every number as it is."""
        return self.features.matrix(self.incomplete)

    def losses(self, scored: frozenset[str]) -> dict[str, Floats]:
        """Squared errors of the hidden cells of each number, as shares of their variance."""
        features, matrix = self.features.scored(self.incomplete, scored), self.matrix.copy()
        for part in features.parts:
            if part.knots:
                part.write(self.incomplete.columns[part.name].cells, matrix[:, part.places])
        fit = make_fit(features, matrix, features.missing(self.incomplete))
        converge(fit, ROUNDS, TOLERANCE, lambda *_: None)
        lost = {}
        for number in fit.order:
            name = features.parts[number].name
            if name not in self.hidden:
                continue
            rows = np.flatnonzero(self.hidden[name])
            truth = self.whole.columns[name].cells[rows]
            if len(rows) and truth.any():
                wrong = fit.equations[number].predicted_numbers(matrix[rows]) - truth
                lost[name] = wrong**2 / max(truth.var(), 1e-12 * (truth**2).max(), LEAST_VARIANCE)
        return lost


def _trial(table: Table, random: np.random.Generator) -> Trial:
    numbers = [column for column in table.columns.values() if not column.is_categorical]
    hidden = {column.name: (random.random(table.rows) < HIDDEN) & ~column.missing_mask for column in numbers}
    columns = {
        name: column.without(hidden[name]) if name in hidden else column for name, column in table.columns.items()
    }
    return Trial(table, Table(columns, table.rows), hidden)


def _losses(trials: Sequence[Trial], scored: frozenset[str]) -> dict[str, Floats]:
    """Of all trials together, for the numbers that had an equation in each."""
    found = [trial.losses(scored) for trial in trials]
    names = [name for name in found[0] if all(name in losses for losses in found)]
    return {name: np.concatenate([losses[name] for losses in found]) for name in names}


def _is_skewed(column: Column) -> bool:
    """Whether a column of numbers leans to one side, and not because one value is so frequent."""
    if column.is_categorical or len(column.known) < FEWEST_KNOWN:
        return False
    known = np.sort(column.known)
    low, high = known[[round(share * (len(known) - 1)) for share in (0.005, 0.995)]]
    inner = np.clip(known, low, high)
    spread = inner.std()
    if spread <= 1e-12 * max(abs(low), abs(high), 1e-60):
        return False
    leaning = (inner - inner.mean()) / spread
    stretch = int(PILED_UP * len(known))
    is_piled_up = bool((known[stretch:] == known[: len(known) - stretch]).any())
    return abs(float((leaning * leaning * leaning).mean())) > SKEWED and not is_piled_up
