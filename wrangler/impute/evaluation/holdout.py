"""How good an imputation is: known cells are hidden, filled again, and compared with what they were."""

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
from wrangler.impute.evaluation.metrics import Measure, f1, log_loss, mean_of, root_mean_square, root_of, wasserstein
from wrangler.impute.evaluation.probabilities import level_probabilities
from wrangler.impute.events import Record
from wrangler.impute.pipeline import most_frequent, select_columns

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
    "baseline_method",
    "baseline_error",
    "ratio",
    "beats_baseline",
    *(f"{name}{part}" for name in MEASURES for part in ("", "_standard_error", "_baseline")),
    "note",
    "hidden_sha256",
)


@dataclass(frozen=True)
class HeldOutValues:
    """The hidden cells of one column and what was answered, encoded; what is known of the rest; and probabilities.

    Attributes
    ----------
    truth, filled, rest : ndarray
    codec : Codec
    given : ndarray or str
        The probability of each true level; or why there is none.
    """

    truth: Floats
    filled: Floats
    rest: Floats
    codec: Codec
    given: Floats | str = ""


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
    with those missing cells added; the errors stand beside those of the column's mean or mode. Columns without missing
    cells are scored only when no column has any.

    Parameters
    ----------
    imputer : Imputer
        Fitted or not; it is cloned, never changed.
    frame : DataFrame
    share : float
        Between 0 and 1: the share of the observed cells of each column that is hidden, in expectation.
    mechanism : {"mcar", "mar", "mnar", "pattern"}
        Which cells are hidden: any; rather those in rows where other columns are large; rather large ones themselves
        (see `ampute`); or as the table's own missing cells lie: a cell the more likely the more its row resembles those
        with a missing cell in its column, with what is missing beside such missing cells, and along an order in gaps of
        their length.
    random_state : int, RandomState or None

    Returns
    -------
    DataFrame
        A row for each scored column: column, kind, metric ("rmse" or "error_rate"), cells (hidden), error,
        standard_error, baseline_method, baseline_error, ratio (error by baseline error), beats_baseline. Then each
        measure with its standard error and its baseline (`mae`, `mae_standard_error`, `mae_baseline`): rmse, mae and
        wasserstein (between the distributions of truth and answers) of numbers, in the unit of the column, seconds for
        dates and durations; error_rate, accuracy, f1 and log_loss of levels; NaN where a measure does not apply; note
        (why a log loss or an error is missing); hidden_sha256 (of which cells were hidden: two scores with the same one
        rest on the same cells). Columns with fewer than 5 observed cells are not scored.

    Raises
    ------
    ImputationError
        When `share` is no share, or `mechanism` none of those.

    Notes
    -----
    For the measures and their standard errors see `metrics`. The baseline of the log loss is the levels' frequencies.
    """
    names = scorable(imputer, frame)
    hidden = hidden_cells(imputer, frame, share, mechanism, random_state)
    incomplete = with_missing_cells(frame, hidden)
    own = clone(imputer)
    completed = own.fit_transform(incomplete) if hidden else frame
    scored = names if hidden else []
    probabilities = level_probabilities(
        own, incomplete, [name for name in scored if kind_of(frame[name]) in CATEGORICAL]
    )
    rows = []
    for name in scored:
        held_out = _held_out_values(frame[name], completed[name], hidden[name])
        if name in probabilities:
            held_out = replace(held_out, given=_given(probabilities[name], incomplete[name], hidden[name], held_out))
        rows.append(_score(frame[name], hidden[name], held_out))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def hidden_cells(
    imputer: Imputer,
    frame: pd.DataFrame,
    share: float,
    mechanism: Withholding,
    random_state: RandomState,
) -> dict[str, Bools]:
    """Known cells of the columns that the imputer would fill, chosen to be hidden from it.

    Parameters
    ----------
    imputer : Imputer
    frame : DataFrame
    share, mechanism, random_state
        As of `holdout_score`.

    Returns
    -------
    dict of str to ndarray of bool
        By "pattern" also of columns that are not scored, but that lack what these lack.
    """
    check_withholding(mechanism, share)
    random = np.random.default_rng(check_random_state(random_state).randint(2**31 - 1))
    selection, names = select_columns(frame, imputer, Record()), scorable(imputer, frame)
    if mechanism == "pattern":
        _, table = fit_table(frame, selection.kinds, imputer.order_by)
        return withhold_by_pattern(table, names, share, random)
    return withhold_cells(frame[list(selection.kinds)], names, mechanism, share, random)


def scorable(imputer: Imputer, frame: pd.DataFrame) -> list[str]:
    """Columns that the imputer would fill and of which enough is known to hide some."""
    selection = select_columns(frame, imputer, Record())
    known = frame.notna().sum()
    names = [name for name in (*selection.targets, *selection.overridden) if known[name] >= FEWEST_KNOWN]
    incomplete = [name for name in names if known[name] < len(frame)]
    return incomplete or names


def _held_out_values(truth: pd.Series, guess: pd.Series, hidden: Bools) -> HeldOutValues:
    codec = fit_codec(truth, kind_of(truth))
    true_values, filled, rest = (codec.encode(part) for part in (truth[hidden], guess[hidden], truth[~hidden]))
    return HeldOutValues(true_values, filled, rest[~np.isnan(rest)], codec)


def _given(found: pd.DataFrame | str, incomplete: pd.Series, hidden: Bools, held_out: HeldOutValues) -> Floats | str:
    """The probabilities of the true levels of the hidden cells; or why there are none."""
    if isinstance(found, str) or held_out.codec.levels is None:
        return str(found)
    rows = np.flatnonzero(hidden[incomplete.isna().to_numpy(dtype=bool)])
    places = found.columns.get_indexer(held_out.codec.levels.take(held_out.truth.astype(np.intp)))
    return np.where(places < 0, 0.0, found.to_numpy()[rows, places])


def _score(truth: pd.Series, hidden: Bools, held_out: HeldOutValues) -> dict[str, object]:
    is_categorical = held_out.codec.kind in CATEGORICAL
    metric = "error_rate" if is_categorical else "rmse"
    pairs = _of_levels(held_out) if is_categorical else _of_numbers(held_out)
    unit = 1.0 if is_categorical else held_out.codec.scale * seconds_of_step(truth)
    error, baseline = pairs[metric]
    true_values: dict[str, object] = {
        "column": str(truth.name),
        "kind": held_out.codec.kind.value,
        "metric": metric,
        "cells": int(hidden.sum()),
        "error": error.times(unit).error,
        "standard_error": error.times(unit).spread,
        "baseline_method": "mode" if is_categorical else "mean",
        "baseline_error": baseline.times(unit).error,
        "ratio": _ratio(error.error, baseline.error),
        "beats_baseline": bool(error.error < baseline.error),
    }
    for name in MEASURES:
        found, plain = (measure.times(unit) for measure in pairs.get(name, (Measure(), Measure())))
        true_values |= {name: found.error, f"{name}_standard_error": found.spread, f"{name}_baseline": plain.error}
    true_values["note"] = held_out.given if isinstance(held_out.given, str) else ""
    encoded, told_errors = [error, baseline], [error.times(unit), baseline.times(unit)]
    if any(np.isnan(own.error) < np.isnan(shown.error) for own, shown in zip(encoded, told_errors, strict=True)):
        true_values["note"] = TOO_LARGE
    true_values["hidden_sha256"] = hashlib.sha256(np.packbits(hidden).tobytes()).hexdigest()
    return true_values


Pairs = Mapping[str, tuple[Measure, Measure]]


def _of_numbers(held_out: HeldOutValues) -> Pairs:
    """Each measure and that of the mean, encoded; an answer that is missing makes them NaN."""
    mean = float(held_out.rest.mean()) if len(held_out.rest) else np.nan
    seen = ~np.isnan(held_out.truth)
    truth = held_out.truth[seen]
    made: dict[str, list[Measure]] = {}
    for prediction in (held_out.filled[seen], np.full(len(truth), mean)):
        errors = prediction - truth
        found = {
            "rmse": root_mean_square(errors),
            "mae": mean_of(abs(errors)),
            "wasserstein": wasserstein(truth, prediction),
        }
        for name, measure in found.items():
            made.setdefault(name, []).append(measure)
    return {name: (both[0], both[1]) for name, both in made.items()}


def _of_levels(held_out: HeldOutValues) -> Pairs:
    """Each measure and that of the mode or the frequencies; a cell left missing counts as wrong."""
    levels = 0 if held_out.codec.levels is None else len(held_out.codec.levels)
    mode = most_frequent(held_out.rest, levels)
    both = (held_out.filled, np.full(len(held_out.truth), mode))
    wrong = [mean_of(np.asarray(held_out.truth != prediction, dtype=np.float64)) for prediction in both]
    harmonic = [f1(held_out.truth, prediction, levels) for prediction in both]
    made = {
        "error_rate": (wrong[0], wrong[1]),
        "accuracy": (wrong[0].complement(), wrong[1].complement()),
        "f1": (harmonic[0], harmonic[1]),
    }
    if not isinstance(held_out.given, str):
        counts = np.bincount(held_out.rest.astype(np.intp), minlength=levels)
        frequencies = (counts / max(counts.sum(), 1))[held_out.truth.astype(np.intp)]
        made["log_loss"] = (log_loss(held_out.given), log_loss(frequencies))
    return made


def summarise(losses: Floats, kind: Kind) -> tuple[float, float]:
    """Error and standard error: the mean for levels, for numbers its root."""
    measure = mean_of(losses) if kind in CATEGORICAL else root_of(losses)
    return measure.error, measure.spread


def _ratio(error: float, baseline: float) -> float:
    if baseline > 0:
        return error / baseline
    return 1.0 if error == 0 else np.inf
