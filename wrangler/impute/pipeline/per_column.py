"""Columns that `per_column` gives to another method: the imputer of each, and what is taken over from it."""

from typing import TYPE_CHECKING, Any

import pandas as pd

from wrangler.impute.encoding import only_of, position_of
from wrangler.impute.events import ColumnOutcome, Record
from wrangler.impute.pipeline.predictors import REST, as_mapping
from wrangler.impute.registry import make_imputer

if TYPE_CHECKING:
    from wrangler.impute.base import Imputer

SHARED = ("exclude", "bounds_policy", "group_by", "order_by", "max_levels", "n_jobs", "time_budget_seconds")
BY_COLUMN = ("bounds", "round_to", "allowed")


def override_of(imputer: "Imputer", name: str) -> Any:  # noqa: ANN401 - Imputers; no circle
    """The imputer, not yet fitted, that `per_column` of `imputer` asks for one column."""
    own = dict((imputer.per_column or {})[name])
    method = own.pop("method", imputer.method)
    predictors = as_mapping(imputer.predictors)
    shared = {
        "columns": [name],
        "predictors": predictors.get(name, predictors.get(REST)),
        "random_state": imputer.seed_,
        **{role: getattr(imputer, role) for role in SHARED},
        **{role: only_of(getattr(imputer, role), name) for role in BY_COLUMN},
    }
    return make_imputer(method, **{**shared, **own})


def adopt(frame: pd.DataFrame, completed: pd.DataFrame, name: str, override: "Imputer", record: Record) -> None:
    """Copy one column, its mask, events and outcome from another imputer into `completed` and `record`."""
    position = position_of(frame, name)
    completed.isetitem(position, override.transform(frame)[name])
    record.mark(position, override.mask_[name].to_numpy())
    for event in override.events_:
        record.add_event(event.column, event.kind, event.message)
    for outcome in override.record_.outcomes.values():
        record.outcomes[name] = ColumnOutcome(
            outcome.method, outcome.filled, f"per_column; {outcome.reason}", outcome.evidence
        )
