"""The figures, tables, sentences and files of the executed notebooks: a library without a server."""

from wrangler.report.correlation_pictures import correlation_heatmap, strongest_pairs
from wrangler.report.files import safe_stem, write_correlation, write_csv, write_imputation
from wrangler.report.missing_pictures import (
    missing_matrix,
    missing_patterns,
    missing_per_row,
    missing_shares,
    nullity_heatmap,
)
from wrangler.report.note import Note
from wrangler.report.palette import IMPUTED, OBSERVED
from wrangler.report.picture import Picture
from wrangler.report.quality_pictures import (
    correlation_change_picture,
    distributions,
    held_out_errors,
    quality_table,
    scores_table,
)
from wrangler.report.result import SCHEMA_VERSION, Run
from wrangler.report.table import Table
from wrangler.report.tables import events, file_list, filled_rows, left_out, methods_table, overview
from wrangler.report.verdict import Verdict, correlation_verdict, imputation_verdict, missingness_verdict

__all__ = [
    "IMPUTED",
    "OBSERVED",
    "SCHEMA_VERSION",
    "Note",
    "Picture",
    "Run",
    "Table",
    "Verdict",
    "correlation_change_picture",
    "correlation_heatmap",
    "correlation_verdict",
    "distributions",
    "events",
    "file_list",
    "filled_rows",
    "held_out_errors",
    "imputation_verdict",
    "left_out",
    "methods_table",
    "missing_matrix",
    "missing_patterns",
    "missing_per_row",
    "missing_shares",
    "missingness_verdict",
    "nullity_heatmap",
    "overview",
    "quality_table",
    "safe_stem",
    "scores_table",
    "strongest_pairs",
    "write_correlation",
    "write_csv",
    "write_imputation",
]
