"""Where imputations of one table differ: the cells that several filled, side by side, pair by pair."""

from collections.abc import Mapping
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pandas as pd

from wrangler.analyze.kinds import column_kind
from wrangler.analyze.units import unit_of

DIFFERENCE_COLUMNS = [
    "first",
    "second",
    "column",
    "kind",
    "filled",
    "differing",
    "share",
    "mean_difference",
    "largest_difference",
    "changes",
]
_ALIKE = 1e-9  # of a standard deviation: what rounding alone can make
_MOST_CHANGES = 3


def fill_differences(
    frame: pd.DataFrame, completed: Mapping[str, pd.DataFrame], masks: Mapping[str, pd.DataFrame]
) -> pd.DataFrame:
    """Compare, for each pair of imputations and each column, the cells that both filled.

    Parameters
    ----------
    frame : DataFrame
        The table before imputation.
    completed, masks : mapping of name to DataFrame
        Each completed table, and where it was filled.

    Returns
    -------
    DataFrame, one row for each pair and each column in which both filled a cell
        `first`, `second`, `column`, `kind`; `filled` (cells filled by both), `differing` (cells) and their `share`;
        `mean_difference` (absolute, of second less first, over all cells filled by both) and
        `largest_difference`, in standard deviations of the observed cells, NaN for levels; `changes` (the commonest
        ones of levels, each with its count, empty for numbers).
    """
    records = []
    for name in frame.columns:
        column, kind = frame[name], column_kind(frame[name])
        for first, second in combinations(completed, 2):
            both = masks[first][name].to_numpy(dtype=bool) & masks[second][name].to_numpy(dtype=bool)
            pair = completed[first][name][both], completed[second][name][both]
            if both.any():
                compared = _numbers(column, *pair) if kind in {"number", "date"} else _levels(*pair)
                records.append((first, second, str(name), kind, int(both.sum()), *compared))
    table = pd.DataFrame(records, columns=DIFFERENCE_COLUMNS)
    return table.astype({"share": float, "mean_difference": float, "largest_difference": float})


def _numbers(column: pd.Series, first: pd.Series, second: pd.Series) -> tuple[int, float, float, float, str]:
    unit = unit_of(column)
    observed = unit.read(column)
    spread = float(np.nanstd(observed)) if not np.isnan(observed).all() else 0.0
    apart: npt.NDArray[np.float64] = np.abs(unit.read(second) - unit.read(first))
    scaled = apart / spread if spread > 0 else apart
    differing = int((scaled > _ALIKE).sum())
    if spread <= 0:
        return differing, differing / len(apart), np.nan, np.nan, ""
    return differing, differing / len(apart), float(np.nanmean(scaled)), float(np.nanmax(scaled)), ""


def _levels(first: pd.Series, second: pd.Series) -> tuple[int, float, float, float, str]:
    pairs = pd.DataFrame({"first": first.astype("str"), "second": second.astype("str")})
    changed = pairs[pairs["first"] != pairs["second"]]
    counts = changed.value_counts(["first", "second"], sort=False).sort_values(ascending=False, kind="stable")
    commonest = counts.head(_MOST_CHANGES)
    changes = [f"{pair[0]} to {pair[1]} ({count:,})" for pair, count in zip(commonest.index, commonest, strict=True)]
    more = [f"and {len(counts) - _MOST_CHANGES:,} other changes"] if len(counts) > _MOST_CHANGES else []
    return len(changed), len(changed) / len(pairs), np.nan, np.nan, ", ".join([*changes, *more])
