"""Mixing the answers of several methods, by weights learnt on held-out cells.

Sources: Breiman, Stacked Regressions, Machine Learning 24 (1996): non-negative least squares on held-out answers; for
levels the same on class probabilities (Brier's score). On few cells least squares chases noise, so the weights are
drawn to a prior as in ridge regression: the more, the less the held-out cells can tell the methods apart.
"""

from collections.abc import Mapping

import numpy as np
from scipy.optimize import nnls

from wrangler.impute.encoding import Floats

FEWEST_CELLS = 20
LEAST_WEIGHT = 0.08
FOLDS = 5
PRIOR_SPREAD = 0.3
SUM_OF_WEIGHTS = 1e3


def blend_weights(truth: Floats, answers: Mapping[str, Floats]) -> dict[str, float]:
    """Weights, summing to one, of the methods whose mixture comes nearest to the truth.

    Parameters
    ----------
    truth : ndarray of shape (cells,) or (cells, levels)
        Numbers, or 1 at each cell's own level and 0 at the others.
    answers : mapping of method to ndarray of the shape of `truth`
        Numbers, or probabilities of the levels.

    Returns
    -------
    dict of str to float
        Without methods of hardly any weight; empty when there is nothing to weigh.
    """
    spread = float(truth.std())
    if not spread:
        return {}
    misses = np.column_stack([(answer - truth).ravel() / spread for answer in answers.values()])
    errors = np.maximum((misses**2).mean(axis=0), 1e-12)
    prior = errors.min() ** 2 / errors**2
    prior /= prior.sum()
    # Weights sum to one, so that the mixture misses by the mixture of the misses: the least squares are of these.
    pull = np.sqrt(float(errors.min()) * _entries(truth)) / PRIOR_SPREAD
    together = SUM_OF_WEIGHTS * (1.0 + pull + float(np.sqrt((misses**2).sum())))
    design = np.vstack([misses, pull * np.eye(len(prior)), np.full((1, len(prior)), together)])
    target = np.concatenate([np.zeros(len(misses)), pull * prior, [together]])
    weights = nnls(*_squared(design, target))[0]
    if weights.sum() <= 0:
        return {}
    weights /= weights.sum()
    kept = {name: float(weight) for name, weight in zip(answers, weights, strict=True) if weight >= LEAST_WEIGHT}
    total = sum(kept.values())
    return {name: weight / total for name, weight in kept.items()}


def _entries(truth: Floats) -> int:
    """Entries that one cell has: the levels of a category vary together and count as one."""
    return 1 if truth.ndim == 1 else truth.shape[1]


def _squared(design: Floats, target: Floats) -> tuple[Floats, Floats]:
    """A small system with the same least squares."""
    q, r = np.linalg.qr(design)
    return r, q.T @ target


def blended(weights: Mapping[str, float], answers: Mapping[str, Floats]) -> Floats:
    """The mixture, of the shape of each answer, of those that have one for a cell; NaN where none has."""
    if len(weights) == 1:
        return answers[next(iter(weights))]
    total, shares = np.zeros(1), np.zeros(1)
    for name, weight in weights.items():
        share = weight * ~np.isnan(answers[name])
        total, shares = total + np.where(share > 0, share * np.nan_to_num(answers[name]), 0.0), shares + share
    return np.asarray(np.where(shares > 0, total, np.nan) / np.where(shares > 0, shares, 1.0))


def crossed_blend(truth: Floats, answers: Mapping[str, Floats]) -> Floats | None:
    """Mixtures whose weights never saw the cell they answer, to judge blending honestly; None when cells are few."""
    if len(truth) < FEWEST_CELLS or len(answers) < 2:  # noqa: PLR2004 - nothing to mix
        return None
    mixed = np.empty(truth.shape)
    folds = np.arange(len(truth)) % FOLDS
    for fold in range(FOLDS):
        inside = folds == fold
        weights = blend_weights(truth[~inside], {name: answer[~inside] for name, answer in answers.items()})
        if not weights:
            return None
        mixed[inside] = blended(weights, {name: answer[inside] for name, answer in answers.items()})
    return mixed
