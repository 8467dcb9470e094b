"""Series in the order of a column: lags, seasons, structural models, simulated gaps."""

from wrangler.impute.timeseries.backfitting import Passes, complete_along_time, fit_passes
from wrangler.impute.timeseries.lag_regression import choose_lags
from wrangler.impute.timeseries.lags import TimeAxis, fit_step
from wrangler.impute.timeseries.seasonality import Season, fit_season, most_common
from wrangler.impute.timeseries.series import MOST_STEPS_A_ROW, Series, gap_lengths, line, nearest, series_of
from wrangler.impute.timeseries.simulated_gaps import shifted_gaps, simulate_gaps
from wrangler.impute.timeseries.structural_model import Smoothed, Structure, fit_ratios, fit_season_ratio, smooth

__all__ = [
    "MOST_STEPS_A_ROW",
    "Passes",
    "Season",
    "Series",
    "Smoothed",
    "Structure",
    "TimeAxis",
    "choose_lags",
    "complete_along_time",
    "fit_passes",
    "fit_ratios",
    "fit_season",
    "fit_season_ratio",
    "fit_step",
    "gap_lengths",
    "line",
    "most_common",
    "nearest",
    "series_of",
    "shifted_gaps",
    "simulate_gaps",
    "smooth",
]
