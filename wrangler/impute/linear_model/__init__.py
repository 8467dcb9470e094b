"""The Gaussian model that linear methods and predictive mean matching share, fitted from one Gram matrix."""

from wrangler.impute.linear_model.blockwise import BLOCK
from wrangler.impute.linear_model.chained_fit import WIDE, fit_chain
from wrangler.impute.linear_model.conditional_mean import CELLS_A_COLUMN, MOST_CELLS
from wrangler.impute.linear_model.discriminants import Groups, groups_of
from wrangler.impute.linear_model.gram import Chain, Equation, GramFit, ridge_of
from wrangler.impute.linear_model.model import (
    ROUNDS,
    TOLERANCE,
    Linear,
    completed_matrix,
    draw_rows,
    equation_of,
    expect,
    fill_linear,
    fit_linear,
    linear_probabilities,
    matrix_without,
    sample_rows,
)
from wrangler.impute.linear_model.normal_scores import (
    HIDDEN,
    MOST_COLUMNS,
    MOST_ROUNDS,
    MOST_ROWS,
    WANTED_ROWS,
    columns_to_score,
    is_skewed,
)
from wrangler.impute.linear_model.solvers import factored, solved_by

__all__ = [
    "BLOCK",
    "CELLS_A_COLUMN",
    "HIDDEN",
    "MOST_CELLS",
    "MOST_COLUMNS",
    "MOST_ROUNDS",
    "MOST_ROWS",
    "ROUNDS",
    "TOLERANCE",
    "WANTED_ROWS",
    "WIDE",
    "Chain",
    "Equation",
    "GramFit",
    "Groups",
    "Linear",
    "columns_to_score",
    "completed_matrix",
    "draw_rows",
    "equation_of",
    "expect",
    "factored",
    "fill_linear",
    "fit_chain",
    "fit_linear",
    "groups_of",
    "is_skewed",
    "linear_probabilities",
    "matrix_without",
    "ridge_of",
    "sample_rows",
    "solved_by",
]
