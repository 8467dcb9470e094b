"""The steps of fit and transform that every method shares: validation, plan, groups, fallbacks, writing back."""

from wrangler.impute.pipeline.check_parameters import check_parameters
from wrangler.impute.pipeline.fallback import ENOUGH, Fallback, most_frequent
from wrangler.impute.pipeline.fit_plan import FitPlan, make_fit_plan
from wrangler.impute.pipeline.groups import rows_by_group
from wrangler.impute.pipeline.groupwise import fill_targets, fit_group_fallbacks, fit_groups
from wrangler.impute.pipeline.indicator import SUFFIX, find_indicated
from wrangler.impute.pipeline.per_column import override_of
from wrangler.impute.pipeline.predictors import as_mapping, state_of, states_of
from wrangler.impute.pipeline.row_order import with_order_of_index
from wrangler.impute.pipeline.select_columns import report_ignored, select_columns
from wrangler.impute.pipeline.validation import admit, check_alike, is_partitioned, names_out
from wrangler.impute.pipeline.write_back import Writer

__all__ = [
    "ENOUGH",
    "SUFFIX",
    "Fallback",
    "FitPlan",
    "Writer",
    "admit",
    "as_mapping",
    "check_alike",
    "check_parameters",
    "fill_targets",
    "find_indicated",
    "fit_group_fallbacks",
    "fit_groups",
    "is_partitioned",
    "make_fit_plan",
    "most_frequent",
    "names_out",
    "override_of",
    "report_ignored",
    "rows_by_group",
    "select_columns",
    "state_of",
    "states_of",
    "with_order_of_index",
]
