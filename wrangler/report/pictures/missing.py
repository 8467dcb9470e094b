"""Pictures of where the cells of a table are missing."""

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.ticker import MaxNLocator, StrMethodFormatter

from wrangler.analyze import Missingness
from wrangler.report.elements import (
    IMPUTED,
    INK,
    OBSERVED,
    PALE,
    Format,
    Note,
    Picture,
    Table,
    draw_heatmap_with_scale,
    drawing,
    format_value,
    heatmap_inches,
    name_list,
    render,
    short_labels,
)

_MOST_BARS = 40
_FEW_BARS = 15
_MOST_BANDS = 500
_MOST_COLUMNS = 60
_MOST_PATTERNS = 10
_MOST_PATTERN_COLUMNS = 25
_FEWEST_CORRELATED = 2
_ROOMY_COLUMNS = 30
_FEW_COLUMNS = 8
_FORMATS: dict[str, Format] = {"missing": "count", "present": "count", "rows": "count", "share": "percent"}


def missing_shares(missing: Missingness) -> Picture | Note:
    """Draw the share of missing cells per column as bars, worst first; a sentence when nothing is missing."""
    counts = missing.by_column()
    missing_counts = counts[counts["missing"] > 0].sort_values("missing", ascending=False, kind="stable")
    if missing_counts.empty:
        return nothing_missing(missing)
    shown = missing_counts.head(_MOST_BARS)
    with drawing(7.6, 0.6 + 0.26 * len(shown)) as figure:
        axes = figure.add_subplot()
        places = np.arange(len(shown))
        axes.barh(places, shown["share"], color=IMPUTED, height=0.7)
        for place, (share, count) in enumerate(zip(shown["share"], shown["missing"], strict=True)):
            axes.text(share, place, f"  {format_value(share, 'percent')}  ({count:,})", va="center", fontsize=8.5)
        axes.set_yticks(places, short_labels(shown.index, 32))
        axes.set_xlim(0, float(shown["share"].max()) * 1.25)
        axes.set_xticks([])
        axes.spines["bottom"].set_visible(False)
        axes.set_ylim(len(shown) - 0.5, -0.5)
        cut = (
            f"; the {len(shown)} worst of {len(missing_counts):,} columns with missing cells"
            if len(missing_counts) > len(shown)
            else ""
        )
        axes.set_xlabel(f"share of rows in which the cell is missing{cut}")
        alt = (
            f"Bars: share of missing cells per column. {len(missing_counts):,} of {len(counts):,} columns "
            f"have missing cells; most in {name_list(missing_counts.index)}."
        )
        table = Table(missing_counts, "The same as a table: missing cells per column", _FORMATS, folded=True)
        return render(figure, alt, table)


def missing_per_row(missing: Missingness) -> Picture | Note:
    """Draw how many rows have no, one, two ... missing cells."""
    if not missing.incomplete_columns:
        return nothing_missing(missing)
    rows = missing.by_row()
    with drawing(7.6, 2.4) as figure:
        axes = figure.add_subplot()
        colours = [IMPUTED if cells else OBSERVED for cells in rows.index]
        axes.bar(rows.index, rows["rows"], color=colours, width=0.8)
        if len(rows) <= _FEW_BARS:
            for cells, count in zip(rows.index.to_list(), rows["rows"].to_list(), strict=True):
                axes.text(cells, count, f"{count:,}", ha="center", va="bottom", fontsize=8.5)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=12))
        axes.set_xlabel("missing cells in a row")
        axes.set_ylabel("rows")
        axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
        axes.margins(y=0.15)
        alt = (
            f"Bars: rows by their number of missing cells. {missing.complete_rows:,} of {missing.rows:,} rows are "
            f"complete; the row with most missing cells has {rows.index[-1]:,}."
        )
        caption = "The same as a table: rows by their number of missing cells"
        return render(figure, alt, Table(rows, caption, _FORMATS, folded=True))


def missing_matrix(missing: Missingness) -> Picture | Note:
    """Draw the table as a matrix, rows sorted by pattern: orange where cells are missing.

    Where most rows are complete, only those with missing cells are drawn.
    """
    names = missing.incomplete_columns
    if not names:
        return nothing_missing(missing)
    worst = np.argsort(-missing.column_counts, kind="stable")[: min(len(names), _MOST_COLUMNS)]
    chosen = np.sort(worst)
    incomplete = missing.matrix.any(axis=1)
    are_drawn = incomplete if 2 * missing.complete_rows > missing.rows else np.ones_like(incomplete)
    rows = int(missing.counts[are_drawn].sum())
    left = missing.rows - rows
    bands = _bands(missing.matrix[np.ix_(are_drawn, chosen)], missing.counts[are_drawn])
    roomy = len(chosen) <= _ROOMY_COLUMNS
    with drawing(7.6, 4.2) as figure:
        axes = figure.add_subplot()
        colours = LinearSegmentedColormap.from_list("missing", [PALE, IMPUTED])
        axes.imshow(bands, aspect="auto", cmap=colours, vmin=0, vmax=1, interpolation="nearest")
        tilt = 30 if len(chosen) <= _FEW_COLUMNS else 60
        labels = short_labels((missing.columns[place] for place in chosen), 18)
        axes.set_xticks(
            range(len(chosen)),
            labels,
            rotation=tilt,
            ha="right",
            rotation_mode="anchor",
        )
        axes.tick_params(axis="x", labelsize=8.5 if roomy else 6)
        axes.set_xticks(np.arange(len(chosen) + 1) - 0.5, minor=True)
        axes.grid(which="minor", axis="x", color="white", linewidth=1 if roomy else 0.4)
        axes.tick_params(which="minor", length=0)
        axes.set_yticks([0, len(bands) - 1], ["1", f"{rows:,}"])
        axes.set_ylabel("rows with missing cells, sorted by pattern" if left else "rows, sorted by pattern")
        if left:
            share = format_value(left / missing.rows, "percent")
            axes.set_title(f"the {left:,} complete rows ({share} of all) are not drawn", fontsize=9, loc="left")
        alt = (
            f"Matrix of {rows:,} rows by {len(chosen)} columns with missing cells, rows sorted by pattern; orange "
            f"marks missing cells. {missing.complete_rows:,} rows are complete{' and not drawn' if left else ''}."
        )
        return render(figure, alt, _patterns_table(missing, _MOST_PATTERNS))


