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
ROUNDING = 1e-9

Mechanism = Literal["MCAR", "MAR", "MNAR"]
COLUMNWISE_STEEPNESS = 2.0
MOST_OF_A_PATTERN = 0.8  # of its rows, before a pattern takes in one more column


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
        of the observed cells of each column that become missing. Cells that are missing already do not count: rows
        weigh by how many cells of the pattern they have.
    mechanism : {"MCAR", "MAR", "MNAR"}
        Completely at random; by columns that stay complete; or by the removed cells themselves.
    columns : sequence of str, optional
        Without patterns, the columns that get missing cells; all by default. Under MAR the score of a column weighs at
        random the columns that stay complete. When none does, each row is assigned to a pattern, in which some columns
        become missing together by the score of the others, so that all columns lose the same share: if each column
        went by columns that lose cells themselves, the mechanism would be MNAR. Columns of NumPy integers or booleans
        become nullable.
    patterns : sequence of Pattern, optional
    random_state : int, RandomState or None

    Returns
    -------
    DataFrame

    Raises
    ------
    ImputationError
        When the share, the mechanism, a pattern or a column is not valid; under MAR without patterns also when there is
        one column only, or when so large a share of all columns leaves no column to depend on.
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
        _by_column(frame, columns, mechanism, share, random)
        if patterns is None
        else _by_pattern(frame, patterns, share, random)
    )
    for pattern, rows, share_of_rows in assigned:
        check_pattern(pattern, frame, mechanism)
        probabilities = _probabilities(frame, pattern, rows, mechanism, share_of_rows)
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


Assigned = Iterator[tuple[Pattern, Rows, float]]
"""Patterns, each with its rows and the share of them that gets its missing cells."""


def _by_column(
    frame: pd.DataFrame,
    columns: Sequence[str] | None,
    mechanism: Mechanism,
    share: float,
    random: np.random.Generator,
) -> Assigned:
    """A pattern for each column, every one for all rows; or patterns in turn when MAR has no column that stays."""
    targets = list(frame.columns if columns is None else columns)
    known_columns(frame, targets, "columns")
    staying = [name for name in frame.columns if name not in targets]
    if mechanism == "MAR" and not staying:
        yield from _by_pattern(frame, *_patterns_in_turn(targets, share, random), random)
        return
    for name in targets:
        drivers = {"MCAR": [], "MAR": staying, "MNAR": [name]}[mechanism]
        weights = dict(zip(drivers, random.random(len(drivers)), strict=True))
        yield Pattern(missing=[name], weights=weights, steepness=COLUMNWISE_STEEPNESS), np.arange(len(frame)), share


def _patterns_in_turn(targets: Sequence[str], share: float, random: np.random.Generator) -> tuple[list[Pattern], float]:
    """As many patterns as columns, each column in equally many, and the share of their rows to be hit."""
    count = len(targets)
    if share * count >= count - 1:
        raise ImputationError(
            f"mechanism: under MAR a row must keep a column that its missing cells depend on, so {count} columns can "
            f"lose less than {1 - 1 / max(count, 1):.0%} of their cells, not {share:.0%}; leave a column out of "
            "`columns`, lower the share, or use MCAR or MNAR."
        )
    together = min(int(np.ceil(share * count / MOST_OF_A_PATTERN)), count - 1)
    order = random.permutation(count)
    patterns = []
    for first in range(count):
        missing = [targets[order[(first + step) % count]] for step in range(together)]
        drivers = [name for name in targets if name not in missing]
        weights = dict(zip(drivers, random.random(len(drivers)), strict=True))
        patterns.append(Pattern(missing=missing, weights=weights, steepness=COLUMNWISE_STEEPNESS))
    return patterns, share * count / together


def _by_pattern(
    frame: pd.DataFrame, patterns: Sequence[Pattern], share: float, random: np.random.Generator
) -> Assigned:
    """Each pattern with the rows assigned to it; a row belongs to one pattern."""
    frequencies = np.array([pattern.frequency for pattern in patterns], dtype=np.float64)
    if not (len(frequencies) and (frequencies > 0).all() and np.isfinite(frequencies).all()):
        raise ImputationError("patterns: give at least one, each with a frequency above 0.")
    pattern_of_row = random.choice(len(patterns), size=len(frame), p=frequencies / frequencies.sum())
    for number, pattern in enumerate(patterns):
        yield pattern, np.flatnonzero(pattern_of_row == number), share


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
    cells = frame[list(pattern.missing)].notna().sum(axis=1).to_numpy(dtype=np.float64)[rows]
    if pattern.odds is not None:
        return odds_probabilities(score, share, pattern.odds, cells)
    return logistic_probabilities(score, share, pattern.side, pattern.steepness, cells)


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


def logistic_probabilities(
    score: Floats, share: float, side: Side, steepness: float, cells: Floats | None = None
) -> Floats:
    """Probabilities whose mean is `share`: highest at high or low scores, in the middle, or at both ends, by `side`.

    Parameters
    ----------
    score : ndarray of shape (rows,)
    share : float
    side : {"right", "left", "mid", "tail"}
    steepness : float
        Of the logistic function, for a score of standard deviation 1.
    cells : ndarray of shape (rows,), optional
        Weights of the rows in that mean: how many cells each can lose. All alike by default.

    Returns
    -------
    ndarray of shape (rows,)
    """
    even, weights = standardised(score), _mean_weights(cells, len(score))
    if not even.any():
        return np.full(len(score), share)
    transformed = {"right": even, "left": -even, "mid": MIDDLE - abs(even), "tail": abs(even) - MIDDLE}
    slope = steepness * transformed[side]
    reach = float(np.abs(slope).max()) + BEYOND
    shift = brentq(lambda level: expit(slope + level) @ weights - share, -reach, reach, xtol=1e-12)
    return np.asarray(expit(slope + shift))


def odds_probabilities(score: Floats, share: float, odds: Sequence[float], cells: Floats | None = None) -> Floats:
    """Probabilities whose mean is `share`, in the ratio of `odds` between as many quantile groups of the score.

    Where a probability would exceed 1 it stays 1, and the others make up for it. `cells` weighs the rows in the mean,
    as in `logistic_probabilities`.

    Raises
    ------
    ImputationError
        When the groups with odds above 0 are too small for the share.
    """
    ranks = np.argsort(np.argsort(score, kind="stable"), kind="stable")
    relative = np.asarray(odds, dtype=np.float64)[ranks * len(odds) // max(len(score), 1)]
    if not len(score):
        return relative
    weights = _mean_weights(cells, len(score))
    most = float((relative > 0) @ weights)
    if most < share - ROUNDING:
        raise ImputationError(f"odds: too many of {list(odds)} are 0 for a share of {share:g}.")
    if most <= share + ROUNDING:
        return (relative > 0).astype(np.float64)
    least = relative[relative > 0].min()
    factor = brentq(lambda by: np.minimum(by * relative, 1.0) @ weights - share, 0.0, 1.0 / least, xtol=1e-14)
    return np.asarray(np.minimum(factor * relative, 1.0))


def _mean_weights(cells: Floats | None, rows: int) -> Floats:
    """Weights that add up to 1; all alike where no row has a cell to lose."""
    if cells is None or not cells.any():
        return np.full(rows, 1 / max(rows, 1))
    weights: Floats = cells / cells.sum()
    return weights
