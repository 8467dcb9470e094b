"""Collinearity: variance inflation factors and the condition index."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from wrangler.analyze.correlation import correlate
from wrangler.analyze.units import in_own_unit

HIGH_INFLATION = 10.0
HIGH_CONDITION = 30.0

_SMALLEST_EIGENVALUE = 1e-10
_IMPOSSIBLE_EIGENVALUE = -1e-3
_LARGEST_INFLATION = 1e6


@dataclass(frozen=True)
class Collinearity:
    """How far number columns are linear combinations of each other.

    Attributes
    ----------
    inflation : DataFrame indexed by column name, highest first
        `vif` (variance inflation factor; infinite for a column that is a combination of others) and `r_squared` (share
        of its variance that the other columns explain).
    condition_index : float
        Square root of the largest eigenvalue of the correlation matrix over the smallest; above 30 a linear model
        cannot separate the effects of some columns (Belsley, Kuh and Welsch 1980). NaN with fewer than two columns.
    left_out : dict of str to str
        Columns without variance or without rows in common with others.
    is_filled : bool
        Whether missing cells were filled by their column's mean, since the pairwise correlations form no valid
        correlation matrix.
    """

    inflation: pd.DataFrame
    condition_index: float
    left_out: dict[str, str]
    is_filled: bool = False


def collinearity(frame: pd.DataFrame) -> Collinearity:
    """Measure how far each number column is a combination of the others.

    Parameters
    ----------
    frame : DataFrame
        With missing cells or without: the correlations rest on the rows that each pair has in common. Where those
        contradict each other, so that the matrix has eigenvalues clearly below 0, they are taken of the table with each
        missing cell filled by its column's mean: in wide tables, all inflation would be infinite otherwise.

    Returns
    -------
    Collinearity
    """
    result = correlate(frame)
    matrix, left_out = result.matrix, dict(result.left_out)
    while len(matrix) and matrix.isna().any(axis=None):
        worst = matrix.isna().sum().idxmax()
        left_out[str(worst)] = "has no variance, or no rows in common with some other column"
        matrix = matrix.drop(index=worst, columns=worst)
    if len(matrix) <= 1:
        return Collinearity(pd.DataFrame({"vif": [], "r_squared": []}), np.nan, left_out)
    values, vectors = np.linalg.eigh(matrix.to_numpy())
    is_filled = bool(values[0] < _IMPOSSIBLE_EIGENVALUE)
    if is_filled:
        numbers = pd.DataFrame({str(name): in_own_unit(frame[name]) for name in frame if str(name) in matrix.index})
        values, vectors = np.linalg.eigh(correlate(numbers.fillna(numbers.mean())).matrix.to_numpy())
    values = np.maximum(values, _SMALLEST_EIGENVALUE)
    vif = np.square(vectors) @ (1 / values)
    table = pd.DataFrame(
        {"vif": np.where(vif > _LARGEST_INFLATION, np.inf, vif), "r_squared": np.clip(1 - 1 / vif, 0, 1)},
        index=matrix.index.rename("column"),
    )
    condition = float(np.sqrt(values[-1] / values[0]))
    return Collinearity(table.sort_values("vif", ascending=False, kind="stable"), condition, left_out, is_filled)
