"""Estimates of one column shrunk to those of the whole table, as few held-out cells of one column decide little."""

from collections.abc import Mapping

import numpy as np

from wrangler.impute.arrays import Floats

CELLS_OF_THE_TABLE = 30  # as many of its own cells count for a column as much as the table does
FARTHEST = 3.0  # logarithm of a mean loss by that of other methods


def relative_losses(
    mean_losses: Mapping[str, Mapping[str, float]], cells: Mapping[str, int]
) -> dict[str, dict[str, float]]:
    """Logarithm of the mean loss of each method by the geometric mean of all, shrunk to its mean over the columns.

    Parameters
    ----------
    mean_losses : mapping of column to mapping of method to float
    cells : mapping of column to int
        How many each mean is over; with none, a column has the mean of the table.

    Returns
    -------
    dict of column to dict of method to float
    """
    own = {name: _relative(losses) if cells[name] else {} for name, losses in mean_losses.items()}
    sums: dict[str, list[float]] = {}
    for name, relative in own.items():
        for method, value in relative.items():
            total = sums.setdefault(method, [0.0, 0.0])
            total[0] += cells[name] * value
            total[1] += cells[name]
    of_table = {method: total / count for method, (total, count) in sums.items()}
    return {
        name: {
            method: (cells[name] * own[name].get(method, 0.0) + CELLS_OF_THE_TABLE * of_table.get(method, 0.0))
            / (cells[name] + CELLS_OF_THE_TABLE)
            for method in losses
        }
        for name, losses in mean_losses.items()
    }


def _relative(losses: Mapping[str, float]) -> dict[str, float]:
    if not losses:
        return {}
    logs = np.log(np.maximum(list(losses.values()), np.finfo(float).tiny))
    return dict(zip(losses, np.clip(logs - logs.mean(), -FARTHEST, FARTHEST).tolist(), strict=True))


def shrunk_means(estimates: Floats, errors: Floats) -> Floats:
    """Estimates of several columns, shrunk to their mean by a random-effects model.

    Source: the variance between columns by DerSimonian and Laird, Meta-analysis in clinical trials, Controlled Clinical
    Trials 7 (1986), 177-188; given it, the best linear unbiased prediction of each column.

    Parameters
    ----------
    estimates : ndarray of shape (columns,)
        NaN where a column has none: it has the mean of the others, NaN if no column has one.
    errors : ndarray of shape (columns,)
        Standard errors, positive.

    Returns
    -------
    ndarray of shape (columns,)
    """
    known = ~np.isnan(estimates)
    if not known.any():
        return estimates
    weights = 1.0 / errors[known] ** 2
    mean = float((weights * estimates[known]).sum() / weights.sum())
    excess = float((weights * (estimates[known] - mean) ** 2).sum()) - (int(known.sum()) - 1)
    spread = weights.sum() - (weights**2).sum() / weights.sum()
    between = max(excess / spread, 0.0) if known.sum() > 1 and spread > 0 else 0.0
    weights = 1.0 / (errors[known] ** 2 + between)
    mean = float((weights * estimates[known]).sum() / weights.sum())
    shrunk = np.full(len(estimates), mean)
    shrunk[known] += between * weights * (estimates[known] - mean)
    return shrunk
