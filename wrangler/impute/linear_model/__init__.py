"""The Gaussian model that linear methods and predictive mean matching share, fitted from one Gram matrix."""

from wrangler.impute.linear_model.blockwise import BLOCK
from wrangler.impute.linear_model.category_choice import fit_logits
from wrangler.impute.linear_model.chained_fit import WIDE
from wrangler.impute.linear_model.conditional_mean import CELLS_A_COLUMN, MOST_CELLS
from wrangler.impute.linear_model.gram import Chain, Equation
from wrangler.impute.linear_model.log_scale import columns_to_log
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
)
from wrangler.impute.linear_model.point_mass import PointMass, find_mass, fit_mass
from wrangler.impute.linear_model.pooled_levels import fit_pooled
from wrangler.impute.linear_model.posterior import Start, augment, draw, draw_codes, draw_numbers, start_from
from wrangler.impute.linear_model.r_hat import r_hat, r_hat_by_chance

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
    "Linear",
    "PointMass",
    "Start",
    "augment",
    "columns_to_log",
    "columns_to_score",
    "completed_matrix",
    "draw",
    "draw_codes",
    "draw_numbers",
    "draw_rows",
    "equation_of",
    "expect",
    "fill_linear",
    "find_mass",
    "fit_linear",
    "fit_logits",
    "fit_mass",
    "fit_pooled",
    "linear_probabilities",
    "matrix_without",
    "r_hat",
    "r_hat_by_chance",
    "sample_rows",
    "start_from",
]
