"""The cost of an imputation, told in advance from small runs of it on parts of the very table.

Each stage of a run has its law: a part that does not grow, and one in proportion to the rows, or to the rows that are
learnt from, which most methods limit. Two samples give both. What is proportional to an option (the trees of a forest)
is run with little of it. Tables of many columns are sampled in columns too, and costs grow from the sample to the whole
as the work does that the method's algorithm has to do (see `widths`). A race costs the sum of its candidates.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import clone

from wrangler.impute.context import threads_of
from wrangler.impute.cost.cost import Cost
from wrangler.impute.cost.scaling import Law, learn_law, sizes_of
from wrangler.impute.cost.trial_runs import Sizes
from wrangler.impute.pipeline import admit, check_parameters, override_of

TRUST, WIDE_TRUST, SERIES_TRUST = 2.0, 3.0, 4.0
RACED_CELLS, MOST_HEATS = 300, 4
LIKELY = 0.5  # of the candidates' work on the whole table: some win everywhere, some nowhere
SHARED = ("columns", "predictors", "exclude", "group_by", "order_by", "max_levels")


def estimate(imputer: Any, table: Any) -> Cost:  # noqa: ANN401 - an Imputer and what it takes; no circle
    """What `imputer.fit_transform(table)` will cost; neither is changed.

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
        As `fit` does.
    """
    probe = clone(imputer)
    probe._check_options()  # noqa: SLF001 - what `fit` checks first
    frame = admit(probe, table, learning=True)
    check_parameters(frame, probe)
    probe.seed_ = 0
    costs = [_cost(override_of(probe, name), frame) for name in probe.per_column or {}]
    cost = sum(costs, start=_cost(_own(probe, frame), frame))
    return cost if isinstance(table, pd.DataFrame) else cost + _of_copies(frame)


def _own(imputer: Any, frame: pd.DataFrame) -> Any:  # noqa: ANN401 - Imputers
    """The imputer without the columns that it gives to others."""
    given = {*(imputer.per_column or {})}
    if not given:
        return clone(imputer)
    wanted = imputer.columns if imputer.columns is not None else frame.columns
    kept = [name for name in wanted if name not in given | set(imputer.exclude)]
    return clone(imputer).set_params(columns=kept, per_column=None)


def _of_copies(frame: pd.DataFrame) -> Cost:
    """An array is read into a table and written out of one."""
    size = 2 * int(frame.memory_usage(index=False).sum())
    return Cost(0.0, size, (0.0, 0.0), (size, size), "The array is copied twice.")


def _cost(imputer: Any, frame: pd.DataFrame) -> Cost:  # noqa: ANN401 - an Imputer
    rivals = imputer.growth.rivals
    if rivals is None:
        law, sizes = learn_law(imputer, frame), sizes_of(imputer, frame)
        return _told(imputer, frame, [law], law.seconds_at(sizes), law.bytes_at(sizes))
    shared = {name: getattr(imputer, name) for name in SHARED}
    racing = rivals(len(frame), is_ordered=imputer.order_by is not None)
    made = [rival.set_params(**shared) for rival in racing.values()]
    laws = [learn_law(rival, frame) for rival in made]
    return _told(imputer, frame, laws, *_of_race(imputer, made, laws, frame))


def _of_race(imputer: Any, rivals: Sequence[Any], laws: Sequence[Law], frame: pd.DataFrame) -> tuple[float, float]:  # noqa: ANN401 - Imputers
    """Seconds and bytes: every candidate runs in each heat, and learns and fills some columns afterwards."""
    own = sizes_of(imputer, frame)
    heats = float(np.clip(np.ceil(RACED_CELLS / max(own.learnt * imputer.share, 1)), 1, MOST_HEATS))
    whole = [sizes_of(rival, frame) for rival in rivals]
    seconds, models, peak = 0.0, 0.0, 0.0
    for law, sizes in zip(laws, whole, strict=True):
        raced = Sizes(own.learnt, min(own.learnt, sizes.learnt), min(own.learnt, sizes.block))
        seconds += heats * (law.at("learn", raced) + law.at("fill", raced))
        seconds += LIKELY * (law.at("learn", sizes) + law.at("fill", sizes))
        models += law.at("model", sizes)
        peak = max(peak, law.at("learning", sizes), law.at("answers", sizes) + law.at("filling", sizes))
    prepared = max((law.at("prepare", sizes) for law, sizes in zip(laws, whole, strict=True)), default=0.0)
    held = max((law.at("held", sizes) for law, sizes in zip(laws, whole, strict=True)), default=0.0)
    return seconds + prepared, held + models + peak


def _told(imputer: Any, frame: pd.DataFrame, laws: Sequence[Law], seconds: float, size: float) -> Cost:  # noqa: ANN401 - an Imputer
    law = laws[-1]
    read = frame.shape[1] - len(imputer.exclude)
    is_wider = read > law.columns
    trust = WIDE_TRUST if is_wider else TRUST
    if imputer.order_by is not None or imputer.stays_in_group:
        trust = SERIES_TRUST
    highest, budget = seconds * trust, imputer.time_budget_seconds
    if budget is not None:  # for learning and for filling each
        seconds, highest = min(seconds, 2 * budget), min(highest, 2 * budget * trust)
    reason = f"'{imputer.method}' was run on up to {law.rows:,} of {len(frame):,} rows"
    reason += f" and {law.columns:,} of {read:,} columns." if is_wider else "."
    return Cost(
        seconds,
        int(size),
        (seconds / trust / threads_of(imputer.n_jobs), highest),
        (int(size / trust), int(size * trust)),
        reason,
    )
