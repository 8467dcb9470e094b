"""Proper draws of missing cells: equations and cells by data augmentation, levels by logits, numbers from donors."""

from wrangler.impute.drawing.augmentation import Start, augment, draw, draw_codes, draw_numbers, start_from
from wrangler.impute.drawing.category_choice import fit_logits
from wrangler.impute.drawing.donors import Donors, make_donors
from wrangler.impute.drawing.log_scale import columns_to_log
from wrangler.impute.drawing.point_mass import Amounts, PointMass, amounts_beside, fit_mass
from wrangler.impute.drawing.pooled_levels import fit_pooled
from wrangler.impute.drawing.r_hat import r_hat, r_hat_by_chance

__all__ = [
    "Amounts",
    "Donors",
    "PointMass",
    "Start",
    "amounts_beside",
    "augment",
    "columns_to_log",
    "draw",
    "draw_codes",
    "draw_numbers",
    "fit_logits",
    "fit_mass",
    "fit_pooled",
    "make_donors",
    "r_hat",
    "r_hat_by_chance",
    "start_from",
]
