"""Small parts of a table that are like the whole in what an imputer's cost depends on: groups, order, columns."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from sklearn.base import clone

from wrangler.impute.arrays import Rows
from wrangler.impute.pipeline import as_mapping, rows_by_group

if TYPE_CHECKING:
    from wrangler.impute.base import Imputer

BY_COLUMN = ("bounds", "round_to", "allowed")


def subsample(frame: pd.DataFrame, imputer: "Imputer", count: int, random: np.random.Generator) -> pd.DataFrame:
    """About so many rows: whole groups when they are small, consecutive rows of a series, or rows at random."""
    if count >= len(frame):
        return frame
    groups = list(rows_by_group(frame, imputer.group_by).values())
    if groups and len(frame) / len(groups) < count / 2:
        return frame.iloc[_whole_groups(groups, count, random)]
    if imputer.order_by is None and not imputer.stays_in_group:
        return frame.iloc[np.sort(random.choice(len(frame), count, replace=False, shuffle=False))]
    start = int(random.integers(len(frame) - count + 1))
    if imputer.order_by is None or frame[imputer.order_by].is_monotonic_increasing:
        return frame.iloc[start : start + count]
    order = frame[imputer.order_by].argsort().to_numpy()
    return frame.iloc[np.sort(order[start : start + count])]


def _whole_groups(groups: Sequence[Rows], count: int, random: np.random.Generator) -> Rows:
    numbers = random.permutation(len(groups))
    ends = np.cumsum([len(groups[number]) for number in numbers])
    taken = max(int(np.searchsorted(ends, count, side="right")), 1)
    return np.sort(np.concatenate([groups[number] for number in numbers[:taken]]))


def some_columns(frame: pd.DataFrame, imputer: "Imputer", count: int, random: np.random.Generator) -> list[str]:
    """So many of the columns that the imputer reads, and all columns of its groups and its order."""
    read = [name for name in frame.columns if name not in set(imputer.exclude)]
    needed = {*imputer.group_by, *([imputer.order_by] if imputer.order_by else [])}
    picked = {read[place] for place in random.choice(len(read), min(count, len(read)), replace=False)}
    return [name for name in read if name in picked | needed]


def narrowed(imputer: "Imputer", names: Sequence[str]) -> "Imputer":
    """The same imputer, not fitted, for a table of these columns alone."""
    kept = set(names)
    predictors = as_mapping(imputer.predictors)
    part: Imputer = clone(imputer)
    part.set_params(
        columns=None if imputer.columns is None else [name for name in imputer.columns if name in kept],
        predictors={
            name: [column for column in columns if column in kept]
            for name, columns in predictors.items()
            if name in kept or name == "*"
        }
        or None,
        exclude=(),
        rules=(),
        **{role: _only(getattr(imputer, role), kept) for role in BY_COLUMN},
    )
    return part


def _only(by_column: Mapping[str, Any] | None, kept: set[str]) -> dict[str, Any] | None:
    return None if by_column is None else {name: value for name, value in by_column.items() if name in kept}
