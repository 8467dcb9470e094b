"""The verdict on an imputation: what was done, how far to trust it, and what to look at."""

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from wrangler.analyze import CORRELATION_TOLERANCE, CorrelationChange, LittleTest
from wrangler.report.elements import count_words, name_list

_COVERAGE = 0.95
_TOO_FEW = 0.93
_SURE_ERROR = float(np.sqrt(_COVERAGE * (1 - _COVERAGE)))


@dataclass(frozen=True)
class Verdict:
    """A sentence, the warnings that go with it, and the numbers behind both."""

    sentence: str
    warnings: list[str] = field(default_factory=list)
    summary: Mapping[str, Any] = field(default_factory=dict)

    def _repr_mimebundle_(self, **_kwargs: object) -> dict[str, str]:
        items = "".join(f"<li>{html.escape(warning)}</li>" for warning in self.warnings)
        listed = f'<ul class="warnings">{items}</ul>' if items else ""
        tone = "warn" if self.warnings else "good"
        markup = f'<div class="verdict {tone}"><p><strong>{html.escape(self.sentence)}</strong></p>{listed}</div>'
        plain = "\n".join([self.sentence, *(f"- {warning}" for warning in self.warnings)])
        return {"text/html": markup, "text/plain": plain}


@dataclass(frozen=True)
class Evidence:
    """All that was measured of an imputation.

    Attributes
    ----------
    quality : DataFrame
        From `wrangler.analyze.distribution_quality`.
    change : CorrelationChange
    scores : DataFrame or None
        From `wrangler.impute.holdout_score`; None when nothing was held out.
    coverage : DataFrame or None
        From `wrangler.impute.holdout_coverage`; None when one table was drawn.
    spread : DataFrame or None
        From `wrangler.analyze.draw_spread`; None when one table was drawn.
    little : LittleTest or None
        Of the table with its missing cells.
    reasons : DataFrame or None
        From `missing_reasons`.
    """

    quality: pd.DataFrame
    change: CorrelationChange
    scores: pd.DataFrame | None = None
    coverage: pd.DataFrame | None = None
    spread: pd.DataFrame | None = None
    little: LittleTest | None = None
    reasons: pd.DataFrame | None = None


def imputation_verdict(frame: pd.DataFrame, completed: pd.DataFrame, mask: pd.DataFrame, evidence: Evidence) -> Verdict:
    """State what an imputation did and whether it beats the mean and mode on held-out cells.

    Parameters
    ----------
    frame, completed, mask : DataFrame, same shape
    evidence : Evidence

    Returns
    -------
    Verdict
        Its `summary` holds the headline numbers of `result.json`.
    """
    scores, change = evidence.scores, evidence.change
    summary = _imputation_summary(completed, mask, scores) | _draws_summary(evidence)
    parts = [_filled_words(summary, int(frame.isna().to_numpy().sum()))]
    if summary["mean_error_ratio"] is not None:
        parts.append(f"held-out error {summary['mean_error_ratio']:.2f} of the mean/mode baseline's")
    if change.pair is not None:
        parts.append(f"correlations moved at most {change.largest:.2f}")
    warnings = [
        *_cells_left_warning(completed, summary),
        *_baseline_warnings(scores),
        *_moment_warnings(evidence.quality),
        *_correlation_warning(change),
        *_coverage_warning(evidence.coverage),
        *_mcar_warning(scores, evidence.little),
        *_not_applicable_warning(mask, evidence.reasons),
    ]
    parts.append(_warning_words(warnings))
    summary |= {"largest_correlation_change": change.largest, "verdict": "; ".join(parts) + ".", "warnings": warnings}
    return Verdict(summary["verdict"], warnings, summary)


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


def _draws_summary(evidence: Evidence) -> dict[str, Any]:
    covered, spread = evidence.coverage, evidence.spread
    measured = covered is not None and not covered.empty
    return {
        "interval_coverage": float(np.average(covered["coverage"], weights=covered["cells"])) if measured else None,  # type: ignore[index]
        "most_missing_information": None if spread is None else _greatest(spread["missing_information"]),
    }


def _greatest(values: pd.Series) -> float | None:
    return float(values.max()) if values.notna().any() else None


def _coverage_warning(coverage: pd.DataFrame | None) -> list[str]:
    """Name the columns whose draws have clearly too low a coverage."""
    if coverage is None:
        return []
    sure = coverage["coverage"] + 2 * coverage["standard_error"].clip(lower=_SURE_ERROR / np.sqrt(coverage["cells"]))
    short = coverage[sure < _TOO_FEW]
    if short.empty:
        return []
    shares = zip(short["column"], short["coverage"].to_numpy(dtype=float), strict=True)
    named = name_list([f"{name} ({100 * share:.0f} %)" for name, share in shares])
    return [f"The draws' 95 % intervals contain too few of the hidden values, so the draws differ too little: {named}."]


def _mcar_warning(scores: pd.DataFrame | None, little: LittleTest | None) -> list[str]:
    """Warn where the error on hidden cells cannot stand for that on missing ones."""
    if scores is None or scores.empty or little is None or not little.rejects_mcar:
        return []
    words = "The cells seem not missing completely at random (Little's test)"
    return [f"{words}, so the error on the filled cells may be larger than on the hidden ones."]


def _not_applicable_warning(mask: pd.DataFrame, reasons: pd.DataFrame | None) -> list[str]:
    """Name the columns in which cells were filled whose missing reason is that no value applies."""
    if reasons is None:
        return []
    counts = ((reasons == "not_applicable") & mask).sum()
    named = name_list([f"{name} ({count_words(int(count), 'cell')})" for name, count in counts.items() if count])
    return [f"Imputed although their markers state that no value applies: {named}."] if named else []


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
    """Name the columns where hidden values were not predicted better than by the mean or mode."""
    if scores is None:
        return ["No cells were held out, so the error of the imputed values was not measured."]
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
                f"Filling changed the {words} in {name_list(failing)}; expected only if the missing values differ "
                "from the observed ones."
            )
    return warnings


def _correlation_warning(change: CorrelationChange) -> list[str]:
    if change.holds or change.pair is None:
        return []
    pair = " with ".join(name_list([name]) for name in change.pair)
    return [f"The correlation of {pair} moved by {change.largest:.2f}, more than {CORRELATION_TOLERANCE}."]


def _warning_words(warnings: Sequence[str]) -> str:
    return count_words(len(warnings), "warning") if warnings else "no warning"
