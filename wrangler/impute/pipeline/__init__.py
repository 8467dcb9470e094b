"""The steps of fit and transform that every method shares: validation, planning, groups, fallbacks, writing back."""

from wrangler.impute.pipeline.check_parameters import check_parameters
from wrangler.impute.pipeline.fallback import ENOUGH, Fallback, fit_fallback, most_frequent
from wrangler.impute.pipeline.groups import rows_by_group
from wrangler.impute.pipeline.groupwise import (
    fall_back_in_groups,
    fill_groups,
    fit_group_fallbacks,
    fit_groups,
    with_groups,
)
from wrangler.impute.pipeline.indicator import SUFFIX, find_indicated, with_indicators
from wrangler.impute.pipeline.per_column import adopt, override_of
from wrangler.impute.pipeline.planning import Plan, make_plan, report_ignored
from wrangler.impute.pipeline.predictors import as_mapping, state_of, states_of
from wrangler.impute.pipeline.validation import admit, check_alike, is_partitioned, names_out
from wrangler.impute.pipeline.write_back import place

__all__ = [
    "ENOUGH",
    "SUFFIX",
    "Fallback",
    "Plan",
    "admit",
    "adopt",
    "as_mapping",
    "check_alike",
    "check_parameters",
    "fall_back_in_groups",
    "fill_groups",
    "find_indicated",
    "fit_fallback",
    "fit_group_fallbacks",
    "fit_groups",
    "is_partitioned",
    "make_plan",
    "most_frequent",
    "names_out",
    "override_of",
    "place",
    "report_ignored",
    "rows_by_group",
    "state_of",
    "states_of",
    "with_groups",
    "with_indicators",
]
