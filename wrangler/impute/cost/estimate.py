"""The cost of an imputation, estimated from small runs of it on parts of the same table.

Each stage of a run has its scaling model: a constant, and a part in proportion to the rows, or to the rows that are
fitted on, which most methods limit. Two samples give both. Work in proportion to an option (the trees of a forest) is
run with a low value of it. Tables of many columns are sampled in columns too, and costs grow from the sample to the
whole as the operations of the algorithm do (see `complexity`). A race costs the sum of its candidates.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import clone

from wrangler.impute.context import threads_of
from wrangler.impute.cost.cost import Cost
from wrangler.impute.cost.scaling import ScalingModel, fit_scaling_model, sizes_of
from wrangler.impute.cost.trial_runs import Sizes
from wrangler.impute.pipeline import admit, check_parameters, override_of

if TYPE_CHECKING:
    from wrangler.impute.base import Imputer

TRUST, WIDE_TRUST, SERIES_TRUST = 2.0, 3.0, 4.0
RACED_CELLS, MOST_ROUNDS = 300, 4
LIKELY = 0.5  # share of the candidates' work on the whole table: some win every column, some none
SHARED = ("columns", "predictors", "exclude", "group_by", "order_by", "max_levels")


def estimate(imputer: "Imputer", table: pd.DataFrame | npt.ArrayLike) -> Cost:
    """Estimate what `imputer.fit_transform(table)` will cost; neither is changed.

    Parameters
    ----------
    imputer : Imputer
    table : DataFrame or array-like

    Returns
    -------
    Cost

    Raises
    ------
    ImputationError
        As by `fit`.
    """
    probe = clone(imputer)
    probe._check_options()  # noqa: SLF001 - what `fit` checks first
    frame = admit(probe, table, fitting=True)
    check_parameters(frame, probe)
    probe.seed_ = 0
    costs = [_cost(override_of(probe, name), frame) for name in probe.per_column or {}]
    cost = sum(costs, start=_cost(_without_overrides(probe, frame), frame))
    return cost if isinstance(table, pd.DataFrame) else cost + _of_copies(frame)


def _without_overrides(imputer: "Imputer", frame: pd.DataFrame) -> "Imputer":
    """The imputer, not fitted, without the columns that `per_column` gives to other methods."""
    rest: Imputer = clone(imputer)
    overridden = {*(imputer.per_column or {})}
    if not overridden:
        return rest
    wanted = imputer.columns if imputer.columns is not None else frame.columns
    kept = [name for name in wanted if name not in overridden | set(imputer.exclude)]
    rest.set_params(columns=kept, per_column=None)
    return rest


def _of_copies(frame: pd.DataFrame) -> Cost:
    """The cost of copying an array into a table and back."""
    size = 2 * int(frame.memory_usage(index=False).sum())
    return Cost(0.0, size, (0.0, 0.0), (size, size), "The array is copied twice.")


def _cost(imputer: "Imputer", frame: pd.DataFrame) -> Cost:
    rivals = imputer.growth.rivals
    if rivals is None:
        scaling, sizes = fit_scaling_model(imputer, frame), sizes_of(imputer, frame)
        return _cost_estimate(imputer, frame, [scaling], scaling.seconds_at(sizes), scaling.bytes_at(sizes))
    shared = {name: getattr(imputer, name) for name in SHARED}
    racing = rivals(len(frame), is_ordered=imputer.order_by is not None)
    candidates = [rival.set_params(**shared) for rival in racing.values()]
    scalings = [fit_scaling_model(candidate, frame) for candidate in candidates]
    return _cost_estimate(imputer, frame, scalings, *_of_race(imputer, candidates, scalings, frame))


def _of_race(
    imputer: "Imputer",
    candidates: Sequence["Imputer"],
    scalings: Sequence[ScalingModel],
    frame: pd.DataFrame,
) -> tuple[float, float]:
    """Seconds and bytes: every candidate runs in each round, and fits and fills some columns afterwards."""
    race = sizes_of(imputer, frame)
    rounds = float(np.clip(np.ceil(RACED_CELLS / max(race.fitted * imputer.share, 1)), 1, MOST_ROUNDS))
    whole = [sizes_of(candidate, frame) for candidate in candidates]
    seconds, models, peak = 0.0, 0.0, 0.0
    for scaling, sizes in zip(scalings, whole, strict=True):
        raced = Sizes(race.fitted, min(race.fitted, sizes.fitted), min(race.fitted, sizes.block))
        seconds += rounds * (scaling.at("fit", raced) + scaling.at("fill", raced))
        seconds += LIKELY * (scaling.at("fit", sizes) + scaling.at("fill", sizes))
        models += scaling.at("model", sizes)
        peak = max(peak, scaling.at("fitting", sizes), scaling.at("predictions", sizes) + scaling.at("filling", sizes))
    prepared = max((scaling.at("prepare", sizes) for scaling, sizes in zip(scalings, whole, strict=True)), default=0.0)
    held = max((scaling.at("held", sizes) for scaling, sizes in zip(scalings, whole, strict=True)), default=0.0)
    return seconds + prepared, held + models + peak


def _cost_estimate(
    imputer: "Imputer",
    frame: pd.DataFrame,
    scalings: Sequence[ScalingModel],
    seconds: float,
    size: float,
) -> Cost:
    scaling = scalings[-1]
    read = frame.shape[1] - len(imputer.exclude)
    is_wider = read > scaling.columns
    trust = WIDE_TRUST if is_wider else TRUST
    if imputer.order_by is not None or imputer.stays_in_group:
        trust = SERIES_TRUST
    highest, budget = seconds * trust, imputer.time_budget_seconds
    if budget is not None:  # for fitting and for filling each
        seconds, highest = min(seconds, 2 * budget), min(highest, 2 * budget * trust)
    reason = f"'{imputer.method}' was run on up to {scaling.rows:,} of {len(frame):,} rows"
    reason += f" and {scaling.columns:,} of {read:,} columns." if is_wider else "."
    return Cost(
        seconds,
        int(size),
        (seconds / trust / threads_of(imputer.n_jobs), highest),
        (int(size / trust), int(size * trust)),
        reason,
    )
