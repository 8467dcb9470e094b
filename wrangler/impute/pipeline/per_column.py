"""Columns that `per_column` gives to another method: the imputer of each."""

from typing import TYPE_CHECKING

from wrangler.impute.encoding import only_of
from wrangler.impute.pipeline.predictors import REST, as_mapping
from wrangler.impute.registry import make_imputer

if TYPE_CHECKING:
    from wrangler.impute.base import Imputer

SHARED = (
    "exclude",
    "bounds_policy",
    "group_by",
    "small_groups",
    "order_by",
    "max_levels",
    "n_jobs",
    "time_budget_seconds",
)
BY_COLUMN = ("bounds", "round_to", "allowed")


def override_of(imputer: "Imputer", name: str) -> "Imputer":
    """The imputer, not yet fitted, that `per_column` of `imputer` asks for one column."""
    given = dict((imputer.per_column or {})[name])
    method = given.pop("method", imputer.method)
    predictors = as_mapping(imputer.predictors)
    shared = {
        "columns": [name],
        "predictors": predictors.get(name, predictors.get(REST)),
        "random_state": imputer.seed_,
        **{role: getattr(imputer, role) for role in SHARED},
        **{role: only_of(getattr(imputer, role), name) for role in BY_COLUMN},
    }
    return make_imputer(method, **{**shared, **given})
