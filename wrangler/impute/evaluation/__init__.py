"""Hide observed cells, fill them, and score the result."""

from wrangler.impute.evaluation.ampute import Pattern, ampute
from wrangler.impute.evaluation.coverage import holdout_coverage, with_coverage
from wrangler.impute.evaluation.hide_cells import Hiding, hide
from wrangler.impute.evaluation.holdout import error_with_standard_error, holdout_score
from wrangler.impute.evaluation.mechanisms import Withholding
from wrangler.impute.evaluation.row_sample import sample_row_numbers

__all__ = [
    "Hiding",
    "Pattern",
    "Withholding",
    "ampute",
    "error_with_standard_error",
    "hide",
    "holdout_coverage",
    "holdout_score",
    "sample_row_numbers",
    "with_coverage",
]
