"""Mixtures of the predictions of several methods, by weights fitted on held-out cells.

Sources: Breiman, Stacked Regressions, Machine Learning 24 (1996): non-negative least squares on held-out predictions;
for levels the same on class probabilities (Brier score). On few cells least squares overfits, so the weights are shrunk
to a prior as in ridge regression: the more, the less the held-out cells distinguish the methods.
"""

from collections.abc import Mapping

import numpy as np
from scipy.optimize import nnls

from wrangler.impute.arrays import Floats

FEWEST_CELLS = 20
LEAST_WEIGHT = 0.08
FOLDS = 5
PRIOR_SPREAD = 0.3
SUM_OF_WEIGHTS = 1e3
LEAST_SPREAD = 1e-100  # below it, errors in units of it have squares that are no finite numbers


def blend_weights(truth: Floats, predictions: Mapping[str, Floats]) -> dict[str, float]:
    """Weights, summing to one, of the mixture with the least squared error, shrunk to a prior.

    Parameters
    ----------
    truth : ndarray of shape (cells,) or (cells, levels)
        Numbers, or for levels 1 for the true one and 0 for the others.
    predictions : mapping of method to ndarray of the shape of `truth`
        Numbers, or probabilities of the levels.

    Returns
    -------
    dict of str to float
        Without methods of very small weight; empty when the truth does not vary.
    """
    spread = float(truth.std())
    if spread < LEAST_SPREAD:
        return {}
    residuals = np.column_stack([(prediction - truth).ravel() / spread for prediction in predictions.values()])
    errors = np.maximum((residuals**2).mean(axis=0), 1e-12)
    prior = errors.min() ** 2 / errors**2
    prior /= prior.sum()
    # As weights sum to one, the residual of the mixture is the mixture of the residuals.
    pull = np.sqrt(float(errors.min()) * _entries(truth)) / PRIOR_SPREAD
    together = SUM_OF_WEIGHTS * (1.0 + pull + float(np.sqrt((residuals**2).sum())))
    design = np.vstack([residuals, pull * np.eye(len(prior)), np.full((1, len(prior)), together)])
    target = np.concatenate([np.zeros(len(residuals)), pull * prior, [together]])
    weights = nnls(*_squared(design, target))[0]
    if weights.sum() <= 0:
        return {}
    weights /= weights.sum()
    kept = {name: float(weight) for name, weight in zip(predictions, weights, strict=True) if weight >= LEAST_WEIGHT}
    total = sum(kept.values())
    return {name: weight / total for name, weight in kept.items()}


def _entries(truth: Floats) -> int:
    """Entries of one cell in the least squares: the levels of a category count as one observation."""
    return 1 if truth.ndim == 1 else truth.shape[1]


def _squared(design: Floats, target: Floats) -> tuple[Floats, Floats]:
    """A small system with the same least squares solution."""
    q, r = np.linalg.qr(design)
    return r, q.T @ target


def blended(weights: Mapping[str, float], predictions: Mapping[str, Floats]) -> Floats:
    """The mixture of the predictions that a cell has, of their shape; NaN where it has none."""
    if len(weights) == 1:
        return predictions[next(iter(weights))]
    total, shares = np.zeros(1), np.zeros(1)
    for name, weight in weights.items():
        share = weight * ~np.isnan(predictions[name])
        total, shares = total + np.where(share > 0, share * np.nan_to_num(predictions[name]), 0.0), shares + share
    return np.asarray(np.where(shares > 0, total, np.nan) / np.where(shares > 0, shares, 1.0))


def crossed_blend(truth: Floats, predictions: Mapping[str, Floats]) -> Floats | None:
    """Mixtures by weights that were fitted on other cells (cross-validation); None when cells are few."""
    if len(truth) < FEWEST_CELLS or len(predictions) < 2:  # noqa: PLR2004 - nothing to mix
        return None
    mixed = np.empty(truth.shape)
    folds = np.arange(len(truth)) % FOLDS
    for fold in range(FOLDS):
        inside = folds == fold
        weights = blend_weights(truth[~inside], {name: prediction[~inside] for name, prediction in predictions.items()})
        if not weights:
            return None
        mixed[inside] = blended(weights, {name: prediction[inside] for name, prediction in predictions.items()})
    return mixed
