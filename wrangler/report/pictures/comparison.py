"""Pictures and tables that compare methods of imputation."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
import pandas as pd
from matplotlib.patches import Patch

from wrangler.analyze import CORRELATION_TOLERANCE, correlation_change
from wrangler.report.elements import (
    IMPUTED,
    OBSERVED,
    QUIET,
    Format,
    Note,
    Picture,
    Table,
    count_words,
    drawing,
    format_value,
    interval_digits,
    interval_words,
    name_list,
    render,
    short_label,
    short_labels,
    size_words,
)
from wrangler.report.pictures.quality import draw_column
from wrangler.report.verdicts import Verdict

_MOST_SHOWN_METHODS = 8
_MOST_SHOWN_COLUMNS = 4
_MUCH_FASTER = 3.0
_WHOLE_SECONDS = 10
_NOTABLE_BYTES = 1_000_000


def ranking_picture(ranking: pd.DataFrame) -> Picture | Note:
    """Plot the error of each method with its interval; a sentence when none was measured."""
    shown, noun = ranking[ranking["error"].notna()], str(ranking.index.name)
    if shown.empty:
        return Note("No error could be measured: no column with missing cells has cells that could be hidden.")
    with drawing(7.6, 1.2 + 0.32 * len(shown)) as figure:
        axes = figure.add_subplot()
        places = np.arange(len(shown))
        axes.axvline(1, color=QUIET, linestyle="--", linewidth=1)
        axes.hlines(places, shown["low"], shown["high"], color=IMPUTED, linewidth=1.5)
        axes.scatter(shown["error"], places, color=IMPUTED, s=36, zorder=3)
        axes.set_yticks(places, short_labels(shown.index, 32))
        axes.set_ylim(len(shown) - 0.4, -0.6)
        axes.set_xlim(0, max(1.15, float(shown["high"].max()) * 1.05))
        axes.set_xlabel("mean held-out error as a share of the baseline's (dashed: mean or mode); left is better")
        alt = (
            f"Dots with 95 % intervals: error of {count_words(len(shown), noun)} as a share of the mean and mode "
            f"baseline's; least {shown.index[0]} ({shown['error'].iloc[0]:.2f})."
        )
        return render(figure, alt)


def ranking_table(
    ranking: pd.DataFrame, failed: Mapping[str, str], left_out: Mapping[str, str] = MappingProxyType({})
) -> Table:
    """List the methods or jobs, least error first, with what they cost; last those that were not compared, and why."""
    noun = str(ranking.index.name)
    shown = pd.DataFrame(
        {
            "error, 95 %": [interval_words(*row) for row in ranking[["error", "low", "high"]].to_numpy(dtype=float)],
            "best in": [
                f"{best}\N{NO-BREAK SPACE}of\N{NO-BREAK SPACE}{many}"
                for best, many in ranking[["best_in", "columns"]].to_numpy(dtype=int)
            ],
            "beats mean/mode in": ranking["beats_baseline"].to_numpy(dtype=int),
            "seconds": ranking["seconds"].to_numpy(dtype=float),
            "memory": [_memory_words(size) for size in ranking["peak_bytes"].astype(float)],
        },
        index=ranking.index,
    )
    reasons = {name: f"refused: {reason}" for name, reason in failed.items()}
    reasons |= {name: f"left out: {reason}" for name, reason in left_out.items()}
    others = pd.DataFrame({"error, 95 %": [*reasons.values()]}, index=pd.Index(reasons, dtype="str"))
    table = pd.concat([shown, others]).rename_axis(noun) if reasons else shown
    formats: dict[str, Format] = {"best in": "text", "beats mean/mode in": "count", "seconds": "number"}
    caption = "Methods by their error on the same hidden cells; time and memory to fill the table"
    if noun == "job":
        caption = "Jobs by their error on hidden cells; time to fill the table, and the most memory that the run held"
    return Table(table, caption, formats)


def errors_by_column(scores: pd.DataFrame) -> Table | Note:
    """Show the error of each method or job in each column with its interval, the hardest column first.

    Parameters
    ----------
    scores : DataFrame
        As from `Comparison.scores`: its first column names the method or job.

    Returns
    -------
    Table or Note
    """
    noun = str(scores.columns[0]) if len(scores.columns) else ""
    if scores.empty:
        return Note("No column could be scored.")
    ratio = scores["ratio"].astype(float).where(np.isfinite(scores["ratio"].astype(float)))
    bounds = scores.reindex(columns=["ratio_low", "ratio_high"]).astype(float)
    # The mean is nearly its own baseline: an interval of one value in two decimals would be written with four.
    bounds = bounds.where(bounds["ratio_low"].round(2) < bounds["ratio_high"].round(2))
    intervals = zip(ratio, bounds["ratio_low"], bounds["ratio_high"], strict=True)
    written = scores.assign(words=[interval_words(*row) for row in intervals])
    shown = written.pivot_table(index="column", columns=noun, values="words", aggfunc="first", sort=False)
    hardest = scores.groupby("column")["ratio"].min().sort_values(ascending=False, kind="stable").index
    least = scores.groupby(noun)["ratio"].mean().sort_values(kind="stable").index
    shown = shown.reindex(index=hardest, columns=least).rename_axis(columns=None)
    formats: dict[str, Format] = dict.fromkeys(map(str, shown.columns), "number")
    caption = "Error as a share of the baseline's, with 95 % intervals, by column, hardest first"
    return Table(shown, caption, formats)


def methods_side_by_side(
    frame: pd.DataFrame, completed: Mapping[str, pd.DataFrame], masks: Mapping[str, pd.DataFrame]
) -> Picture | Note:
    """Draw observed and filled values, a row for each method, for the columns with most missing cells."""
    missing_counts = frame.isna().sum()
    names = [
        name
        for name in missing_counts.sort_values(ascending=False, kind="stable").index
        if 0 < missing_counts[name] < len(frame)
    ]
    names = names[:_MOST_SHOWN_COLUMNS]
    methods = list(completed)[:_MOST_SHOWN_METHODS]
    if not names or not methods:
        return Note("No cell was filled in a column with observed values.")
    with drawing(7.6, 0.6 + 1.25 * len(methods)) as figure:
        grid = figure.subplots(len(methods), len(names), squeeze=False, sharex="col")
        for row, method in zip(grid, methods, strict=True):
            for axes, name in zip(row, names, strict=True):
                filled = masks[method][name].to_numpy()
                if filled.any():
                    draw_column(axes, frame[name], completed[method][name], filled)
                axes.tick_params(labelsize=7.5)
                axes.set_xlabel("")
            row[0].set_ylabel(short_label(method, 14), fontsize=9, fontweight="bold")
        for axes, label in zip(grid[0], short_labels(names, 18), strict=True):
            axes.set_title(label, fontsize=9)
        keys = [Patch(color=OBSERVED, alpha=0.6, label="observed"), Patch(color=IMPUTED, label="imputed")]
        figure.legend(handles=keys, loc="outside upper right", ncols=2)
        alt = (
            f"Observed (blue) and imputed (orange) values of {name_list(names)}, one row of pictures for each of "
            f"{name_list(methods, _MOST_SHOWN_METHODS)}."
        )
        return render(figure, alt)


def correlations_by_method(
    frame: pd.DataFrame, completed: Mapping[str, pd.DataFrame], noun: str = "method"
) -> Table | Note:
    """Tabulate for each method or job how far it would change the correlations between number columns."""
    records = []
    for method, table in completed.items():
        change = correlation_change(frame, table[frame.columns])
        apart = np.abs(np.tril(change.difference.to_numpy(), k=-1))
        moved = int((np.nan_to_num(apart) > CORRELATION_TOLERANCE).sum())
        pair = "" if change.pair is None else " with ".join(short_labels(change.pair, 24))
        records.append((method, change.largest, pair, moved, change.holds))
    columns = [noun, "largest change", "of", "pairs beyond 0.05", "within 0.05"]
    shown = pd.DataFrame(records, columns=columns)
    if shown.empty:
        return Note(f"No {noun} filled the table.")
    shown = shown.sort_values("largest change", kind="stable")
    shown["largest change"] = [format_value(change, "change").removeprefix("+") for change in shown["largest change"]]
    formats: dict[str, Format] = {"largest change": "number", "within 0.05": "verdict"}
    caption = f"What would change in the correlations, by {noun}"
    return Table(shown, caption, formats, hide_index=True)


def comparison_verdict(
    ranking: pd.DataFrame,
    failed: Mapping[str, str],
    left_out: Mapping[str, str] = MappingProxyType({}),
    doubts: Sequence[str] = (),
) -> Verdict:
    """Advise one method or job in one sentence: the best, or a much faster one whose error does not differ from it.

    Parameters
    ----------
    ranking : DataFrame
        Of a `Comparison`; its index is named after what is compared.
    failed, left_out : mapping of name to reason
        What refused the table, and what was not tried to its end.
    doubts : sequence of str
        Warnings that concern the comparison as a whole.

    Returns
    -------
    Verdict
    """
    noun, known = ranking.index.name, ranking[ranking["error"].notna()]
    warnings = [f"{name} refused the table: {reason}" for name, reason in failed.items()]
    warnings += [f"{name} was left out: {reason}" for name, reason in left_out.items()]
    warnings += doubts
    if known.empty:
        why = (
            "none was tried to its end"
            if left_out and ranking.empty
            else "nothing is missing, or too few cells are observed"
        )
        sentence = f"No {noun} could be measured: {why}."
        return Verdict(
            sentence, warnings, {"verdict": sentence, "warnings": warnings, "advised": None, "left_out": [*left_out]}
        )
    best = known.iloc[0]
    near = known[(known["error"] <= best["high"]) & (known["error"] < 1)]
    quick = near.sort_values("seconds", kind="stable").head(1)
    advised = str(known.index[0])
    digits = interval_digits(best["low"], best["high"])
    sentence = f"{advised} has the smallest error: {best['error']:.{digits}f} of the mean/mode baseline's error"
    sentence += f" (95 %: {best['low']:.{digits}f} to {best['high']:.{digits}f}), in {_seconds_words(best['seconds'])}."
    alike = [str(name) for name in near.index if str(name) != advised]
    if alike:
        sentence += f" Its error does not differ significantly from that of {name_list(alike)}."
    if len(quick) and quick.index[0] != advised and best["seconds"] > _MUCH_FASTER * quick["seconds"].iloc[0]:
        other = quick.iloc[0]
        sentence += f" {quick.index[0]} ({other['error']:.{digits}f}) takes {_seconds_words(other['seconds'])}"
        sentence += ": take it where time counts."
    if best["error"] >= 1:
        warnings.insert(
            0, f"No {noun} beats the mean and mode: the other columns predict the ones with missing cells poorly."
        )
    summary = {
        "advised": advised,
        "mean_error_ratio": float(best["error"]),
        f"{noun}s": len(ranking),
        "not_distinguished": alike,
        "left_out": [*left_out],
        "verdict": sentence,
        "warnings": warnings,
    }
    return Verdict(sentence, warnings, summary)


def _seconds_words(seconds: float) -> str:
    return f"{seconds:,.0f} seconds" if seconds >= _WHOLE_SECONDS else f"{seconds:.2g} seconds"


def _memory_words(size: float) -> str | None:
    if np.isnan(size):
        return None
    return size_words(size) if size >= _NOTABLE_BYTES else f"under {size_words(_NOTABLE_BYTES)}"
