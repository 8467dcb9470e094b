"""The figures, tables, sentences and files of the executed notebooks: a library without a server."""

from wrangler.report.comparison_pictures import (
    comparison_verdict,
    correlations_by_method,
    errors_by_column,
    methods_side_by_side,
    ranking_picture,
    ranking_table,
)
from wrangler.report.correlation_pictures import (
    association_heatmap,
    collinearity_table,
    correlation_heatmap,
    rows_compared,
    strongest_pairs,
)
from wrangler.report.correlation_verdict import correlation_verdict
from wrangler.report.difference_tables import differences_by_column, differences_by_pair
from wrangler.report.draws_pictures import convergence_picture, coverage_picture, draws_table
from wrangler.report.files import (
    safe_stem,
    write_cells,
    write_correlation,
    write_csv,
    write_draws,
    write_imputation,
    write_missing_reasons,
    write_pairs,
    write_ranking,
)
from wrangler.report.finished_jobs import (
    JobComparison,
    hidden_cells_warning,
    job_settings,
    read_jobs,
    same_cells_hidden,
)
from wrangler.report.markers import missing_reason_counts, missing_reasons, missing_reasons_table
from wrangler.report.mechanism_pictures import (
    alerts_table,
    flux_picture,
    little_table,
    mechanism_picture,
    mechanism_table,
    monotone_note,
    nullity_dendrogram,
    suggestions_table,
)
from wrangler.report.missing_pictures import (
    missing_matrix,
    missing_patterns,
    missing_per_row,
    missing_shares,
    nullity_heatmap,
)
from wrangler.report.missing_verdict import missingness_verdict
from wrangler.report.note import Note
from wrangler.report.palette import IMPUTED, OBSERVED
from wrangler.report.parameters import Between, Column, begin
from wrangler.report.picture import Picture
from wrangler.report.quality_pictures import (
    correlation_change_picture,
    distributions,
    held_out_errors,
    moved_correlations,
    quality_table,
)
from wrangler.report.result import SCHEMA_VERSION, Run, recipe_of
from wrangler.report.score_tables import level_scores, number_scores, scores_table
from wrangler.report.table import Table
from wrangler.report.tables import events, file_list, filled_rows, left_out, methods_table, overview
from wrangler.report.verdict import Evidence, Verdict, imputation_verdict

__all__ = [
    "IMPUTED",
    "OBSERVED",
    "SCHEMA_VERSION",
    "Between",
    "Column",
    "Evidence",
    "JobComparison",
    "Note",
    "Picture",
    "Run",
    "Table",
    "Verdict",
    "alerts_table",
    "association_heatmap",
    "begin",
    "collinearity_table",
    "comparison_verdict",
    "convergence_picture",
    "correlation_change_picture",
    "correlation_heatmap",
    "correlation_verdict",
    "correlations_by_method",
    "coverage_picture",
    "differences_by_column",
    "differences_by_pair",
    "distributions",
    "draws_table",
    "errors_by_column",
    "events",
    "file_list",
    "filled_rows",
    "flux_picture",
    "held_out_errors",
    "hidden_cells_warning",
    "imputation_verdict",
    "job_settings",
    "left_out",
    "level_scores",
    "little_table",
    "mechanism_picture",
    "mechanism_table",
    "methods_side_by_side",
    "methods_table",
    "missing_matrix",
    "missing_patterns",
    "missing_per_row",
    "missing_reason_counts",
    "missing_reasons",
    "missing_reasons_table",
    "missing_shares",
    "missingness_verdict",
    "monotone_note",
    "moved_correlations",
    "nullity_dendrogram",
    "nullity_heatmap",
    "number_scores",
    "overview",
    "quality_table",
    "ranking_picture",
    "ranking_table",
    "read_jobs",
    "recipe_of",
    "rows_compared",
    "safe_stem",
    "same_cells_hidden",
    "scores_table",
    "strongest_pairs",
    "suggestions_table",
    "write_cells",
    "write_correlation",
    "write_csv",
    "write_draws",
    "write_imputation",
    "write_missing_reasons",
    "write_pairs",
    "write_ranking",
]
