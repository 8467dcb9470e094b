"""One module per imputation method; the listing of this folder is the catalogue, and a module in it is registered."""

from importlib import import_module
from pkgutil import iter_modules

from wrangler.impute.methods.boosted import BoostedImputer
from wrangler.impute.methods.carry import BackwardFillImputer, ForwardFillImputer
from wrangler.impute.methods.constant import ConstantImputer
from wrangler.impute.methods.forest import ForestImputer
from wrangler.impute.methods.interpolate import InterpolateImputer
from wrangler.impute.methods.knn import KNNImputer
from wrangler.impute.methods.linear import IterativeImputer, LinearImputer
from wrangler.impute.methods.mean import MeanImputer
from wrangler.impute.methods.median import MedianImputer
from wrangler.impute.methods.mice import MiceImputer
from wrangler.impute.methods.mode import ModeImputer
from wrangler.impute.methods.pmm import PMMImputer
from wrangler.impute.methods.random_draw import RandomImputer
from wrangler.impute.methods.seasonal import SeasonalImputer
from wrangler.impute.methods.series import SeriesImputer
from wrangler.impute.methods.spline import SplineImputer
from wrangler.impute.methods.state_space import StateSpaceImputer

__all__ = [
    "BackwardFillImputer",
    "BoostedImputer",
    "ConstantImputer",
    "ForestImputer",
    "ForwardFillImputer",
    "InterpolateImputer",
    "IterativeImputer",
    "KNNImputer",
    "LinearImputer",
    "MeanImputer",
    "MedianImputer",
    "MiceImputer",
    "ModeImputer",
    "PMMImputer",
    "RandomImputer",
    "SeasonalImputer",
    "SeriesImputer",
    "SplineImputer",
    "StateSpaceImputer",
]

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")
