"""Imputation of tables of mixed types: scikit-learn transformers on pandas DataFrames.

Every method keeps the same promises: observed cells stay the same to the bit; no missing cell is left, or an event
names the column and the reason; index, column order and dtypes come back; the input is not changed; the same seed
gives the same result; whatever was not done as asked is listed in `events_`.
"""

from wrangler.impute.ampute import Pattern, ampute
from wrangler.impute.auto import AutoImputer
from wrangler.impute.base import Imputer
from wrangler.impute.bfill import BackwardFillImputer
from wrangler.impute.boosted import BoostedImputer
from wrangler.impute.comparing import Comparison, Trial, compare_methods
from wrangler.impute.constant import ConstantImputer
from wrangler.impute.cost import Cost
from wrangler.impute.errors import Cancelled, ImputationError, InvalidOptions, UnknownMethod, UnsuitableTable
from wrangler.impute.ffill import ForwardFillImputer
from wrangler.impute.forest import ForestImputer
from wrangler.impute.interpolate import InterpolateImputer
from wrangler.impute.iterative import IterativeImputer
from wrangler.impute.knn import KNNImputer
from wrangler.impute.linear import LinearImputer
from wrangler.impute.mean import MeanImputer
from wrangler.impute.median import MedianImputer
from wrangler.impute.mice import MiceImputer
from wrangler.impute.mode import ModeImputer
from wrangler.impute.pmm import PMMImputer
from wrangler.impute.random_draw import RandomImputer
from wrangler.impute.record import Event, Progress
from wrangler.impute.registry import METHODS, MethodInfo, describe_methods, make_imputer
from wrangler.impute.scoring import holdout_score
from wrangler.impute.seasonal import SeasonalImputer
from wrangler.impute.series import SeriesImputer
from wrangler.impute.several import completed_tables, holdout_coverage, method_for_draws, tell_replaced, with_coverage
from wrangler.impute.spline import SplineImputer
from wrangler.impute.state_space import StateSpaceImputer

__all__ = [
    "METHODS",
    "AutoImputer",
    "BackwardFillImputer",
    "BoostedImputer",
    "Cancelled",
    "Comparison",
    "ConstantImputer",
    "Cost",
    "Event",
    "ForestImputer",
    "ForwardFillImputer",
    "ImputationError",
    "Imputer",
    "InterpolateImputer",
    "InvalidOptions",
    "IterativeImputer",
    "KNNImputer",
    "LinearImputer",
    "MeanImputer",
    "MedianImputer",
    "MethodInfo",
    "MiceImputer",
    "ModeImputer",
    "PMMImputer",
    "Pattern",
    "Progress",
    "RandomImputer",
    "SeasonalImputer",
    "SeriesImputer",
    "SplineImputer",
    "StateSpaceImputer",
    "Trial",
    "UnknownMethod",
    "UnsuitableTable",
    "ampute",
    "compare_methods",
    "completed_tables",
    "describe_methods",
    "holdout_coverage",
    "holdout_score",
    "make_imputer",
    "method_for_draws",
    "tell_replaced",
    "with_coverage",
]
