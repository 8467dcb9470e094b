"""Tables of held-out scores: a few columns only, the rows grouped by the column that was scored."""

from collections.abc import Iterator
from typing import Any, TypeGuard

import numpy as np
import pandas as pd

from wrangler.report.elements import Note, Table, count_words, format_value, grouped, short_label

_OF_NUMBERS = {"rmse": "RMSE", "mae": "MAE", "wasserstein": "Wasserstein", "coverage": "in 95 % interval"}
_OF_LEVELS = {"accuracy": "accuracy", "f1": "F1", "log_loss": "log loss"}
_SHARES = ("accuracy", "coverage")
_TIMES = ("datetime", "duration")
_SECONDS_PER_DAY = 86_400.0
_NOTHING = "\N{EN DASH}"
_WRITTEN_OUT = (1e-4, 1e6)
_EXACT = 2  # a standard error that begins with 1 is shown to two digits, others to one


def scores_table(scores: pd.DataFrame | None) -> Table | Note:
    """Show each measure of each column with its standard error beside the baseline's, the worst column first."""
    if scores is None or scores.empty:
        return Note("Set holdout above 0, on a table with missing cells, to measure the error on hidden cells.")
    rows = []
    for score in _records(scores.sort_values("ratio", ascending=False, kind="stable")):
        heading = (
            f"{short_label(score['column'], 40)}: {count_words(score['cells'], 'hidden cell')}, {_share_words(score)}"
        )
        for measure, name in _measures_of(score).items():
            rows.append((heading, name, _value_words(score, measure), _baseline_words(score, measure)))
    shown = pd.DataFrame(rows, columns=["column", "measure", "measured", "baseline"])
    caption = (
        "Measures on hidden cells, each with its standard error, beside those of the column's mean or mode. "
        "Accuracy and F1 should be high, 95 % of the cells in their intervals, all others low."
    )
    return Table(shown, caption, hide_index=True, grouped_by="column")


def number_scores(scores: pd.DataFrame) -> Table | Note:
    """Show the measures of columns of numbers and dates, by column and method or job, as from `Comparison.scores`."""
    shown = scores[scores["metric"] == "rmse"] if not scores.empty else scores
    if shown.empty:
        return Note("No column of numbers was scored.")
    caption = "Numbers: errors on hidden cells, each with its standard error; least RMSE first"
    return _by_method(shown, "rmse", _OF_NUMBERS, caption)


def level_scores(scores: pd.DataFrame) -> Table | Note:
    """Show the measures of columns of levels, by column and method or job, as from `Comparison.scores`."""
    shown = scores[scores["metric"] == "error_rate"] if not scores.empty else scores
    if shown.empty:
        return Note("No column of levels was scored.")
    caption = "Levels: accuracy, F1 and log loss on hidden cells, each with its standard error; most accurate first"
    return _by_method(shown, "error_rate", _OF_LEVELS, caption)


def _by_method(scores: pd.DataFrame, error: str, measures: dict[str, str], caption: str) -> Table:
    """A group of rows for each column: its methods or jobs, which come first in `scores`, and the baseline last."""
    noun = str(scores.columns[0])
    kept = {name: words for name, words in measures.items() if name in scores and scores[name].notna().any()}
    hardest = scores.groupby("column", sort=False)["ratio"].min().sort_values(ascending=False, kind="stable")
    rows = []
    for column in hardest.index:
        own = scores[scores["column"] == column].sort_values(error, kind="stable", na_position="last")
        first = _records(own)[0]
        unit = ", in days" if first["kind"] in _TIMES else ""
        heading = f"{short_label(column, 40)}: {_cells_words(own['cells'])}{unit}"
        rows += [(heading, score[noun], *(_value_words(score, name) for name in kept)) for score in _records(own)]
        rows.append((heading, f"({first['baseline_method']})", *(_baseline_words(first, name) for name in kept)))
    shown = pd.DataFrame(rows, columns=["column", noun, *kept.values()]).set_index(noun)
    return Table(shown, caption, grouped_by="column")


def _records(scores: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in scores.to_dict("records")]


def _measures_of(score: dict[str, Any]) -> dict[str, str]:
    """The score of a column, or why there is none, with a unit where it is not the column's own."""
    measures_words = _OF_LEVELS if score["metric"] == "error_rate" else _OF_NUMBERS
    kept = {name: words for name, words in measures_words.items() if name == "log_loss" or _is_known(score.get(name))}
    in_days = score["kind"] in _TIMES
    return {name: f"{words}, days" if in_days and name not in _SHARES else words for name, words in kept.items()}


def _value_words(score: dict[str, Any], measure: str) -> str:
    value = score.get(measure)
    if not _is_known(value):
        return f"{_NOTHING} ({score['note']})" if measure == "log_loss" and score.get("note") else _NOTHING
    spread = score[f"{measure}_standard_error"]
    words = _with_spread(*_in_unit(score, measure, value, spread), measure=measure)
    return f"{words} ({score['note']})" if measure == "rmse" and score.get("note") and not _is_known(spread) else words


def _baseline_words(score: dict[str, Any], measure: str) -> str:
    value = score.get(f"{measure}_baseline")
    return _with_spread(*_in_unit(score, measure, value), measure=measure) if _is_known(value) else _NOTHING


def _in_unit(score: dict[str, Any], measure: str, *values: float) -> Iterator[float]:
    """Days where the scores have seconds, per cent where they have shares."""
    factor = 1 / _SECONDS_PER_DAY if score["kind"] in _TIMES and measure not in _SHARES else 1.0
    return (float(value) * (100.0 if measure in _SHARES else factor) for value in values)


def _with_spread(value: float, spread: float = np.nan, *, measure: str) -> str:
    """A value and its standard error, to the digits that are significant."""
    unit = " %" if measure in _SHARES else ""
    if not np.isfinite(spread) or spread <= 0:
        text = f"{value:.1f}" if unit else format_value(value)
    elif _WRITTEN_OUT[0] < spread < _WRITTEN_OUT[1]:
        power = np.floor(np.log10(spread))
        digits = int(max((spread < _EXACT * 10**power) - power, 0))
        text = f"{grouped(value, digits)} \N{PLUS-MINUS SIGN} {grouped(spread, digits)}"
    else:
        text = f"{format_value(value)} \N{PLUS-MINUS SIGN} {format_value(spread)}"
    return f"{text}{unit}".replace(" ", "\N{NO-BREAK SPACE}")


def _share_words(score: dict[str, Any]) -> str:
    if not _is_known(score["ratio"]):
        return f"the {score['baseline_method']} makes no error"
    if not score["beats_baseline"]:
        return f"no better than the {score['baseline_method']} ({score['ratio']:.2f} of its error)"
    return f"{score['ratio']:.2f} of the {score['baseline_method']}'s error"


def _cells_words(cells: pd.Series) -> str:
    least, most = int(cells.min()), int(cells.max())
    return count_words(least, "hidden cell") if least == most else f"{least:,} to {most:,} hidden cells"


def _is_known(value: float | None) -> TypeGuard[float]:
    return value is not None and bool(np.isfinite(value))
