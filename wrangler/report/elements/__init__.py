"""What reports are made of: notes, tables, pictures and heat maps, their colours, numbers and names."""

from wrangler.report.elements.heatmap import (
    MOST_COLUMNS,
    clustered,
    draw_heatmap,
    draw_heatmap_with_scale,
    heatmap_inches,
    strongest,
)
from wrangler.report.elements.note import Note
from wrangler.report.elements.palette import IMPUTED, INK, OBSERVED, PALE, QUIET
from wrangler.report.elements.picture import Picture, drawing, render
from wrangler.report.elements.table import Format, Table, format_value, size_words
from wrangler.report.elements.wording import (
    count_words,
    grouped,
    interval_digits,
    interval_words,
    name_list,
    p_value_words,
    short_label,
    short_labels,
)

__all__ = [
    "IMPUTED",
    "INK",
    "MOST_COLUMNS",
    "OBSERVED",
    "PALE",
    "QUIET",
    "Format",
    "Note",
    "Picture",
    "Table",
    "clustered",
    "count_words",
    "draw_heatmap",
    "draw_heatmap_with_scale",
    "drawing",
    "format_value",
    "grouped",
    "heatmap_inches",
    "interval_digits",
    "interval_words",
    "name_list",
    "p_value_words",
    "render",
    "short_label",
    "short_labels",
    "size_words",
    "strongest",
]
