"""Mixtures of the predictions of several methods, by weights fitted on held-out cells.

Sources: Breiman, Stacked Regressions, Machine Learning 24 (1996): non-negative least squares on held-out predictions;
for levels the same on class probabilities (Brier score). On few cells least squares overfits, so the weights are shrunk
to a prior as in ridge regression: the more, the less the held-out cells distinguish the methods. On six small tables
stronger shrinkage, up to the prior alone, gave the same error, and weaker shrinkage a larger one.
"""

from collections.abc import Mapping

import numpy as np
from scipy.optimize import nnls

from wrangler.impute.arrays import Floats

LEAST_WEIGHT = 0.08
PRIOR_SPREAD = 0.125
SUM_OF_WEIGHTS = 1e3
LEAST_SPREAD = 1e-100  # below it, errors in units of it have squares that are no finite numbers


def blend_weights(
    truth: Floats,
    predictions: Mapping[str, Floats],
    prior: Mapping[str, float] | None = None,
    shares: Floats | None = None,
) -> dict[str, float]:
    """Weights, summing to one, of the mixture with the least squared error, shrunk to a prior.

    Parameters
    ----------
    truth : ndarray of shape (cells,) or (cells, levels)
        Numbers, or for levels 1 for the true one and 0 for the others.
    predictions : mapping of method to ndarray of the shape of `truth`
        Numbers, or probabilities of the levels.
    prior : mapping of method to float, optional
        Positive; by default the squares of the inverse mean squared errors.
    shares : ndarray of shape (cells,), optional
        By how much each cell counts, one by default.

    Returns
    -------
    dict of str to float
        Without methods of very small weight; the prior when the truth does not vary.
    """
    shares = np.ones(len(truth)) if shares is None else shares
    spread = float(truth.std()) if len(truth) else 0.0
    if spread < LEAST_SPREAD:
        return _without_small(dict.fromkeys(predictions, 1.0) if prior is None else dict(prior))
    by_entry = np.repeat(np.sqrt(shares), _entries(truth))
    residuals = np.column_stack([(prediction - truth).ravel() * by_entry for prediction in predictions.values()])
    residuals /= spread
    errors = np.maximum((residuals**2).sum(axis=0) / (by_entry**2).sum(), 1e-12)
    wanted = errors.min() ** 2 / errors**2 if prior is None else np.array([prior[name] for name in predictions])
    wanted = wanted / wanted.sum()
    # As weights sum to one, the residual of the mixture is the mixture of the residuals.
    pull = np.sqrt(float(errors.min()) * _entries(truth)) / PRIOR_SPREAD
    together = SUM_OF_WEIGHTS * (1.0 + pull + float(np.sqrt((residuals**2).sum())))
    design = np.vstack([residuals, pull * np.eye(len(wanted)), np.full((1, len(wanted)), together)])
    target = np.concatenate([np.zeros(len(residuals)), pull * wanted, [together]])
    weights = nnls(*_squared(design, target))[0]
    found = weights if weights.sum() > 0 else wanted
    return _without_small(dict(zip(predictions, found.tolist(), strict=True)))


def _without_small(weights: Mapping[str, float]) -> dict[str, float]:
    """The weights that are not very small, summing to one."""
    least = min(LEAST_WEIGHT * sum(weights.values()), max(weights.values()))
    kept = {name: weight for name, weight in weights.items() if weight >= least}
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
