"""The error of an imputer: observed cells are hidden, filled, and compared with their true values."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.utils import check_random_state

from wrangler.impute.arrays import Bools, Floats, RandomState
from wrangler.impute.base import Imputer
from wrangler.impute.encoding import (
    CATEGORICAL,
    Codec,
    Kind,
    fit_codec,
    fit_table,
    kind_of,
    seconds_of_step,
)
from wrangler.impute.evaluation.ampute import with_missing_cells
from wrangler.impute.evaluation.mechanisms import Withholding, check_withholding, withhold_by_pattern, withhold_cells
from wrangler.impute.evaluation.metrics import (
    HEAVY_TAILED,
    Intervals,
    Measure,
    f1,
    intervals_of_errors,
    intervals_of_shares,
    log_loss,
    mean_of,
    root_mean_square,
    root_of,
    wasserstein,
)
from wrangler.impute.evaluation.probabilities import level_probabilities
from wrangler.impute.events import Record
from wrangler.impute.pipeline import most_frequent, select_columns, with_order_of_index

FEWEST_KNOWN = 5
TOO_LARGE = "the error is larger than the largest number that a float holds"
MEASURES = ("rmse", "mae", "wasserstein", "error_rate", "accuracy", "f1", "log_loss")
COLUMNS = (
    "column",
    "kind",
    "metric",
    "cells",
    "error",
    "standard_error",
    "error_low",
    "error_high",
    "baseline_method",
    "baseline_error",
    "ratio",
    "ratio_low",
    "ratio_high",
    "beats_baseline",
    *(f"{name}{part}" for name in MEASURES for part in ("", "_standard_error", "_baseline")),
    "note",
    "hidden_sha256",
)


@dataclass(frozen=True)
class HeldOutValues:
    """The hidden cells of one column, their true and filled values, and the other observed cells, encoded.

    Attributes
    ----------
    truth, filled, rest : ndarray
        True and filled values of the hidden cells; values of the other observed cells.
    codec : Codec
    probabilities : ndarray or str
        The predicted probability of each true level; or why there is none.
    """

    truth: Floats
    filled: Floats
    rest: Floats
    codec: Codec
    probabilities: Floats | str = ""


def holdout_score(
    imputer: Imputer,
    frame: pd.DataFrame,
    *,
    share: float = 0.1,
    mechanism: Withholding = "mcar",
    random_state: RandomState = None,
) -> pd.DataFrame:
    """Errors of an imputer on cells that are hidden from it.

    In each column that the imputer would fill, some observed cells are hidden; a clone of the imputer fills the table
    with these hidden; the errors are compared with those of the mean or mode of the column. Columns without missing
    cells are scored only when no column has any.

    Parameters
    ----------
    imputer : Imputer
        Fitted or not; it is cloned, never changed.
    frame : DataFrame
    share : float
        Between 0 and 1: the share of the observed cells of each column that is hidden, in expectation.
    mechanism : {"mcar", "mar", "mnar", "pattern"}
        Which cells are hidden: all equally likely; more often in rows where other columns are large; more often large
        ones themselves (see `ampute`); or in the pattern of the table's own missing cells: more often in rows that
        resemble those with a missing cell in the column, together with cells that are missing there, and along an order
        in gaps of the same lengths.
    random_state : int, RandomState or None

    Returns
    -------
    DataFrame
        A row for each scored column: column, kind, metric ("rmse" or "error_rate"), cells (hidden), error,
        standard_error, its 95 % interval error_low and error_high (of an RMSE only from 100 cells on; neither interval
        nor standard error of one where the errors have heavy tails), baseline_method, baseline_error, ratio (error by
        baseline error) with its 95 % interval ratio_low and ratio_high (of the same cells), beats_baseline. Then each
        measure with its standard error and its baseline (`mae`, `mae_standard_error`, `mae_baseline`): rmse, mae and
        wasserstein (between the distributions of true and filled values) of numbers, in the unit of the column, seconds
        for dates and durations; error_rate, accuracy, f1 and log_loss of levels; NaN where a measure does not apply;
        note (why a log loss, an error or its interval is missing); hidden_sha256 (of the hidden cells: equal where the
        same cells are scored). Columns with fewer than 5 observed cells are not scored.

    Raises
    ------
    ImputationError
        When `share` is not between 0 and 1, or `mechanism` is unknown or, as "mar" of one column, has nothing to depend
        on; and as by `Imputer.fit`.

    Notes
    -----
    For the measures and their standard errors see `metrics`. The baseline of the log loss are the frequencies of the
    levels.
    """
    names = scorable(imputer, frame)
    hidden = hidden_cells(imputer, frame, share, mechanism, random_state)
    incomplete = with_missing_cells(frame, hidden)
    twin = clone(imputer)
    completed = twin.fit_transform(incomplete) if hidden else frame
    scored = names if hidden else []
    probabilities = level_probabilities(
        twin, incomplete, [name for name in scored if kind_of(frame[name]) in CATEGORICAL]
    )
    rows = []
    for name in scored:
        held_out = _held_out_values(frame[name], completed[name], hidden[name])
        if name in probabilities:
            held_out = replace(
                held_out,
                probabilities=_true_level_probabilities(probabilities[name], incomplete[name], hidden[name], held_out),
            )
        rows.append(_score(frame[name], hidden[name], held_out))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def hidden_cells(
    imputer: Imputer,
    frame: pd.DataFrame,
    share: float,
    mechanism: Withholding,
    random_state: RandomState,
) -> dict[str, Bools]:
    """Observed cells of the columns that the imputer would fill, chosen to be hidden from it.

    Parameters
    ----------
    imputer : Imputer
    frame : DataFrame
    share, mechanism, random_state
        As for `holdout_score`.

    Returns
    -------
    dict of str to ndarray of bool
        With "pattern" also of columns that are not scored, in which cells are missing together with these.
    """
    check_withholding(mechanism, share)
    random = np.random.default_rng(check_random_state(random_state).randint(2**31 - 1))
    selection, names = select_columns(frame, imputer, Record()), scorable(imputer, frame)
    if mechanism == "pattern":
        _, table = fit_table(frame, selection.kinds, imputer.order_by)
        table = with_order_of_index(table, frame, imputer)
        return withhold_by_pattern(table, names, share, random)
    return withhold_cells(frame[list(selection.kinds)], names, mechanism, share, random)


def scorable(imputer: Imputer, frame: pd.DataFrame) -> list[str]:
    """Columns that the imputer would fill, with enough observed cells to hide some."""
    selection = select_columns(frame, imputer, Record())
    known = frame.notna().sum()
    names = [name for name in (*selection.targets, *selection.overridden) if known[name] >= FEWEST_KNOWN]
    incomplete = [name for name in names if known[name] < len(frame)]
    return incomplete or names


def _held_out_values(truth: pd.Series, completed: pd.Series, hidden: Bools) -> HeldOutValues:
    codec = fit_codec(truth, kind_of(truth))
    true, filled, rest = (codec.encode(part) for part in (truth[hidden], completed[hidden], truth[~hidden]))
    return HeldOutValues(true, filled, rest[~np.isnan(rest)], codec)


def _true_level_probabilities(
    predicted: pd.DataFrame | str, incomplete: pd.Series, hidden: Bools, held_out: HeldOutValues
) -> Floats | str:
    """The predicted probabilities of the true levels of the hidden cells; or why there are none."""
    if isinstance(predicted, str) or held_out.codec.levels is None:
        return str(predicted)
    rows = np.flatnonzero(hidden[incomplete.isna().to_numpy(dtype=bool)])
    places = predicted.columns.get_indexer(held_out.codec.levels.take(held_out.truth.astype(np.intp)))
    return np.where(places < 0, 0.0, predicted.to_numpy()[rows, places])


def _score(truth: pd.Series, hidden: Bools, held_out: HeldOutValues) -> dict[str, object]:
    is_categorical = held_out.codec.kind in CATEGORICAL
    metric = "error_rate" if is_categorical else "rmse"
    measures = _of_levels(held_out) if is_categorical else _of_numbers(held_out)
    unit = 1.0 if is_categorical else held_out.codec.scale * seconds_of_step(truth)
    error, baseline = measures[metric]
    intervals = _intervals(held_out)
    low, high = (Measure(value).times(unit).error for value in intervals.error)
    score: dict[str, object] = {
        "column": str(truth.name),
        "kind": held_out.codec.kind.value,
        "metric": metric,
        "cells": int(hidden.sum()),
        "error": error.times(unit).error,
        "standard_error": error.times(unit).spread,
        "error_low": low,
        "error_high": high,
        "baseline_method": "mode" if is_categorical else "mean",
        "baseline_error": baseline.times(unit).error,
        "ratio": _ratio(error.error, baseline.error),
        "ratio_low": intervals.ratio[0],
        "ratio_high": intervals.ratio[1],
        "beats_baseline": bool(error.error < baseline.error),
    }
    for name in MEASURES:
        scored, plain = (measure.times(unit) for measure in measures.get(name, (Measure(), Measure())))
        score |= {name: scored.error, f"{name}_standard_error": scored.spread, f"{name}_baseline": plain.error}
    score["note"] = intervals.reason or (held_out.probabilities if isinstance(held_out.probabilities, str) else "")
    if intervals.reason == HEAVY_TAILED:  # a standard error is as wrong as the interval that readers make of it
        score |= dict.fromkeys(("standard_error", "rmse_standard_error"), np.nan)
    if any(np.isnan(measure.error) < np.isnan(measure.times(unit).error) for measure in (error, baseline)):
        score["note"] = TOO_LARGE
    score["hidden_sha256"] = hashlib.sha256(np.packbits(hidden).tobytes()).hexdigest()
    return score


def _intervals(held_out: HeldOutValues) -> Intervals:
    """Of the error, and of its ratio to the error of the baseline."""
    if held_out.codec.kind in CATEGORICAL:
        mode = most_frequent(held_out.rest, 0 if held_out.codec.levels is None else len(held_out.codec.levels))
        wrong = [np.asarray(held_out.truth != prediction, dtype=np.float64) for prediction in (held_out.filled, mode)]
        return intervals_of_shares(wrong[0], wrong[1])
    finite = ~np.isnan(held_out.truth)
    errors = (held_out.filled - held_out.truth)[finite]
    if np.isnan(errors).any() or not len(held_out.rest):
        return Intervals()
    return intervals_of_errors(errors, float(held_out.rest.mean()) - held_out.truth[finite])


Measures = Mapping[str, tuple[Measure, Measure]]
"""By name, a measure of the imputer and the same of the baseline."""


def _of_numbers(held_out: HeldOutValues) -> Measures:
    """Each measure, and that of the mean, encoded; NaN when a cell was not filled."""
    mean = float(held_out.rest.mean()) if len(held_out.rest) else np.nan
    finite = ~np.isnan(held_out.truth)
    truth = held_out.truth[finite]
    by_name: dict[str, list[Measure]] = {}
    for prediction in (held_out.filled[finite], np.full(len(truth), mean)):
        errors = prediction - truth
        measures = {
            "rmse": root_mean_square(errors),
            "mae": mean_of(abs(errors)),
            "wasserstein": wasserstein(truth, prediction),
        }
        for name, measure in measures.items():
            by_name.setdefault(name, []).append(measure)
    return {name: (both[0], both[1]) for name, both in by_name.items()}


def _of_levels(held_out: HeldOutValues) -> Measures:
    """Each measure, and that of the mode or the frequencies; a cell that was not filled counts as wrong."""
    levels = 0 if held_out.codec.levels is None else len(held_out.codec.levels)
    mode = most_frequent(held_out.rest, levels)
    both = (held_out.filled, np.full(len(held_out.truth), mode))
    wrong = [mean_of(np.asarray(held_out.truth != prediction, dtype=np.float64)) for prediction in both]
    harmonic = [f1(held_out.truth, prediction, levels) for prediction in both]
    measures = {
        "error_rate": (wrong[0], wrong[1]),
        "accuracy": (wrong[0].complement(), wrong[1].complement()),
        "f1": (harmonic[0], harmonic[1]),
    }
    if not isinstance(held_out.probabilities, str):
        counts = np.bincount(held_out.rest.astype(np.intp), minlength=levels)
        frequencies = (counts / max(counts.sum(), 1))[held_out.truth.astype(np.intp)]
        measures["log_loss"] = (log_loss(held_out.probabilities), log_loss(frequencies))
    return measures


def error_with_standard_error(losses: Floats, kind: Kind) -> tuple[float, float]:
    """Error and standard error of losses: their mean for levels, the root of the mean for numbers."""
    measure = mean_of(losses) if kind in CATEGORICAL else root_of(losses)
    return measure.error, measure.spread


def _ratio(error: float, baseline: float) -> float:
    if baseline > 0:
        return error / baseline
    return 1.0 if error == 0 else np.inf
