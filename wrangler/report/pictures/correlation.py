"""Pictures and tables of correlations between the columns of one table."""

import numpy as np
import pandas as pd

from wrangler.analyze import HIGH_INFLATION, Association, Collinearity, Correlation
from wrangler.report.elements import (
    MOST_COLUMNS,
    Format,
    Note,
    Picture,
    Table,
    clustered,
    count_words,
    draw_heatmap_with_scale,
    drawing,
    heatmap_inches,
    interval_words,
    name_list,
    p_value_words,
    render,
    strongest,
)

_MOST_PAIRS = 25
_MEASURES = {"pearson": "Pearson", "cramer_v": "Cramér's V", "correlation_ratio": "correlation ratio"}
_NOTABLE = 1.5
_ENDLESS = 10_000


def correlation_heatmap(correlation: Correlation) -> Picture | Note:
    """Draw the coefficients of all pairs, alike columns side by side; a sentence with fewer than two columns."""
    size = len(correlation.matrix)
    if size <= 1:
        return Note("Fewer than two number columns, so there is no pair to correlate.")
    name = correlation.method.capitalize()
    matrix = clustered(strongest(correlation.matrix))
    with drawing(*heatmap_inches(len(matrix))) as figure:
        draw_heatmap_with_scale(figure, matrix, f"{name} correlation")
        shown = f"{len(matrix)} of {size} columns"
        alt = f"Heat map of the {name} correlations of {shown}. {_strongest_words(correlation)}"
        table = Table(correlation.matrix, f"The same as a table: {name} correlations", folded=True)
        return render(figure, alt, table if size <= MOST_COLUMNS else None)


def association_heatmap(association: Association) -> Picture | Note:
    """Draw the strength of association of columns of all types; a sentence with fewer than two columns."""
    size = len(association.matrix)
    if size <= 1:
        return Note("Fewer than two columns can be compared.")
    matrix = clustered(strongest(association.matrix.abs()))
    with drawing(*heatmap_inches(len(matrix))) as figure:
        draw_heatmap_with_scale(figure, matrix, "strength of association", lowest=0)
        best = association.strongest().sort_values("strength", ascending=False, kind="stable").head(1)
        pair = name_list([*best.index, *best["partner"]])
        alt = f"Heat map of the strength of association of {len(matrix)} of {size} columns; strongest: {pair}."
        caption = "The same as a table: for each column the one most strongly associated with it"
        table = Table(_partners(association), caption, {"strength": "number"}, folded=True)
        return render(figure, alt, table)


def strongest_pairs(intervals: pd.DataFrame, method: str, most: int = _MOST_PAIRS) -> Table:
    """List the pairs of `correlation_intervals` with the strongest coefficients, and what each rests on."""
    shown = intervals.head(most)
    table = pd.DataFrame(
        {
            "column": shown["left"],
            "with": shown["right"],
            "coefficient, 95 %": [interval_words(*row) for row in _floats(shown, ["coefficient", "low", "high"])],
            "rows": shown["rows"],
            "p-value": [p_value_words(value) for value in shown["p_value"]],
            "corrected": [p_value_words(value) for value in shown["p_corrected"]],
        }
    )
    sure = int((intervals["p_corrected"] < 0.05).sum())  # noqa: PLR2004 - as statisticians use
    held = f"{sure:,} of {count_words(len(intervals), 'pair')} lie below 5 % after Holm's correction"
    caption = f"The strongest pairs by {method.capitalize()}; {held}"
    return Table(table, caption, hide_index=True)


def rows_compared(by_rows: pd.DataFrame | None, filled_by: str | None, most: int = _MOST_PAIRS) -> Table | Note:
    """Compare the correlations on three choices of rows, the pairs that differ most first."""
    if by_rows is None or by_rows.empty:
        return Note("Nothing is missing in the number columns, or filling was left out: all choices of rows agree.")
    shown = by_rows.head(most)
    pairs = zip(shown["left"], shown["right"], strict=True)
    table = pd.DataFrame({"pair": [f"{left}, {right}" for left, right in pairs]}, index=shown.index)
    for name, heading in (("pairwise", "both present (95 %), rows"), ("complete", "complete rows (95 %), rows")):
        figures = _floats(shown, [name, f"{name}_low", f"{name}_high"])
        rows = shown[f"{name}_rows"].fillna(0)
        table[heading] = [_on_rows(row, int(many)) for row, many in zip(figures, rows, strict=True)]
    table["after filling"] = [interval_words(value, np.nan, np.nan) for value in shown["imputed"]]
    caption = f"The pairs that differ most between three choices of rows; missing cells filled by {filled_by}"
    return Table(table, caption, hide_index=True)


def collinearity_table(collinear: Collinearity) -> Table | Note:
    """List the columns that are nearly combinations of others, worst first."""
    if collinear.inflation.empty:
        return Note("Fewer than two columns with values in common rows.")
    worst = collinear.inflation[collinear.inflation["vif"] >= _NOTABLE].head(_MOST_PAIRS)
    if worst.empty:
        worst = collinear.inflation.head(1)
    shown = pd.DataFrame(
        {
            "variance inflation": worst["vif"],
            "terms": worst["terms"],
            "explained by the others": worst["r_squared"],
            "below 10": [bool(value < HIGH_INFLATION) for value in worst["vif"]],
        }
    )
    formats: dict[str, Format] = {"terms": "count", "explained by the others": "percent", "below 10": "verdict"}
    index = collinear.condition_index
    words = f"{index:.1f}" if index < _ENDLESS else f"above {_ENDLESS:,}"
    notes = "".join(f" {note}" for note in collinear.notes)
    caption = f"Condition index {words} (above 30 is high); inflation above 10 is high.{notes}"
    return Table(shown, caption, formats)


def _partners(association: Association) -> pd.DataFrame:
    strongest_partner = association.strongest()
    measures = [
        None if pd.isna(partner) else _MEASURES[str(association.measures.loc[name, partner])]
        for name, partner in zip(strongest_partner.index, strongest_partner["partner"], strict=True)
    ]
    return strongest_partner.assign(measure=pd.Series(measures, index=strongest_partner.index, dtype=object))


def _on_rows(figures: list[float], rows: int) -> str:
    return f"{interval_words(*figures)}, {rows:,}" if rows else "no row"


def _floats(table: pd.DataFrame, columns: list[str]) -> list[list[float]]:
    values: list[list[float]] = table[columns].to_numpy(dtype=float).tolist()
    return values


def _strongest_words(correlation: Correlation) -> str:
    pairs = correlation.pairs().head(1)
    if pairs.empty:
        return "No pair has enough rows in common."
    pair = pairs.iloc[0]
    return f"Strongest: {pair['left']} with {pair['right']}, {pair['coefficient']:.2f} on {pair['rows']:,} rows."
