"""Imputation of tables of mixed types: scikit-learn transformers on pandas DataFrames.

Every method keeps the same promises: observed cells stay the same to the bit; no missing cell is left, or an event
names the column and the reason; index, column order and dtypes come back; the input is not changed; the same seed
gives the same result; whatever was not done as asked is listed in `events_`.
"""

from wrangler.impute.base import Imputer
from wrangler.impute.cost import Cost
from wrangler.impute.errors import Cancelled, ImputationError, InvalidOptions, UnknownMethod, UnsuitableTable
from wrangler.impute.evaluation import Pattern, ampute, holdout_coverage, holdout_score, with_coverage
from wrangler.impute.events import Event, Progress
from wrangler.impute.methods import (
    BackwardFillImputer,
    BoostedImputer,
    ConstantImputer,
    ForestImputer,
    ForwardFillImputer,
    InterpolateImputer,
    IterativeImputer,
    KNNImputer,
    LinearImputer,
    MeanImputer,
    MedianImputer,
    MiceImputer,
    ModeImputer,
    PMMImputer,
    RandomImputer,
    SeasonalImputer,
    SeriesImputer,
    SplineImputer,
    StateSpaceImputer,
)
from wrangler.impute.multiple_imputation import (
    DRAWING,
    FEWEST_DRAWS,
    completed_tables,
    method_for_draws,
    replacement_events,
)
from wrangler.impute.registry import METHODS, MeasuredCost, MethodInfo, describe_methods, make_imputer
from wrangler.impute.selection import AutoImputer, Comparison, Trial, compare_methods

__all__ = [
    "DRAWING",
    "FEWEST_DRAWS",
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
    "MeasuredCost",
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
    "replacement_events",
    "with_coverage",
]
