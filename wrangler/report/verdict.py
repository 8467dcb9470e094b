"""The sentence that comes first: what was done, how far to trust it, and what to look at."""

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from wrangler.analyze import CORRELATION_TOLERANCE, Correlation, CorrelationChange, Missingness
from wrangler.report.table import format_value
from wrangler.report.wording import count_words, name_list

_STRONG = 0.8
_MUCH_MISSING = 0.5


@dataclass(frozen=True)
class Verdict:
    """A sentence, the warnings that go with it, and the numbers behind both."""

    sentence: str
    warnings: list[str] = field(default_factory=list)
    summary: Mapping[str, Any] = field(default_factory=dict)

    def _repr_mimebundle_(self, **_kwargs: Any) -> dict[str, str]:  # noqa: ANN401 - IPython's protocol
        items = "".join(f"<li>{html.escape(warning)}</li>" for warning in self.warnings)
        listed = f'<ul class="warnings">{items}</ul>' if items else ""
        tone = "warn" if self.warnings else "good"
        markup = f'<div class="verdict {tone}"><p><strong>{html.escape(self.sentence)}</strong></p>{listed}</div>'
        plain = "\n".join([self.sentence, *(f"- {warning}" for warning in self.warnings)])
        return {"text/html": markup, "text/plain": plain}


def imputation_verdict(
    frame: pd.DataFrame,
    completed: pd.DataFrame,
    mask: pd.DataFrame,
    scores: pd.DataFrame | None,
    quality: pd.DataFrame,
    change: CorrelationChange,
) -> Verdict:
    """Say what an imputation did and whether it beats the mean and mode on held-out cells.

    Parameters
    ----------
    frame, completed, mask : DataFrame, same shape
    scores : DataFrame or None
        From `wrangler.impute.holdout_score`; None when nothing was held out.
    quality : DataFrame
        From `wrangler.analyze.distribution_quality`.
    change : CorrelationChange

    Returns
    -------
    Verdict
        Its `summary` holds the headline numbers of `result.json`.
    """
    summary = _imputation_summary(completed, mask, scores)
    parts = [_filled_words(summary, int(frame.isna().to_numpy().sum()))]
    if summary["mean_error_ratio"] is not None:
        parts.append(f"held-out error {summary['mean_error_ratio']:.2f} of the mean/mode baseline's")
    if change.pair is not None:
        parts.append(f"correlations moved at most {change.largest:.2f}")
    warnings = [
        *_cells_left_warning(completed, summary),
        *_baseline_warnings(scores),
        *_moment_warnings(quality),
        *_correlation_warning(change),
    ]
    parts.append(_warning_words(warnings))
    summary |= {"largest_correlation_change": change.largest, "verdict": "; ".join(parts) + ".", "warnings": warnings}
    return Verdict(summary["verdict"], warnings, summary)


def missingness_verdict(missing: Missingness) -> Verdict:
    """Say how much of a table is missing, and where."""
    cells = missing.rows * len(missing.columns)
    holes = missing.by_column().sort_values("missing", ascending=False, kind="stable")
    holes = holes[holes["missing"] > 0]
    share = missing.cells / max(cells, 1)
    summary = {
        "cells_missing": missing.cells,
        "share_missing": share,
        "columns_with_holes": len(holes),
        "complete_rows": missing.complete_rows,
        "patterns": len(missing.counts),
    }
    if holes.empty:
        sentence = f"No cell is missing in the {missing.rows:,} rows and {len(missing.columns):,} columns."
    else:
        sentence = (
            f"{count_words(missing.cells, 'cell')} missing ({format_value(share, 'percent')}) in {len(holes):,} of "
            f"{count_words(len(missing.columns), 'column')}; most in {name_list(holes.index[:1])} "
            f"({format_value(float(holes['share'].iloc[0]), 'percent')}); {missing.complete_rows:,} of "
            f"{count_words(missing.rows, 'row')} complete."
        )
    mostly = holes.index[holes["share"] > _MUCH_MISSING]
    warnings = [f"More than half is missing in {name_list(mostly)}."] if len(mostly) else []
    return Verdict(sentence, warnings, summary | {"verdict": sentence, "warnings": warnings})


