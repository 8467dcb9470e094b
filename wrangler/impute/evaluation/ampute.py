"""Making missing cells in a table, to see how well they are filled.

Source: Schouten, Lugtig and Vink, Generating missing values for simulation purposes, J. Stat. Comput. Simul. 88 (2018),
as in R's mice::ampute: rows are divided among patterns of cells that become missing together; the probability that
they do in a row depends on the weighted sum of its standardised cells.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.special import expit
from sklearn.utils import check_random_state

from wrangler.impute.arrays import Bools, Floats, RandomState, Rows
from wrangler.impute.encoding import Kind, fit_codec, kind_of, known_columns, position_of
from wrangler.impute.errors import ImputationError, UnsuitableTable

Side = Literal["right", "left", "mid", "tail"]
MIDDLE = 0.75  # of the absolute score, between the middle and the tails
BEYOND = 60.0

Mechanism = Literal["MCAR", "MAR", "MNAR"]
COLUMNWISE_STEEPNESS = 2.0


@dataclass(frozen=True, kw_only=True)
class Pattern:
    """Cells that become missing together, and in which rows.

    Attributes
    ----------
    missing : sequence of str
        The columns whose cells become missing.
    frequency : float
        Share of the rows that are assigned to this pattern, relative to the other patterns.
    weights : mapping of str to float, optional
        By column, of the standardised cells in the score; by default 1 for every column that stays complete (MAR) or
        that becomes missing (MNAR). MAR refuses weights of columns that become missing.
    side : {"right", "left", "mid", "tail"}
        Whether high scores, low ones, those in the middle or those at both ends get missing cells more often.
    steepness : float
        How fast the logistic probability changes with the score, in its standard deviations; 1 in the paper.
    odds : sequence of float, optional
        Relative probabilities of as many quantile groups of the score, instead of logistic ones.
    """

    missing: Sequence[str]
    frequency: float = 1.0
    weights: Mapping[str, float] | None = None
    side: Side = "right"
    steepness: float = 1.0
    odds: Sequence[float] | None = None


def ampute(
    frame: pd.DataFrame,
    *,
    share: float = 0.3,
    mechanism: Mechanism = "MCAR",
    columns: Sequence[str] | None = None,
    patterns: Sequence[Pattern] | None = None,
    random_state: RandomState = None,
) -> pd.DataFrame:
    """A copy of a table with more missing cells.

    Parameters
    ----------
    frame : DataFrame
    share : float
        Between 0 and 1: the expected share of the rows that get the missing cells of a pattern or, without patterns,
        of the cells of each column that become missing.
    mechanism : {"MCAR", "MAR", "MNAR"}
        Completely at random; by columns that stay complete; or by the removed cells themselves.
    columns : sequence of str, optional
        Without patterns, the columns that get missing cells, each by itself; all by default. Under MAR the score weighs
        at random the columns that stay complete, or all other columns when none does. Columns of NumPy integers or
        booleans become nullable.
    patterns : sequence of Pattern, optional
    random_state : int, RandomState or None

    Returns
    -------
    DataFrame

    Raises
    ------
    ImputationError
        When the share, the mechanism, a pattern or a column is not valid.
    """
    if not 0 < share < 1:
        raise ImputationError(f"share: must lie between 0 and 1, not {share}.")
    if mechanism not in get_args(Mechanism):
        raise ImputationError(f"mechanism: must be one of {', '.join(get_args(Mechanism))}, not {mechanism!r}.")
    if patterns is not None and columns is not None:
        raise ImputationError("columns: give columns or patterns, not both.")
    random = np.random.default_rng(check_random_state(random_state).randint(2**31 - 1))
    removed = {name: np.zeros(len(frame), dtype=bool) for name in frame.columns}
    assigned = (
        _by_column(frame, columns, mechanism, random) if patterns is None else _by_pattern(frame, patterns, random)
    )
    for pattern, rows in assigned:
        check_pattern(pattern, frame, mechanism)
        probabilities = _probabilities(frame, pattern, rows, mechanism, share)
        hit = rows[random.random(len(rows)) < probabilities]
        for name in pattern.missing:
            removed[name][hit] = True
    return with_missing_cells(frame, removed)


def check_pattern(pattern: Pattern, frame: pd.DataFrame, mechanism: Mechanism) -> None:
    """Refuse a pattern that does not suit the table.

    Raises
    ------
    ImputationError
        Naming what is wrong.
    """
    known_columns(frame, pattern.missing, "missing")
    known_columns(frame, list(pattern.weights or ()), "weights")
    if not pattern.missing:
        raise ImputationError("missing: a pattern must name at least one column.")
    if pattern.side not in get_args(Side):
        raise ImputationError(f"side: must be one of {', '.join(get_args(Side))}, not {pattern.side!r}.")
    if pattern.odds is not None and not (len(pattern.odds) and min(pattern.odds) >= 0 < max(pattern.odds)):
        raise ImputationError(f"odds: must be 0 or more, and one above 0, not {list(pattern.odds)}.")
    if not np.isfinite(list((pattern.weights or {}).values())).all():
        raise ImputationError(f"weights: must be numbers, not {dict(pattern.weights or {})}.")
    weighted = [name for name in pattern.weights or () if name in pattern.missing]
    if mechanism == "MAR" and weighted:
        raise ImputationError(f"weights: {weighted[0]!r} becomes missing, so its weight makes the mechanism MNAR.")
    if mechanism == "MAR" and pattern.weights is None and set(pattern.missing) >= set(frame.columns):
        raise ImputationError("missing: a pattern of all columns leaves none for MAR to depend on.")


def with_missing_cells(frame: pd.DataFrame, removed: Mapping[str, Bools]) -> pd.DataFrame:
    """A copy of a table without the cells that are marked, by column."""
    incomplete = frame.copy(deep=False)
    for name, marks in removed.items():
        if marks.any():
            column: Any = _nullable(frame[name]).mask(marks)
            incomplete.isetitem(position_of(frame, name), column)
    return incomplete


def _by_column(
    frame: pd.DataFrame, columns: Sequence[str] | None, mechanism: Mechanism, random: np.random.Generator
) -> Iterator[tuple[Pattern, Rows]]:
    """A pattern for each column, every one for all rows."""
    targets = list(frame.columns if columns is None else columns)
    known_columns(frame, targets, "columns")
    for name in targets:
        others = [other for other in frame.columns if other != name]
        drivers = [other for other in others if other not in targets] or others
        drivers = {"MCAR": [], "MAR": drivers, "MNAR": [name]}[mechanism]
        weights = dict(zip(drivers, random.random(len(drivers)), strict=True))
        yield Pattern(missing=[name], weights=weights, steepness=COLUMNWISE_STEEPNESS), np.arange(len(frame))


def _by_pattern(
    frame: pd.DataFrame, patterns: Sequence[Pattern], random: np.random.Generator
) -> Iterator[tuple[Pattern, Rows]]:
    """Each pattern with the rows assigned to it; a row belongs to one pattern."""
    frequencies = np.array([pattern.frequency for pattern in patterns], dtype=np.float64)
    if not (len(frequencies) and (frequencies > 0).all() and np.isfinite(frequencies).all()):
        raise ImputationError("patterns: give at least one, each with a frequency above 0.")
    pattern_of_row = random.choice(len(patterns), size=len(frame), p=frequencies / frequencies.sum())
    for number, pattern in enumerate(patterns):
        yield pattern, np.flatnonzero(pattern_of_row == number)


def _probabilities(frame: pd.DataFrame, pattern: Pattern, rows: Rows, mechanism: Mechanism, share: float) -> Floats:
    if mechanism == "MCAR":
        return np.full(len(rows), share)
    weights = pattern.weights
    if weights is None:
        weights = {name: 1.0 for name in frame.columns if (name in pattern.missing) == (mechanism == "MNAR")}
    score = np.zeros(len(rows))
    for name, weight in weights.items():
        if weight:
            score += weight * standard_score(frame[name])[rows]
    if pattern.odds is not None:
        return odds_probabilities(score, share, pattern.odds)
    return logistic_probabilities(score, share, pattern.side, pattern.steepness)


def standard_score(column: pd.Series) -> Floats:
    """A column's numbers, or the codes of its levels, standardised; 0 where missing."""
    kind = kind_of(column)
    if kind is Kind.UNSUPPORTED:
        raise UnsuitableTable(f"'{column.name}' ({column.dtype}) cannot be part of a score.")
    codes = fit_codec(column, kind).encode(column)
    known = ~np.isnan(codes)
    score = np.zeros(len(codes))
    score[known] = standardised(codes[known])
    return score


