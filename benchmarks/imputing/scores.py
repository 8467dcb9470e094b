"""How far the filled cells are from the hidden ones.

Numbers: root of the mean squared error and Wasserstein distance, both in standard deviations of the column. Levels:
share of wrong cells, and total variation between the shares of the levels. Averaged over columns.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import wasserstein_distance

from benchmarks.imputing.tasks import Hidden, Holed


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


def scores_of(task: Holed, filled: pd.DataFrame) -> Scores:
    """The scores of a completed table."""
    return _gather(
        {name: _errors(name, cells, _answers(filled[name], cells)) for name, cells in task.hidden.items()}, task.hidden
    )


def baseline_of(task: Holed) -> Scores:
    """The scores of mean and most frequent level."""
    errors = {}
    for name, cells in task.hidden.items():
        column = task.frame[name]
        answer = column.cat.codes[column.notna()].mode()[0] if cells.levels else column.mean()
        errors[name] = _errors(name, cells, np.full(len(cells.rows), answer, dtype=np.float64))
    return _gather(errors, task.hidden)


def _answers(column: pd.Series, cells: Hidden) -> np.ndarray:
    taken = column.iloc[cells.rows]
    if not cells.levels:
        return taken.to_numpy(dtype=np.float64, na_value=np.nan)
    codes = pd.Categorical(taken, categories=list(cells.levels)).codes
    return np.where(codes < 0, np.nan, codes)


def _errors(name: str, cells: Hidden, answers: np.ndarray) -> tuple[float, float]:
    """Error and distance of one column."""
    if not np.isfinite(answers).all():
        raise Unfilled(f"{int((~np.isfinite(answers)).sum())} cells of '{name}' are not filled")
    if cells.levels:
        shares = [np.bincount(codes.astype(int), minlength=len(cells.levels)) for codes in (cells.truth, answers)]
        return float((cells.truth != answers).mean()), float(np.abs(shares[0] - shares[1]).sum() / (2 * len(answers)))
    root = float(np.sqrt(np.mean((cells.truth - answers) ** 2)))
    return root / cells.spread, float(wasserstein_distance(cells.truth, answers)) / cells.spread


def _gather(errors: Mapping[str, tuple[float, float]], hidden: Mapping[str, Hidden]) -> Scores:
    numbers = [pair for name, pair in errors.items() if not hidden[name].levels]
    levels = [pair for name, pair in errors.items() if hidden[name].levels]
    nrmse, wasserstein = np.mean(numbers, axis=0).tolist() if numbers else (np.nan, np.nan)
    wrong, variation = np.mean(levels, axis=0).tolist() if levels else (np.nan, np.nan)
    return Scores(nrmse, wrong, wasserstein, variation, {name: round(pair[0], 4) for name, pair in errors.items()})
