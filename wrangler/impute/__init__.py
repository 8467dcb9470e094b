"""Imputation of tables of mixed types: scikit-learn transformers on pandas DataFrames.

Every method keeps the same promises: observed cells stay the same to the bit; no missing cell is left, or an event
names the column and the reason; index, column order and dtypes come back; the input is not changed; the same seed
gives the same result; whatever was not done as asked is listed in `events_`.
"""

from wrangler.impute.ampute import ampute
from wrangler.impute.auto import AutoImputer
from wrangler.impute.base import Imputer
from wrangler.impute.bfill import BackwardFillImputer
from wrangler.impute.boosted import BoostedImputer
from wrangler.impute.constant import ConstantImputer
from wrangler.impute.errors import Cancelled, ImputationError, InvalidOptions, UnknownMethod, UnsuitableTable
from wrangler.impute.ffill import ForwardFillImputer
from wrangler.impute.interpolate import InterpolateImputer
from wrangler.impute.iterative import IterativeImputer
from wrangler.impute.knn import KNNImputer
from wrangler.impute.linear import LinearImputer
from wrangler.impute.mean import MeanImputer
from wrangler.impute.median import MedianImputer
from wrangler.impute.mice import MiceImputer
from wrangler.impute.mode import ModeImputer
from wrangler.impute.pmm import PMMImputer
from wrangler.impute.pooling import Pooled, pool
from wrangler.impute.random_draw import RandomImputer
from wrangler.impute.record import Event, Progress
from wrangler.impute.registry import METHODS, MethodInfo, describe_methods, make_imputer
from wrangler.impute.scoring import holdout_score

__all__ = [
    "METHODS",
    "AutoImputer",
    "BackwardFillImputer",
    "BoostedImputer",
    "Cancelled",
    "ConstantImputer",
    "Event",
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
    "Pooled",
    "Progress",
    "RandomImputer",
    "UnknownMethod",
    "UnsuitableTable",
    "ampute",
    "describe_methods",
    "holdout_score",
    "make_imputer",
    "pool",
]