def _nullable(column: pd.Series) -> pd.Series:
    """The column in a dtype of the same kind that can hold missing cells."""
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "iub":
        return column.convert_dtypes()
    return column


def standardised(score: Floats) -> Floats:
    """Standardised to mean 0 and standard deviation 1; zeros when all are equal."""
    centered = score - score.mean() if len(score) else score
    spread = float(centered.std()) if len(score) else 0.0
    return centered / spread if spread > 0 else np.zeros(len(score))


def logistic_probabilities(score: Floats, share: float, side: Side, steepness: float) -> Floats:
    """Probabilities whose mean is `share`: highest at high or low scores, in the middle, or at both ends, by `side`.

    Parameters
    ----------
    score : ndarray of shape (rows,)
    share : float
    side : {"right", "left", "mid", "tail"}
    steepness : float
        Of the logistic function, for a score of standard deviation 1.

    Returns
    -------
    ndarray of shape (rows,)
    """
    even = standardised(score)
    if not even.any():
        return np.full(len(score), share)
    transformed = {"right": even, "left": -even, "mid": MIDDLE - abs(even), "tail": abs(even) - MIDDLE}
    slope = steepness * transformed[side]
    reach = float(np.abs(slope).max()) + BEYOND
    shift = brentq(lambda level: expit(slope + level).mean() - share, -reach, reach, xtol=1e-12)
    return np.asarray(expit(slope + shift))


def odds_probabilities(score: Floats, share: float, odds: Sequence[float]) -> Floats:
    """Probabilities whose mean is `share`, in the ratio of `odds` between as many quantile groups of the score.

    Where a probability would exceed 1 it stays 1, and the others make up for it.

    Raises
    ------
    ImputationError
        When the groups with odds above 0 are too small for the share.
    """
    ranks = np.argsort(np.argsort(score, kind="stable"), kind="stable")
    relative = np.asarray(odds, dtype=np.float64)[ranks * len(odds) // max(len(score), 1)]
    if not len(score):
        return relative
    if (relative > 0).mean() < share:
        raise ImputationError(f"odds: too many of {list(odds)} are 0 for a share of {share:g}.")
    least = relative[relative > 0].min()
    factor = brentq(lambda by: np.minimum(by * relative, 1.0).mean() - share, 0.0, 1.0 / least, xtol=1e-14)
    return np.asarray(np.minimum(factor * relative, 1.0))