def missing_patterns(missing: Missingness, top: int = 20) -> Picture | Note:
    """Draw the commonest combinations of missing columns: dots for the columns, bars for the rows.

    The ten commonest are drawn, `top` of them are listed in the table under the picture.
    """
    if not missing.incomplete_columns:
        return nothing_missing(missing)
    shown = missing.patterns(_MOST_PATTERNS)
    involved = dict.fromkeys(name for names in shown["missing"] for name in names)
    counts = missing.by_column()["missing"]
    order = sorted(involved, key=lambda name: (-counts[name], counts.index.get_loc(name)))
    names = order[:_MOST_PATTERN_COLUMNS]
    with drawing(7.6, 2.6 + 0.24 * len(names)) as figure:
        bars, dots = figure.subplots(2, 1, sharex=True, height_ratios=[1.6, 0.4 + 0.24 * len(names)])
        places = np.arange(len(shown))
        bars.bar(places, shown["rows"], color=OBSERVED, width=0.6)
        for place, count in enumerate(shown["rows"]):
            bars.text(place, count, f"{count:,}", ha="center", va="bottom", fontsize=8.5)
        bars.set_ylabel("rows")
        bars.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=4))
        bars.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
        bars.margins(y=0.15)
        _draw_dots(dots, shown, names)
        total = len(missing.counts)
        alt = (
            f"The {len(shown)} commonest of {total:,} patterns of missing columns, with the rows that have each. "
            f"The commonest: {_pattern_words(shown['missing'].iloc[0])}, {shown['rows'].iloc[0]:,} rows."
        )
        return render(figure, alt, _patterns_table(missing, top))


def nullity_heatmap(missing: Missingness) -> Picture | Note:
    """Draw which columns tend to be missing in the same rows."""
    phi = missing.correlation()
    if len(phi) < _FEWEST_CORRELATED:
        return Note("Fewer than two columns have missing cells in some rows only, so there is nothing to correlate.")
    with drawing(*heatmap_inches(len(phi))) as figure:
        draw_heatmap_with_scale(figure, phi, "correlation of missing cells")
        alt = (
            f"Heat map: correlation of missing cells among {len(phi)} columns; blue where columns are missing in the "
            "same rows, orange where one is missing when the other is not."
        )
        return render(figure, alt, Table(phi, "The same as a table: correlation of missing cells", folded=True))


def nothing_missing(missing: Missingness) -> Note:
    """State that the table is complete."""
    return Note(f"No cell is missing in the {missing.rows:,} rows and {len(missing.columns):,} columns.")


def _bands(flags: npt.NDArray[np.bool_], counts: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Share of missing cells in each of at most 500 equal bands of rows, rows sorted by their pattern."""
    rows, width = int(counts.sum()), flags.shape[1]
    order = np.lexsort(tuple(flags[:, place] for place in reversed(range(width))))
    ends = np.cumsum(counts[order])
    edges = np.linspace(0, rows, min(_MOST_BANDS, rows) + 1)
    running = np.vstack([np.zeros(width), np.cumsum(flags[order] * counts[order][:, None], axis=0)])
    at_edges = np.stack([np.interp(edges, np.r_[0, ends], running[:, place]) for place in range(width)], axis=1)
    shares: npt.NDArray[np.float64] = np.diff(at_edges, axis=0) / np.diff(edges)[:, None]
    return shares


def _draw_dots(axes: Axes, shown: pd.DataFrame, names: list[str]) -> None:
    for place, missing_names in enumerate(shown["missing"]):
        held = [row for row, name in enumerate(names) if name in set(missing_names)]
        axes.scatter([place] * len(names), range(len(names)), s=28, color=PALE, zorder=1)
        axes.scatter([place] * len(held), held, s=34, color=IMPUTED, zorder=3)
        if len(held) > 1:
            axes.plot([place, place], [held[0], held[-1]], color=IMPUTED, linewidth=1.5, zorder=2)
    axes.set_yticks(range(len(names)), short_labels(names, 28))
    axes.set_xticks(
        range(len(shown)), [format_value(share, "percent").replace("under ", "< ") for share in shown["share"]]
    )
    axes.set_xlabel("share of all rows; orange dots: the columns missing in that pattern", color=INK)
    axes.invert_yaxis()
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.tick_params(length=0)


def _patterns_table(missing: Missingness, top: int) -> Table:
    patterns = missing.patterns(top)
    words = patterns.assign(missing=[_pattern_words(names) for names in patterns["missing"]])
    caption = f"The same as a table: the {len(words):,} commonest of {len(missing.counts):,} patterns"
    return Table(words, caption, {"rows": "count", "share": "percent"}, folded=True)


def _pattern_words(names: tuple[str, ...]) -> str:
    return name_list(names, 6) if names else "nothing missing"
