"""Columns as predictors: numbers on the normal scale of their ranks, levels as flags; nothing missing any more."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import ndtri

from wrangler.analyze.kinds import column_kind
from wrangler.analyze.normal_em import Floats
from wrangler.analyze.ranks import average_ranks
from wrangler.analyze.units import in_own_unit

_MOST_LEVELS = 8
_MOST_DISTINCT = 50


@dataclass(frozen=True)
class Encoded:
    """One column as an array.

    Attributes
    ----------
    name : str
    numbers : ndarray of float64, shape (n,)
        Numbers and dates in a unit of their own, or the numbers of the levels, commonest first; NaN where missing.
    has_levels : bool
    """

    name: str
    numbers: Floats
    has_levels: bool

    def at(self, rows: npt.NDArray[np.int64]) -> "Encoded":
        """The same column at some rows."""
        return Encoded(self.name, self.numbers[rows], self.has_levels)


def encode(column: pd.Series) -> Encoded:
    """Turn a column of any type into an array."""
    if column_kind(column) in {"number", "date"}:
        return Encoded(str(column.name), in_own_unit(column), has_levels=False)
    codes, levels = pd.factorize(column)
    by_count = np.argsort(-np.bincount(codes[codes >= 0], minlength=len(levels)), kind="stable")
    place = np.empty(len(levels) + 1)
    place[by_count] = np.arange(len(levels))
    place[-1] = np.nan
    return Encoded(str(column.name), place[codes], has_levels=True)


def is_like_an_identifier(column: pd.Series) -> bool:
    """Whether a text column has so many levels that they cannot be compared."""
    if column_kind(column) not in {"text", "category"}:
        return False
    known, distinct = int(column.notna().sum()), int(column.nunique())
    return distinct > _MOST_DISTINCT and distinct > known / 2


def design(column: Encoded) -> Floats:
    """Give the columns of a design matrix for one column, each with mean 0, where missing values stand too.

    Parameters
    ----------
    column : Encoded, n values

    Returns
    -------
    ndarray of float64, shape (n, d)
        For numbers and dates the normal score of the rank and its square, so that a bend shows as well as a slope; for
        booleans, categories and text a flag for each of the eight commonest levels. d is 0 for constant columns.
    """
    known = ~np.isnan(column.numbers)
    if not known.any() or column.numbers[known].min() == column.numbers[known].max():
        return np.empty((len(known), 0))
    if column.has_levels:
        flags: Floats = (column.numbers[:, None] == np.arange(_MOST_LEVELS)).astype(np.float64)
        return np.where(known[:, None], flags - flags[known].mean(axis=0), 0.0)
    scores = np.zeros(len(known))
    scores[known] = normal_scores(column.numbers[known])
    bend = np.where(known, np.square(scores) - np.square(scores[known]).mean(), 0.0)
    return np.column_stack([scores, bend])


def normal_scores(values: Floats) -> Floats:
    """Replace values by what their ranks would be in a normal distribution."""
    scores: Floats = ndtri((average_ranks(values) - 0.5) / len(values))
    return scores
