"""A method run for each group by itself, and for the whole table where a group is too small or has no value."""

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from wrangler.impute.arrays import Rows
from wrangler.impute.context import Work
from wrangler.impute.encoding import Fill, Table, patched
from wrangler.impute.events import Progress
from wrangler.impute.pipeline.fallback import fit_fallback, with_fallback
from wrangler.impute.pipeline.groups import joined, numbered, rows_by_group
from wrangler.impute.pipeline.predictors import fill_parts, fit_parts

if TYPE_CHECKING:
    from wrangler.impute.base import Imputer


def with_groups(imputer: "Imputer", frame: pd.DataFrame, table: Table, numbers: Mapping[Hashable, int]) -> Table:
    """`table` with its groups, for a method that reads all rows and runs others which must not cross groups."""
    if not numbers or imputer.stays_in_group:
        return table
    return replace(table, groups=numbered(rows_by_group(frame, imputer.group_by), numbers, table.rows))


def fit_groups(
    imputer: "Imputer",
    frame: pd.DataFrame,
    table: Table,
    targets: list[str],
    work: Work,
) -> tuple[Any, dict[Hashable, Any]]:
    """The fitted state of the method for the whole table, and for each group that is large enough."""
    groups = rows_by_group(frame, imputer.group_by)
    # The groups together have as many rows as the table, so fitting them is about as much work.
    whole = fit_parts(imputer, table, targets, work.part(0.0, 0.5) if groups else work)
    by_group: dict[Hashable, Any] = {}
    for number, (key, rows) in enumerate(groups.items()):
        if len(rows) >= imputer.smallest_group:
            part = work.part(0.5, 1.0).turn(number, len(groups), f"group {number + 1} of {len(groups)}")
            part.announce(Progress(0.0, f"fitting {imputer.method}"))
            by_group[key] = fit_parts(imputer, table.take(rows), targets, part)
    return whole, by_group


def fit_group_fallbacks(
    imputer: "Imputer",
    frame: pd.DataFrame,
    table: Table,
    names: list[str],
) -> dict[Hashable, dict[str, float]]:
    """For each group that is large enough, the fallbacks of some columns: of those that it has observed cells of."""
    by_group: dict[Hashable, dict[str, float]] = {}
    for key, rows in rows_by_group(frame, imputer.group_by if names else ()).items():
        if len(rows) >= imputer.smallest_group:
            values = {name: fit_fallback(table.columns[name].take(rows)).value for name in names}
            by_group[key] = {name: value for name, value in values.items() if not np.isnan(value)}
    return by_group


def _fall_back_in_groups(
    imputer: "Imputer",
    frame: pd.DataFrame,
    table: Table,
) -> dict[str, Fill]:
    """The fallbacks of their groups, for missing cells that the method does not fill; NaN where there is none."""
    fitted = imputer.group_fallbacks_
    names = sorted({name for values in fitted.values() for name in values})
    predictions = {name: np.full(table.rows, np.nan) for name in names}
    for key, rows in rows_by_group(frame, imputer.group_by if names else ()).items():
        for name, value in fitted.get(key, {}).items():
            predictions[name][rows] = value
    fills: dict[str, Fill] = {}
    for name, cells in predictions.items():
        values = fills[name] = cells[table.columns[name].missing]
        kind = imputer.plan_.fallbacks[name].method
        message = f"cells of '{name}' got no value from '{imputer.method}'; the {kind} of their group was used."
        imputer.record_.count(name, "fallback", int((~np.isnan(values)).sum()), message)
    return fills


def fill_targets(imputer: "Imputer", frame: pd.DataFrame, table: Table, work: Work) -> dict[str, Fill]:
    """A value for each missing cell of each target: of the method in its group, in the whole table, or the fallback."""
    plan = imputer.plan_
    incomplete = [name for name in plan.method_targets(imputer) if table.columns[name].missing.any()]
    fills, whole = _fill_groups(imputer, frame, table, incomplete, work)
    fills |= _fall_back_in_groups(imputer, frame, table)
    for name in plan.targets:
        fill = patched(fills.get(name), whole.get(name), int(table.columns[name].missing.sum()))
        fills[name] = with_fallback(imputer, name, fill)
    return fills


def _fill_groups(
    imputer: "Imputer",
    frame: pd.DataFrame,
    table: Table,
    targets: list[str],
    work: Work,
) -> tuple[dict[str, Fill], dict[str, Fill]]:
    """Fills by the groups, and by the whole table for columns in which a group left a cell without a value."""
    inside = [name for name in targets if imputer.group_by and name not in imputer.group_by]
    predictions = _predictions_of_groups(imputer, frame, table, inside, work.part(0.0, 0.9))
    fills = joined(table, inside, predictions) if inside else {}
    if imputer.small_groups == "leave":
        targets = [name for name in targets if name not in inside]
    outside = [name for name in targets if name not in fills or _is_short(imputer, name, fills[name], work)]
    rest = work.part(0.9, 1.0) if inside else work
    return fills, fill_parts(imputer, imputer.fitted_, table, outside, rest) if outside else {}


def _predictions_of_groups(
    imputer: "Imputer",
    frame: pd.DataFrame,
    table: Table,
    targets: list[str],
    work: Work,
) -> Iterator[tuple[Rows, Mapping[str, Fill]]]:
    groups = rows_by_group(frame, imputer.group_by)
    for number, (key, rows) in enumerate(groups.items()):
        if key in imputer.fitted_by_group_:
            part = work.turn(number, len(groups), f"group {number + 1} of {len(groups)}")
            yield rows, fill_parts(imputer, imputer.fitted_by_group_[key], table.take(rows), targets, part)


def _is_short(imputer: "Imputer", name: str, fill: Fill, work: Work) -> bool:
    """Whether groups left cells that the whole table has to fill (series never cross groups)."""
    if imputer.stays_in_group or not isinstance(fill, np.ndarray) or not np.isnan(fill).any():
        return False
    message = f"cells of '{name}' lie in groups with too little to fit on; the fit of the whole table was used."
    work.count(name, "fallback", int(np.isnan(fill).sum()), message)
    return True
