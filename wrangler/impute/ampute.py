"""Making holes in a complete table, to see how well they are filled.

Source: Schouten, Lugtig and Vink, Generating missing values for simulation purposes, J. Stat. Comput. Simul. 88 (2018):
weighted sum scores, and a logistic distribution of missingness shifted until the wanted share is reached.
"""

from collections.abc import Sequence
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.special import expit
from sklearn.utils import check_random_state

from wrangler.impute.codec import Floats
from wrangler.impute.errors import ImputationError, UnsuitableTable
from wrangler.impute.kinds import Kind, kind_of
from wrangler.impute.planning import known_columns, position_of

Mechanism = Literal["MCAR", "MAR", "MNAR"]
STEEPNESS = 2.0


def ampute(
    frame: pd.DataFrame,
    *,
    share: float = 0.3,
    mechanism: Mechanism = "MCAR",
    columns: Sequence[str] | None = None,
    random_state: Any = None,  # noqa: ANN401 - as in scikit-learn
) -> pd.DataFrame:
    """A copy of a table with more holes.

    Parameters
    ----------
    frame : DataFrame
    share : float
        Share of the observed cells of each column that is removed, between 0 and 1.
    mechanism : {"MCAR", "MAR", "MNAR"}
        Completely at random; more likely the larger the other columns are that are not amputed (all others when every
        column is); or more likely the larger the cell itself is.
    columns : sequence of str, optional
        Columns that lose cells; all by default. Columns of plain integers or booleans become nullable.
    random_state : int, RandomState or None

    Returns
    -------
    DataFrame

    Raises
    ------
    ImputationError
        When the share, the mechanism or a column is not one that can be used.
    """
    if not 0 < share < 1:
        raise ImputationError(f"share: must lie between 0 and 1, not {share}.")
    if mechanism not in get_args(Mechanism):
        raise ImputationError(f"mechanism: must be one of {', '.join(get_args(Mechanism))}, not {mechanism!r}.")
    hit = list(frame.columns if columns is None else columns)
    known_columns(frame, hit, "columns")
    random = np.random.default_rng(check_random_state(random_state).randint(2**31 - 1))
    scores = {name: standard_score(frame[name]) for name in frame.columns}
    holed = frame.copy(deep=False)
    for name in hit:
        drivers = _drivers(name, list(frame.columns), hit, mechanism)
        weights = random.random(len(drivers))
        score = np.sum([weight * scores[driver] for weight, driver in zip(weights, drivers, strict=True)], axis=0)
        lost = random.random(len(frame)) < _chances(np.broadcast_to(score, len(frame)), share)
        made: Any = nullable(frame[name]).mask(lost)
        holed.isetitem(position_of(frame, name), made)
    return holed


def nullable(column: pd.Series) -> pd.Series:
    """The column in a dtype that has room for missing cells and keeps its kind."""
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "iub":
        return column.convert_dtypes()
    return column


def standard_score(column: pd.Series) -> Floats:
    """Ranks of a column's numbers or levels, standardised; 0 where missing."""
    kind = kind_of(column)
    if kind is Kind.UNSUPPORTED:
        raise UnsuitableTable(f"'{column.name}' ({column.dtype}) has no order to make holes by.")
    codes = pd.Series(pd.factorize(column, sort=True)[0])
    ranks = codes.where(codes >= 0).rank().to_numpy(dtype=np.float64, copy=True)
    spread = float(np.nanstd(ranks)) if (codes >= 0).any() else 0.0
    centered = (ranks - np.nanmean(ranks)) / spread if spread else np.zeros(len(ranks))
    return np.nan_to_num(centered)


def _drivers(name: str, every: Sequence[str], hit: Sequence[str], mechanism: Mechanism) -> list[str]:
    if mechanism == "MCAR":
        return []
    if mechanism == "MNAR":
        return [name]
    others = [other for other in every if other != name]
    return [other for other in others if other not in hit] or others


def _chances(score: Floats, share: float) -> Floats:
    """Logistic chances that rise with the score and have `share` as their mean."""
    spread = float(score.std()) if len(score) else 0.0
    if not spread:
        return np.full(len(score), share)
    steep = STEEPNESS * (score - score.mean()) / spread
    shift = brentq(lambda level: expit(steep + level).mean() - share, -50, 50)
    return np.asarray(expit(steep + shift))
