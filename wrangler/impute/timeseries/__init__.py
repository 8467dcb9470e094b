"""Series in the order of a column: lags, seasons, structural models, simulated gaps."""

from wrangler.impute.timeseries.backfitting import Passes, complete_course, learn_passes
from wrangler.impute.timeseries.lag_regression import choose_lags
from wrangler.impute.timeseries.lags import Course, learn_step
from wrangler.impute.timeseries.seasonality import Season, learn_season, most_common
from wrangler.impute.timeseries.series import MOST_STEPS_A_ROW, Series, gap_lengths, line, nearest, series_of
from wrangler.impute.timeseries.simulated_gaps import moved_holes, rehearse
from wrangler.impute.timeseries.structural_model import Smoothed, Structure, learn_ratios, learn_season_ratio, smooth

__all__ = [
    "MOST_STEPS_A_ROW",
    "Course",
    "Passes",
    "Season",
    "Series",
    "Smoothed",
    "Structure",
    "choose_lags",
    "complete_course",
    "gap_lengths",
    "learn_passes",
    "learn_ratios",
    "learn_season",
    "learn_season_ratio",
    "learn_step",
    "line",
    "most_common",
    "moved_holes",
    "nearest",
    "rehearse",
    "series_of",
    "smooth",
]
