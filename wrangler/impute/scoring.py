"""How good an imputation is: known cells are hidden, filled again, and compared with what they were."""

from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.utils import check_random_state

from wrangler.impute.base import Imputer
from wrangler.impute.codec import Floats, learn_codec
from wrangler.impute.errors import ImputationError
from wrangler.impute.fallback import most_frequent
from wrangler.impute.kinds import LEVELLED, Kind, kind_of
from wrangler.impute.planning import make_plan, position_of
from wrangler.impute.record import Record
from wrangler.impute.table import Bools

FEWEST_KNOWN = 5
COLUMNS = (
    "column",
    "kind",
    "metric",
    "cells",
    "error",
    "standard_error",
    "baseline_method",
    "baseline_error",
    "ratio",
    "beats_baseline",
)


def holdout_score(
    imputer: Imputer,
    frame: pd.DataFrame,
    *,
    share: float = 0.1,
    random_state: Any = None,  # noqa: ANN401 - as sklearn
) -> pd.DataFrame:
    """Errors of an imputer on cells that are hidden from it.

    In each column that the imputer would fill, a share of the observed cells is hidden; a clone of the imputer fills
    the table with those holes added; the errors stand beside those of the column's mean or mode. Columns without
    holes are scored only when no column has any.

    Parameters
    ----------
    imputer : Imputer
        Fitted or not; it is cloned, never changed.
    frame : DataFrame
    share : float
        Share of the observed cells of each column that is hidden, between 0 and 1.
    random_state : int, RandomState or None

    Returns
    -------
    DataFrame
        A row for each scored column: column, kind, metric ("rmse", in the unit of the column, seconds for dates and
        durations; or "error_rate"), cells (hidden), error, standard_error, baseline_method, baseline_error,
        ratio (error by baseline error), beats_baseline. Columns with fewer than 5 observed cells are not scored.

    Raises
    ------
    ImputationError
        When `share` is no share.
    """
    if not 0 < share < 1:
        raise ImputationError(f"share: must lie between 0 and 1, not {share}.")
    random = np.random.default_rng(check_random_state(random_state).randint(2**31 - 1))
    hidden = {name: _hide(frame[name], share, random) for name in scorable(imputer, frame)}
    holed = frame.copy(deep=False)
    for name, cells in hidden.items():
        holed.isetitem(position_of(frame, name), frame[name].mask(cells))  # type: ignore[arg-type]
    completed = clone(imputer).fit_transform(holed) if hidden else frame
    rows = [_score(frame[name], completed[name], cells) for name, cells in hidden.items()]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def scorable(imputer: Imputer, frame: pd.DataFrame) -> list[str]:
    """Columns that the imputer would fill and of which enough is known to hide some."""
    plan = make_plan(frame, imputer, Record())
    known = frame.notna().sum()
    names = [name for name in (*plan.targets, *plan.overridden) if known[name] >= FEWEST_KNOWN]
    holed = [name for name in names if known[name] < len(frame)]
    return holed or names


def _hide(column: pd.Series, share: float, random: np.random.Generator) -> Bools:
    """Which cells are hidden: at least one, and never so many that fewer than two stay."""
    known = np.flatnonzero(column.notna().to_numpy(dtype=bool))
    count = min(max(round(len(known) * share), 1), len(known) - 2)
    hidden = np.zeros(len(column), dtype=bool)
    hidden[random.choice(known, size=count, replace=False)] = True
    return hidden


def _score(truth: pd.Series, guess: pd.Series, hidden: Bools) -> dict[str, object]:
    kind = kind_of(truth)
    codec = learn_codec(truth, kind)
    told, filled, rest = (codec.encode(part) for part in (truth[hidden], guess[hidden], truth[~hidden]))
    unit = _seconds(truth, kind)
    baseline = _baseline(rest, kind, 0 if codec.levels is None else len(codec.levels))
    losses, baseline_losses = (_losses(told, answer, kind) for answer in (filled, baseline))
    error, baseline_error = (summarise(part, kind) for part in (losses, baseline_losses))
    factor = 1.0 if kind in LEVELLED else codec.scale * unit
    return {
        "column": str(truth.name),
        "kind": kind.value,
        "metric": "error_rate" if kind in LEVELLED else "rmse",
        "cells": int(hidden.sum()),
        "error": error[0] * factor,
        "standard_error": error[1] * factor,
        "baseline_method": "mode" if kind in LEVELLED else "mean",
        "baseline_error": baseline_error[0] * factor,
        "ratio": _ratio(error[0], baseline_error[0]),
        "beats_baseline": bool(error[0] < baseline_error[0]),
    }


def _seconds(column: pd.Series, kind: Kind) -> float:
    """Seconds in one step of a column of dates or durations."""
    if kind not in {Kind.DATETIME, Kind.DURATION}:
        return 1.0
    maker = pd.DatetimeIndex if kind is Kind.DATETIME else pd.TimedeltaIndex
    return {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}[maker(column.iloc[:0]).unit]


def _baseline(rest: Floats, kind: Kind, levels: int) -> float:
    known = rest[~np.isnan(rest)]
    if kind in LEVELLED:
        return most_frequent(known, levels)
    return float(known.mean()) if len(known) else np.nan


def _losses(truth: Floats, answer: Floats | float, kind: Kind) -> Floats:
    """Squared errors of numbers, 0 or 1 for levels; a cell left missing counts as wrong, or as NaN for numbers."""
    if kind in LEVELLED:
        return np.asarray(truth != answer, dtype=np.float64)
    losses = np.asarray((truth - answer) ** 2, dtype=np.float64)
    return losses[~np.isnan(truth)]


def summarise(losses: Floats, kind: Kind) -> tuple[float, float]:
    """Error and standard error: of the mean for levels; for numbers its root, by the delta method."""
    if not len(losses):
        return np.nan, np.nan
    mean = float(losses.mean())
    spread = float(losses.std(ddof=1) / np.sqrt(len(losses))) if len(losses) > 1 else np.nan
    if kind in LEVELLED:
        return mean, spread
    root = float(np.sqrt(mean))
    return root, (spread / (2 * root) if root > 0 else 0.0)


def _ratio(error: float, baseline: float) -> float:
    if baseline > 0:
        return error / baseline
    return 1.0 if error == 0 else np.inf
