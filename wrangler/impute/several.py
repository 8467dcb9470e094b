"""Several completed tables from one imputer: which method gives them, and how far they cover what they draw for."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats
from sklearn.base import clone

from wrangler.impute.ampute import with_holes
from wrangler.impute.codec import Floats, learn_codec
from wrangler.impute.errors import ImputationError
from wrangler.impute.kinds import LEVELLED, kind_of
from wrangler.impute.record import Event
from wrangler.impute.scoring import hidden_cells, scorable
from wrangler.impute.withholding import Withholding

DRAWING = "mice"
DRAWS_INSTEAD = frozenset({"auto", "pmm", DRAWING})
MOST_DRAWS = 200
FEWEST_DRAWS = 3
COVERAGE_COLUMNS = ("column", "cells", "coverage", "standard_error", "width")


def method_for_draws(method: str, options: Mapping[str, Any], draws: int) -> tuple[str, dict[str, Any]]:
    """The method and options that complete a table so many times.

    Parameters
    ----------
    method : str
        As asked for; "auto" and "pmm" give way to "mice" when more than one table is wanted.
    options : mapping
        Options of the method.
    draws : int
        How many completed tables are wanted.

    Returns
    -------
    tuple of str and dict

    Raises
    ------
    ImputationError
        When the number makes no sense, or the method fills every cell with the same value each time.
    """
    if not 1 <= draws <= MOST_DRAWS:
        raise ImputationError(f"draws: must lie between 1 and {MOST_DRAWS}, not {draws}.")
    if draws == 1:
        return method, dict(options)
    if method not in DRAWS_INSTEAD:
        raise ImputationError(
            f"draws: '{method}' fills each cell the same way every time; use {', '.join(sorted(DRAWS_INSTEAD))}, or 1."
        )
    return DRAWING, {**options, "draws": draws}


def tell_replaced(asked: str, used: str) -> list[Event]:
    """The event that another method than the one asked for draws the tables; none when it is the same."""
    told = f"'{asked}' completes a table once; several tables are drawn by '{used}', with proper draws."
    return [Event(None, "replaced", told)] if asked != used else []


def completed_tables(imputer: Any, frame: pd.DataFrame) -> list[pd.DataFrame]:  # noqa: ANN401 - an Imputer
    """Learn from a table and complete it, as often as the imputer draws.

    Parameters
    ----------
    imputer : Imputer
        Fitted by this call.
    frame : DataFrame

    Returns
    -------
    list of DataFrame
        One, or for a method of multiple imputation as many as its `draws`.
    """
    if hasattr(imputer, "transform_draws"):
        return list(imputer.fit(frame).transform_draws(frame))
    return [imputer.fit_transform(frame)]


def holdout_coverage(
    imputer: Any,  # noqa: ANN401 - an Imputer
    frame: pd.DataFrame,
    *,
    share: float = 0.1,
    mechanism: Withholding = "mcar",
    level: float = 0.95,
    random_state: Any = None,  # noqa: ANN401 - as sklearn
) -> pd.DataFrame:
    """How often the interval that several draws give for a hidden cell holds what it was.

    Parameters
    ----------
    imputer : Imputer
        Of a method that draws several tables; it is cloned, never changed.
    frame : DataFrame
    share, mechanism, random_state
        As of `holdout_score`, whose cells are the ones that are hidden here too.
    level : float
        Wanted coverage of the intervals: mean of the draws, and Student's t times their spread on either side.

    Returns
    -------
    DataFrame
        A row for each filled column of numbers or dates: column, cells (hidden), coverage (share of them inside),
        standard_error (binomial), width (mean width of the intervals, in standard deviations of the column). Empty
        when the imputer gives fewer than three tables.

    Notes
    -----
    The spread of one cell rests on the few donors that it is drawn from: with 5 donors, intervals of single cells hold
    about 88 % where those of pooled estimates hold 95 %; with 20 donors about 93 %.
    """
    names = [name for name in scorable(imputer, frame) if kind_of(frame[name]) not in LEVELLED]
    if getattr(imputer, "draws", 1) < FEWEST_DRAWS or not names:
        return pd.DataFrame(columns=list(COVERAGE_COLUMNS))
    holed = with_holes(frame, hidden_cells(imputer, frame, share, mechanism, random_state))
    tables = completed_tables(clone(imputer), holed)
    records = [_covered(name, frame[name], holed[name], [table[name] for table in tables], level) for name in names]
    return pd.DataFrame([record for record in records if record], columns=list(COVERAGE_COLUMNS))


def with_coverage(scores: pd.DataFrame, coverage: pd.DataFrame | None) -> pd.DataFrame:
    """Scores with two more columns: `coverage` and its standard error, NaN where no interval was checked.

    Parameters
    ----------
    scores : DataFrame
        From `holdout_score`.
    coverage : DataFrame or None
        From `holdout_coverage`.

    Returns
    -------
    DataFrame
    """
    if coverage is None or coverage.empty:
        return scores.assign(coverage=np.nan, coverage_standard_error=np.nan)
    found = coverage.set_index("column").reindex(scores["column"])
    return scores.assign(
        coverage=found["coverage"].to_numpy(dtype=float),
        coverage_standard_error=found["standard_error"].to_numpy(dtype=float),
    )


def _covered(
    name: str, before: pd.Series, holed: pd.Series, drawn: list[pd.Series], level: float
) -> dict[str, object] | None:
    hidden = before.notna().to_numpy() & holed.isna().to_numpy()
    if not hidden.any():
        return None
    codec = learn_codec(before, kind_of(before))
    truth: Floats = codec.encode(before[hidden])
    guesses = np.stack([codec.encode(column[hidden]) for column in drawn])
    draws = len(guesses)
    reach = stats.t.ppf((1 + level) / 2, draws - 1) * guesses.std(axis=0, ddof=1) * np.sqrt(1 + 1 / draws)
    inside = np.abs(truth - guesses.mean(axis=0)) <= reach
    covered = float(inside.mean())
    spread = float(np.nanstd(codec.encode(before)))
    return {
        "column": name,
        "cells": int(hidden.sum()),
        "coverage": covered,
        "standard_error": float(np.sqrt(covered * (1 - covered) / hidden.sum())),
        "width": float(2 * reach.mean() / spread) if spread else np.nan,
    }
