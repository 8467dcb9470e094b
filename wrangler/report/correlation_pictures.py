"""Pictures and tables of correlations between the columns of one table."""

from wrangler.analyze import Correlation
from wrangler.report.heatmap import MOST_COLUMNS, draw_heatmap_with_scale, heatmap_inches
from wrangler.report.note import Note
from wrangler.report.picture import Picture, drawing, render
from wrangler.report.table import Table

_MOST_PAIRS = 25


def correlation_heatmap(correlation: Correlation) -> Picture | Note:
    """Draw the coefficients of all pairs; a sentence with fewer than two columns."""
    size = len(correlation.matrix)
    if size <= 1:
        return Note("Fewer than two number columns, so there is no pair to correlate.")
    name = correlation.method.capitalize()
    with drawing(*heatmap_inches(min(size, MOST_COLUMNS))) as figure:
        draw_heatmap_with_scale(figure, correlation.matrix, f"{name} correlation")
        shown = f"{min(size, MOST_COLUMNS)} of {size} columns"
        alt = f"Heat map of the {name} correlations of {shown}. {_strongest_words(correlation)}"
        table = Table(correlation.matrix, f"The same as a table: {name} correlations", folded=True)
        return render(figure, alt, table if size <= MOST_COLUMNS else None)


def strongest_pairs(correlation: Correlation, most: int = _MOST_PAIRS) -> Table:
    """List the pairs with the strongest coefficients, and the rows that each rests on."""
    caption = f"The strongest pairs by {correlation.method.capitalize()}"
    return Table(correlation.pairs().head(most), caption, {"coefficient": "number"}, hide_index=True)


def _strongest_words(correlation: Correlation) -> str:
    pairs = correlation.pairs().head(1)
    if pairs.empty:
        return "No pair has enough rows in common."
    pair = pairs.iloc[0]
    return f"Strongest: {pair['left']} with {pair['right']}, {pair['coefficient']:.2f} on {pair['rows']:,} rows."