def correlation_verdict(correlation: Correlation) -> Verdict:
    """Say which columns go together most, and on how many rows that rests."""
    pairs = correlation.pairs()
    strong = pairs[pairs["coefficient"].abs() >= _STRONG]
    summary: dict[str, Any] = {
        "method": correlation.method,
        "columns_correlated": len(correlation.matrix),
        "pairs": len(pairs),
        "strong_pairs": len(strong),
    }
    if pairs.empty:
        sentence = "No pair of columns could be correlated: fewer than two number columns with values in common rows."
    else:
        first = pairs.iloc[0]
        sentence = (
            f"{count_words(len(pairs), 'pair')} of {len(correlation.matrix):,} columns correlated by "
            f"{correlation.method.capitalize()}; strongest {name_list([first['left']])} with "
            f"{name_list([first['right']])} ({first['coefficient']:.2f} on {first['rows']:,} rows)."
        )
    warnings = list(correlation.notes)
    if len(strong):
        warnings.append(f"{count_words(len(strong), 'pair')} correlated by {_STRONG} or more: they say much the same.")
    return Verdict(sentence, warnings, summary | {"verdict": sentence, "warnings": warnings})


def _imputation_summary(completed: pd.DataFrame, mask: pd.DataFrame, scores: pd.DataFrame | None) -> dict[str, Any]:
    filled = mask.to_numpy().sum(axis=0)
    ratios = np.array([]) if scores is None else scores["ratio"].to_numpy(dtype=float)
    ratios = ratios[np.isfinite(ratios)]
    return {
        "cells_filled": int(filled.sum()),
        "columns_filled": int((filled > 0).sum()),
        "cells_left": int(completed.isna().to_numpy().sum()),
        "scored_columns": 0 if scores is None else len(scores),
        "columns_beating_baseline": 0 if scores is None else int(scores["beats_baseline"].sum()),
        "mean_error_ratio": float(ratios.mean()) if len(ratios) else None,
    }


def _filled_words(summary: Mapping[str, Any], missing: int) -> str:
    if missing == 0:
        return "Nothing was missing, so nothing was filled"
    return (
        f"{count_words(summary['cells_filled'], 'cell')} filled in {count_words(summary['columns_filled'], 'column')}"
    )


def _cells_left_warning(completed: pd.DataFrame, summary: Mapping[str, Any]) -> list[str]:
    if not summary["cells_left"]:
        return []
    left = completed.columns[completed.isna().any()]
    return [
        f"{count_words(summary['cells_left'], 'cell')} still missing, in {name_list(left)}: see the log for the reason."
    ]


def _baseline_warnings(scores: pd.DataFrame | None) -> list[str]:
    """Name the columns where hidden cells were not guessed better than by the mean or mode."""
    if scores is None:
        return ["No cells were held out, so how far the filled values can be trusted was not measured."]
    worse = scores[~scores["beats_baseline"].astype(bool)]
    if worse.empty:
        return []
    named = name_list([f"{row.column} ({row.ratio:.2f})" for row in worse.itertuples()])
    return [f"No better than the column's mean or mode on held-out cells (1 is equal): {named}."]


def _moment_warnings(quality: pd.DataFrame) -> list[str]:
    warnings = []
    for measure, words in (
        ("mean_holds", "mean by more than 0.05 standard deviations"),
        ("std_holds", "spread by more than 5 %"),
    ):
        failing = quality.index[[value is False for value in quality[measure]]]
        if len(failing):
            warnings.append(
                f"Filling changed the {words} in {name_list(failing)}; right only if cells are missing for a reason."
            )
    return warnings


def _correlation_warning(change: CorrelationChange) -> list[str]:
    if change.holds or change.pair is None:
        return []
    pair = " with ".join(name_list([name]) for name in change.pair)
    return [f"The correlation of {pair} moved by {change.largest:.2f}, more than {CORRELATION_TOLERANCE}."]


def _warning_words(warnings: Sequence[str]) -> str:
    return count_words(len(warnings), "warning") if warnings else "no warning"
