"""Mixing the answers of several methods for a number, by weights learnt on held-out cells.

Source: Breiman, Stacked Regressions, Machine Learning 24 (1996): non-negative least squares on held-out answers.
"""

from collections.abc import Mapping

import numpy as np
from scipy.optimize import nnls

from wrangler.impute.codec import Floats

FEWEST_CELLS = 60
LEAST_WEIGHT = 0.05
FOLDS = 5


def blend_weights(truth: Floats, answers: Mapping[str, Floats]) -> dict[str, float]:
    """Weights, summing to one, of the methods whose mixture comes nearest to the truth.

    Parameters
    ----------
    truth : ndarray of shape (cells,)
    answers : mapping of method to ndarray of shape (cells,)

    Returns
    -------
    dict of str to float
        Without methods of hardly any weight; empty when no mixture helps.
    """
    center, spread = float(truth.mean()), float(truth.std())
    if not spread:
        return {}
    matrix = (np.column_stack(list(answers.values())) - center) / spread
    weights = nnls(matrix, (truth - center) / spread)[0]
    if weights.sum() <= 0:
        return {}
    weights /= weights.sum()
    kept = {name: float(weight) for name, weight in zip(answers, weights, strict=True) if weight >= LEAST_WEIGHT}
    total = sum(kept.values())
    return {name: weight / total for name, weight in kept.items()}


def blended(weights: Mapping[str, float], answers: Mapping[str, Floats]) -> Floats:
    """The mixture, of the shape of each answer."""
    return np.asarray(sum(weight * answers[name] for name, weight in weights.items()))


def crossed_blend(truth: Floats, answers: Mapping[str, Floats]) -> Floats | None:
    """Mixtures whose weights never saw the cell they answer, to judge blending honestly; None when cells are few."""
    if len(truth) < FEWEST_CELLS or len(answers) < 2:  # noqa: PLR2004 - nothing to mix
        return None
    mixed = np.empty(len(truth))
    for fold in range(FOLDS):
        inside = np.arange(len(truth)) % FOLDS == fold
        weights = blend_weights(truth[~inside], {name: answer[~inside] for name, answer in answers.items()})
        if not weights:
            return None
        mixed[inside] = blended(weights, {name: answer[inside] for name, answer in answers.items()})
    return mixed
