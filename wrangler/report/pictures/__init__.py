"""The pictures of the notebooks, a module per subject, each with its figures as a table."""

from wrangler.report.pictures.comparison import (
    comparison_verdict,
    correlations_by_method,
    errors_by_column,
    methods_side_by_side,
    ranking_picture,
    ranking_table,
)
from wrangler.report.pictures.correlation import (
    association_heatmap,
    collinearity_table,
    correlation_heatmap,
    rows_compared,
    strongest_pairs,
)
from wrangler.report.pictures.draws import chains_table, convergence_picture, coverage_picture, draws_table
from wrangler.report.pictures.mechanism import (
    alerts_table,
    flux_picture,
    little_table,
    mechanism_picture,
    mechanism_table,
    monotone_note,
    nullity_dendrogram,
    suggestions_table,
)
from wrangler.report.pictures.missing import (
    missing_matrix,
    missing_patterns,
    missing_per_row,
    missing_shares,
    nullity_heatmap,
)
from wrangler.report.pictures.quality import (
    correlation_change_picture,
    distributions,
    held_out_errors,
    moved_correlations,
    quality_table,
)

__all__ = [
    "alerts_table",
    "association_heatmap",
    "chains_table",
    "collinearity_table",
    "comparison_verdict",
    "convergence_picture",
    "correlation_change_picture",
    "correlation_heatmap",
    "correlations_by_method",
    "coverage_picture",
    "distributions",
    "draws_table",
    "errors_by_column",
    "flux_picture",
    "held_out_errors",
    "little_table",
    "mechanism_picture",
    "mechanism_table",
    "methods_side_by_side",
    "missing_matrix",
    "missing_patterns",
    "missing_per_row",
    "missing_shares",
    "monotone_note",
    "moved_correlations",
    "nullity_dendrogram",
    "nullity_heatmap",
    "quality_table",
    "ranking_picture",
    "ranking_table",
    "rows_compared",
    "strongest_pairs",
    "suggestions_table",
]
