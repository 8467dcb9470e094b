"""How far the filled cells are from the hidden ones.

Numbers: root of the mean squared error and Wasserstein distance, both in standard deviations of the column. Levels:
share of wrong cells, and total variation between the shares of the levels. Averaged over columns.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import wasserstein_distance

from benchmarks.imputing.tasks import Hidden, IncompleteTable


class Unfilled(Exception):
    """Cells were left missing."""


@dataclass(frozen=True)
class Scores:
    """NaN where the table has no hidden cell of that kind."""

    nrmse: float
    wrong: float
    wasserstein: float
    variation: float
    columns: Mapping[str, float]


def scores_of(task: IncompleteTable, filled: pd.DataFrame) -> Scores:
    """The scores of a completed table."""
    return _gather(
        {name: _errors(name, cells, _filled_pairs(filled[name], cells)) for name, cells in task.hidden.items()},
        task.hidden,
    )


def baseline_of(task: IncompleteTable) -> Scores:
    """The scores of mean and most frequent level."""
    errors = {}
    for name, cells in task.hidden.items():
        column = task.frame[name]
        prediction = column.cat.codes[column.notna()].mode()[0] if cells.levels else column.mean()
        errors[name] = _errors(name, cells, np.full(len(cells.rows), prediction, dtype=np.float64))
    return _gather(errors, task.hidden)


def _filled_pairs(column: pd.Series, cells: Hidden) -> np.ndarray:
    taken = column.iloc[cells.rows]
    if not cells.levels:
        return taken.to_numpy(dtype=np.float64, na_value=np.nan)
    codes = pd.Categorical(taken, categories=list(cells.levels)).codes
    return np.where(codes < 0, np.nan, codes)


def _errors(name: str, cells: Hidden, filled_values: np.ndarray) -> tuple[float, float]:
    """Error and distance of one column."""
    if not np.isfinite(filled_values).all():
        raise Unfilled(f"{int((~np.isfinite(filled_values)).sum())} cells of '{name}' are not filled")
    if cells.levels:
        shares = [np.bincount(codes.astype(int), minlength=len(cells.levels)) for codes in (cells.truth, filled_values)]
        return float((cells.truth != filled_values).mean()), float(
            np.abs(shares[0] - shares[1]).sum() / (2 * len(filled_values))
        )
    root = float(np.sqrt(np.mean((cells.truth - filled_values) ** 2)))
    return root / cells.spread, float(wasserstein_distance(cells.truth, filled_values)) / cells.spread


def _gather(errors: Mapping[str, tuple[float, float]], hidden: Mapping[str, Hidden]) -> Scores:
    numbers = [pair for name, pair in errors.items() if not hidden[name].levels]
    levels = [pair for name, pair in errors.items() if hidden[name].levels]
    nrmse, wasserstein = np.mean(numbers, axis=0).tolist() if numbers else (np.nan, np.nan)
    wrong, variation = np.mean(levels, axis=0).tolist() if levels else (np.nan, np.nan)
    return Scores(nrmse, wrong, wasserstein, variation, {name: round(pair[0], 4) for name, pair in errors.items()})
