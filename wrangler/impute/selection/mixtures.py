"""The mixture of methods for each column, from the held-out cells of all columns.

Weights are fitted to the held-out cells of a column and shrunk to a prior: the errors of the methods in that column,
shrunk to those in the whole table. So few cells give the mixture of all good methods, many cells the best one. The mean
or mode is taken instead where the ratio of the losses, shrunk in the same way, is not below one.

On 48 tasks of six small tables the mixture had 0.98 of the error of the choice of the smallest error before, which
changed with every few cells: see docs/benchmarks/small_tables.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from wrangler.impute.arrays import Floats
from wrangler.impute.encoding import Column
from wrangler.impute.selection.blend import blend_weights, blended
from wrangler.impute.selection.candidates import PLAIN, is_mixed, one_hot
from wrangler.impute.selection.held_out_cells import HeldOutCells, losses
from wrangler.impute.selection.shrinkage import relative_losses, shrunk_means

FEWEST_CELLS = 2  # of which a standard error can be estimated
PRIOR_POWER = 2.0


@dataclass(frozen=True)
class Entrants:
    """The held-out cells of one column, with its values in the form that predictions of models are mixed in.

    Attributes
    ----------
    column : Column
    cells : HeldOutCells
    """

    column: Column
    cells: HeldOutCells

    @property
    def baseline(self) -> str:
        """The baseline method."""
        return baseline_of(self.column)

    @property
    def models(self) -> dict[str, Floats]:
        """The predictions of the methods that read other cells than those of the column."""
        return {name: prediction for name, prediction in self.cells.predictions.items() if name not in PLAIN}

    @property
    def values(self) -> Floats:
        """The truth: numbers, codes, or 1 for the true level and 0 for others where levels are mixed."""
        truth = self.cells.truth
        return one_hot(truth, self.column.levels) if is_mixed(self.column) else truth

    @property
    def can_mix(self) -> bool:
        """Whether predictions can be averaged."""
        return is_mixed(self.column) or not self.column.is_categorical

    def mean_losses(self) -> dict[str, float]:
        """Mean loss of each model: squared errors of numbers or probabilities, else the share of wrong levels."""
        values = self.values
        if not self.can_mix:
            return {name: float(self.losses_of({name: 1.0}).mean()) for name in self.models} if self.cells.cells else {}
        by_entry = {
            name: ((prediction - values) ** 2).reshape(len(values), -1).sum(axis=1)
            for name, prediction in self.models.items()
        }
        return {name: float(self.cells.by_cell(loss).mean()) if len(loss) else 0.0 for name, loss in by_entry.items()}

    def losses_of(self, weights: Mapping[str, float]) -> Floats:
        """Loss of a mixture in each cell: its squared error, or whether its likeliest level is wrong."""
        prediction = blended(weights, self.cells.predictions)
        return self.cells.by_cell(losses(self.cells.truth, prediction, self.column))


def baseline_of(column: Column) -> str:
    """The baseline method of a column."""
    return "mode" if column.is_categorical else "mean"


def choose_mixtures(entrants: Mapping[str, Entrants]) -> dict[str, dict[str, float]]:
    """The weights of the methods for each column, summing to one; the baseline alone where no mixture is better.

    Parameters
    ----------
    entrants : mapping of column to Entrants
        With the predictions of the baseline for all cells.

    Returns
    -------
    dict of column to dict of method to float
    """
    relative: dict[str, dict[str, float]] = {}
    for is_categorical in (False, True):  # squared errors of numbers and of probabilities are not alike
        alike = {name: each for name, each in entrants.items() if each.column.is_categorical is is_categorical}
        mean_losses = {name: each.mean_losses() for name, each in alike.items()}
        relative |= relative_losses(mean_losses, {name: each.cells.cells for name, each in alike.items()})
    mixtures = {name: _mixture(each, relative[name]) for name, each in entrants.items()}
    found = [_ratio(each, mixtures[name]) for name, each in entrants.items()]
    ratios = shrunk_means(np.array([ratio for ratio, _ in found]), np.array([error for _, error in found]))
    return {
        name: mixtures[name] if ratio < 1.0 else {entrants[name].baseline: 1.0}
        for name, ratio in zip(entrants, ratios.tolist(), strict=True)
    }


def _mixture(entrant: Entrants, relative: Mapping[str, float]) -> dict[str, float]:
    """The mixture of the models of one column."""
    if not relative:
        return {entrant.baseline: 1.0}
    if not entrant.can_mix:
        return {min(relative, key=lambda name: relative[name]): 1.0}
    least = min(relative.values())
    prior = {name: float(np.exp(PRIOR_POWER * (least - value))) for name, value in relative.items()}
    return blend_weights(entrant.values, entrant.models, prior, entrant.cells.shares)


def _ratio(entrant: Entrants, weights: Mapping[str, float]) -> tuple[float, float]:
    """Mean loss by that of the baseline, and its standard error by the delta method; NaN where cells are too few."""
    if entrant.cells.cells < FEWEST_CELLS:
        return np.nan, 1.0
    mixed, plain = entrant.losses_of(weights), entrant.losses_of({entrant.baseline: 1.0})
    if not plain.mean() > 0:
        return np.nan, 1.0
    ratio = float(mixed.mean() / plain.mean())
    error = float((mixed - ratio * plain).std(ddof=1)) / (float(plain.mean()) * np.sqrt(len(plain)))
    return ratio, max(error, 1.0 / len(plain))
