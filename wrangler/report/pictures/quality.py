"""Pictures of what an imputation did: filled cells beside observed ones, always on one scale."""

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from scipy.ndimage import gaussian_filter1d

from wrangler.analyze import CORRELATION_TOLERANCE, CorrelationChange, as_numbers, column_kind
from wrangler.report.elements import (
    IMPUTED,
    OBSERVED,
    QUIET,
    Format,
    Note,
    Picture,
    Table,
    draw_heatmap,
    drawing,
    name_list,
    render,
    short_labels,
)

_MOST_PANELS = 12
_PANELS_A_ROW = 3
_MOST_LEVELS = 8
_FEW_VALUES = 20
_MANY_VALUES = 1000
_BINS = 160
_MOST_CHANGED = 12
_TALLEST = 2.5  # a spike that is higher goes out of the picture, so that the observed values stay visible
_MOST_ERRORS = 40
_WIDEST = 3.0  # of the largest ratio: an interval that is longer goes out of the picture
_MOST_MOVED = 20
_SMALLEST_CHANGE = 0.0005
_DRAWABLE = (1e-30, 1e30)  # beyond, the squares and ranges that an axis is drawn with may be no finite numbers


def distributions(frame: pd.DataFrame, completed: pd.DataFrame, mask: pd.DataFrame) -> Picture | Note:
    """Draw observed and filled values of each filled column on one scale; a sentence when nothing was filled.

    Densities for numbers and dates (single strokes when fewer than 20 cells were filled), paired bars for levels.
    """
    filled = mask.sum()
    names = [name for name in frame.columns if filled[name] and frame[name].notna().any()]
    if not names:
        return Note("No cell was filled in a column with observed values.")
    shown = sorted(names, key=lambda name: -filled[name])[:_MOST_PANELS]
    lines = -(-len(shown) // _PANELS_A_ROW)
    with drawing(7.6, 0.5 + 2.1 * lines) as figure:
        axes = figure.subplots(lines, _PANELS_A_ROW, squeeze=False).ravel()
        for place, name, label in zip(axes, shown, short_labels(shown, 26), strict=False):
            draw_column(place, frame[name], completed[name], mask[name].to_numpy())
            place.set_title(label, fontsize=9)
        for place in axes[len(shown) :]:
            place.set_visible(False)
        keys = [Patch(color=OBSERVED, alpha=0.6, label="observed"), Patch(color=IMPUTED, label="imputed")]
        figure.legend(handles=keys, loc="outside upper right", ncols=2)
        alt = (
            f"Observed (blue) and imputed (orange) values of {len(shown)} of {len(names)} filled columns: "
            f"{name_list(shown, 6)}."
        )
        return render(figure, alt)


def correlation_change_picture(change: CorrelationChange) -> Picture | Note:
    """Draw the correlations before and after, and their difference; a sentence without two number columns."""
    if change.before.shape[1] <= 1:
        return Note("Fewer than two number columns, so there are no correlations to compare.")
    moved = change.difference.abs().max().sort_values(ascending=False, kind="stable").index[:_MOST_CHANGED]
    kept = [name for name in change.before.columns if name in set(moved)]
    before, after, difference = (matrix.loc[kept, kept] for matrix in (change.before, change.after, change.difference))
    with drawing(7.6, 4.0) as figure:
        axes = figure.subplots(1, 3, sharey=True)
        shared = draw_heatmap(axes[0], before, "before", numbers=False)
        draw_heatmap(axes[1], after, "after", numbers=False)
        reach = max(change.largest, CORRELATION_TOLERANCE)
        own = draw_heatmap(axes[2], difference, "after less before", reach=reach, numbers=False)
        figure.colorbar(shared, ax=axes[:2], location="bottom", shrink=0.5, aspect=30, label="correlation")
        ends = [-reach, 0, reach]
        figure.colorbar(own, ax=axes[2], location="bottom", shrink=0.9, aspect=30, label="difference", ticks=ends)
        pair = " and ".join(change.pair) if change.pair else "no pair"
        alt = f"Heat maps of the correlations before and after imputation and of their difference; most moved: {pair}."
        table = Table(difference, "The same as a table: change of each correlation", folded=True)
        return render(figure, alt, table)


def moved_correlations(change: CorrelationChange, most: int = _MOST_MOVED) -> Table | Note:
    """List the pairs whose correlation moved most, each with its verdict."""
    rows, columns = np.tril_indices(len(change.difference), k=-1)
    names = change.difference.columns.to_numpy(dtype=object)
    parts = {"before": change.before, "after": change.after, "change": change.difference}
    pairs = pd.DataFrame({"column": names[columns], "with": names[rows]})
    pairs = pairs.assign(**{name: matrix.to_numpy()[rows, columns] for name, matrix in parts.items()})
    pairs = pairs[pairs["change"].abs() > _SMALLEST_CHANGE]
    if pairs.empty:
        return Note("No correlation between two number columns moved.")
    pairs["within 0.05"] = pd.array((pairs["change"].abs() <= CORRELATION_TOLERANCE).tolist(), dtype=object)
    order = pairs["change"].abs().sort_values(ascending=False, kind="stable").index[:most]
    held = int((pairs["change"].abs() <= CORRELATION_TOLERANCE).sum())
    caption = f"{held:,} of {len(pairs):,} pairs that moved did so by at most {CORRELATION_TOLERANCE}; most moved first"
    formats: dict[str, Format] = {"change": "change", "within 0.05": "verdict"}
    return Table(pairs.loc[order], caption, formats, hide_index=True)


def held_out_errors(scores: pd.DataFrame | None) -> Picture | Note:
    """Draw the held-out error of each column as a share of its baseline's error; a sentence without scores."""
    if scores is None or scores.empty:
        return Note("No cell was held out, so no error was measured.")
    known = scores[np.isfinite(scores["ratio"].astype(float))]
    shown = known.sort_values("ratio", ascending=False, kind="stable").head(_MOST_ERRORS)
    if shown.empty:
        return Note("The baseline makes no error on the hidden cells, so there is nothing to compare with.")
    with drawing(7.6, 1.1 + 0.3 * len(shown)) as figure:
        axes = figure.add_subplot()
        places = np.arange(len(shown))
        # Scores of a result that was written before they had intervals are drawn without.
        low, high = (
            shown[name].fillna(shown["ratio"]) if name in shown else shown["ratio"]
            for name in ("ratio_low", "ratio_high")
        )
        axes.axvline(1, color=QUIET, linestyle="--", linewidth=1)
        axes.hlines(places, low, high, color=IMPUTED, linewidth=1.5)
        axes.scatter(shown["ratio"], places, color=IMPUTED, s=36, zorder=3)
        axes.set_yticks(places, short_labels(shown["column"], 32))
        axes.set_ylim(len(shown) - 0.4, -0.6)
        axes.set_xlim(0, max(1.15, min(float(high.max()), _WIDEST * float(shown["ratio"].max())) * 1.05))
        axes.set_xlabel("held-out error as a share of the baseline's (dashed: mean or mode); left is better")
        better = int(shown["beats_baseline"].sum())
        alt = (
            f"Dots: held-out error of each column as a share of its mean or mode baseline's, with 95 % intervals. "
            f"{better} of {len(shown)} columns lie left of the baseline."
        )
        return render(figure, alt)


def quality_table(quality: pd.DataFrame) -> Table | Note:
    """Show the measures of `distribution_quality`, the verdicts last."""
    if quality.empty:
        return Note("No cell was filled, so there is nothing to compare.")
    names = {
        "filled": "filled",
        "mean_shift": "mean shift",
        "std_change": "spread change",
        "ks": "KS",
        "wasserstein": "Wasserstein",
        "total_variation": "total variation",
        "mean_holds": "mean",
        "std_holds": "spread",
    }
    formats: dict[str, Format] = {"filled": "count", "mean shift": "change", "spread change": "percent_change"}
    formats |= {"mean": "verdict", "spread": "verdict"}
    order = quality["mean_shift"].abs().sort_values(ascending=False, kind="stable", na_position="last").index
    shown = quality.loc[order, list(names)].rename(columns=names)
    return Table(shown, "Filled cells beside observed ones; the mean that moved most first", formats)


def draw_column(axes: Axes, before: pd.Series, after: pd.Series, filled: npt.NDArray[np.bool_]) -> None:
    """Draw observed and filled values of one column on one scale."""
    observed = before.notna().to_numpy()
    if column_kind(before) in {"number", "date"}:
        power = _draw_densities(axes, as_numbers(before)[observed], as_numbers(after)[filled])
        if column_kind(before) == "date":
            axes.set_xlabel("days since 1970", fontsize=8)
        elif power:
            axes.set_xlabel(f"in units of 1e{power}", fontsize=8)
    else:
        _draw_levels(axes, before[observed].astype(object), after[filled].astype(object))


def _draw_densities(axes: Axes, observed: npt.NDArray[np.float64], imputed: npt.NDArray[np.float64]) -> int:
    """Draw them, and give the power of ten by which the values were divided for it."""
    observed, imputed = observed[~np.isnan(observed)], imputed[~np.isnan(imputed)]
    if not len(observed):
        return 0
    everything = np.concatenate([observed, imputed])
    power = power_of_ten(everything)
    observed, imputed, everything = (times_power_of_ten(part, -power) for part in (observed, imputed, everything))
    low, high = np.quantile(everything, [0.001, 0.999]) if len(everything) > _MANY_VALUES else _ends(everything)
    # At least as wide as lets the edges of the bins differ as floats.
    margin = max((high - low) * 0.05 or 0.5, float(np.spacing(max(abs(low), abs(high)))) * _BINS)
    edges = np.linspace(low - margin, high + margin, _BINS + 1)
    axes.fill_between(*_density(observed, edges), color=OBSERVED, alpha=0.35, linewidth=0)
    axes.plot(*_density(observed, edges), color=OBSERVED, linewidth=1.2)
    if len(imputed) < _FEW_VALUES:
        axes.vlines(imputed, 0, axes.get_ylim()[1] * 0.5, color=IMPUTED, linewidth=1.6)
    else:
        places, heights = _density(imputed, edges)
        axes.plot(places, heights, color=IMPUTED, linewidth=1.8)
    highest = float(_density(observed, edges)[1].max())
    axes.set_ylim(0, min(axes.get_ylim()[1], _TALLEST * highest))
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    return power


def power_of_ten(values: npt.NDArray[np.float64]) -> int:
    """The power of ten of the largest of some numbers; 0 where an axis can show them as they are."""
    largest = float(np.abs(values).max(initial=0.0))
    return 0 if largest == 0 or _DRAWABLE[0] < largest < _DRAWABLE[1] else int(f"{largest:e}".partition("e")[2])


def times_power_of_ten(values: npt.NDArray[np.float64], power: int) -> npt.NDArray[np.float64]:
    """Numbers times a power of ten, which itself may be too large or too small for a float."""
    half = power // 2
    return values if power == 0 else values * 10.0**half * 10.0 ** (power - half)


def _ends(values: npt.NDArray[np.float64]) -> tuple[float, float]:
    return float(values.min()), float(values.max())


def _density(
    values: npt.NDArray[np.float64], edges: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """A kernel density by smoothing a fine histogram, with Scott's width: as quick for a million values as for ten."""
    step = edges[1] - edges[0]
    counts = np.histogram(values, edges)[0].astype(float)
    width = max(float(values.std()) * len(values) ** -0.2, step * 1.5)
    smooth = gaussian_filter1d(counts, width / step, mode="constant")
    return (edges[:-1] + edges[1:]) / 2, smooth / max(len(values) * step, np.finfo(float).tiny)


def _draw_levels(axes: Axes, observed: pd.Series, imputed: pd.Series) -> None:
    shares = pd.DataFrame({"observed": observed.value_counts(normalize=True)})
    shares["imputed"] = imputed.value_counts(normalize=True)
    shares = shares.fillna(0.0).sort_values("observed", ascending=False, kind="stable").head(_MOST_LEVELS)
    places = np.arange(len(shares))
    axes.barh(places - 0.2, shares["observed"], height=0.38, color=OBSERVED, alpha=0.6)
    axes.barh(places + 0.2, shares["imputed"], height=0.38, color=IMPUTED)
    axes.set_yticks(places, short_labels(shares.index, 14))
    axes.set_xlabel("share", fontsize=8)
    axes.invert_yaxis()
