"""The tables of the notebooks: what came in, what was filled, scores, differences, missing reasons."""

from wrangler.report.tables.differences import differences_by_column, differences_by_pair
from wrangler.report.tables.listings import events, file_list, filled_rows, left_out, methods_table, overview
from wrangler.report.tables.reasons import missing_reason_counts, missing_reasons, missing_reasons_table
from wrangler.report.tables.scores import level_scores, number_scores, scores_table

__all__ = [
    "differences_by_column",
    "differences_by_pair",
    "events",
    "file_list",
    "filled_rows",
    "left_out",
    "level_scores",
    "methods_table",
    "missing_reason_counts",
    "missing_reasons",
    "missing_reasons_table",
    "number_scores",
    "overview",
    "scores_table",
]
