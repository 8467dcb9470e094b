"""A method for each column with missing cells, and why: a first choice from the shape of the table, before any fit.

The measured choice is `method="auto"` of `wrangler.impute`, which races methods on hidden cells.
"""

from collections.abc import Hashable

import numpy as np
import pandas as pd
from scipy import stats

from wrangler.analyze.association import Association
from wrangler.analyze.correlation import correlate
from wrangler.analyze.kinds import column_kind
from wrangler.analyze.p_values import dependence
from wrangler.analyze.predictors import encode, is_like_an_identifier
from wrangler.analyze.units import in_own_unit

LEAVE = "leave"

_RELATED = 0.3
_LEVEL = 0.05
_MOST_TESTED = 20
_MOST_LEVELS = 20
_SKEWED = 1.0
_PERSISTENT = 0.8
_FEWEST = 20


def suggest_methods(frame: pd.DataFrame, association: Association) -> pd.DataFrame:
    """Suggest a method of imputation for each column with missing cells.

    Parameters
    ----------
    frame : DataFrame
    association : Association
        Of the same table.

    Returns
    -------
    DataFrame indexed by column name
        `missing` (share, 0 to 1), `method` (a name of `wrangler.impute.METHODS`, or "leave": do not fill it) and
        `reason` (a sentence).

    Notes
    -----
    A method that reads other columns is suggested where one of them has an association of 0.3 or more that is also
    significant, by Bonferroni's correction for the number of columns it was compared with: of many unrelated columns,
    one is always the most strongly associated. A column without any relation is so described in one table of twenty at
    most. Tests that assume no shape: Spearman's for two numbers, that of Kruskal and Wallis for numbers with levels,
    chi-squared or random tables for levels.
    """
    clock = _time_column(frame)
    incomplete = [name for name in frame.columns if frame[name].isna().any()]
    records = []
    for name in incomplete:
        method, reason = _suggest(frame, name, association, clock)
        records.append((float(frame[name].isna().mean()), method, reason))
    index = pd.Index([str(name) for name in incomplete], name="column", dtype="str")
    return pd.DataFrame(records, index=index, columns=["missing", "method", "reason"])


def _suggest(frame: pd.DataFrame, name: Hashable, association: Association, clock: str | None) -> tuple[str, str]:
    column = frame[name]
    known = column.dropna()
    if known.empty:
        return LEAVE, "It is empty: there are no values to fit a method on."
    if is_like_an_identifier(column):
        return LEAVE, "Nearly all its values differ: an identifier or free text, which cannot be predicted."
    if (known == known.iloc[0]).all():
        return "mode", "It holds one value only."
    if clock is not None and column.name != clock and _is_persistent(column):
        return "interpolate", f"The rows follow {clock}, and each value is close to the one before it."
    strengths = _strengths(association, str(name))
    if not strengths.empty and strengths.iloc[0] >= _RELATED:
        others = {str(other): frame[other] for other in frame.columns}
        for partner, strength in strengths[strengths >= _RELATED].head(_MOST_TESTED).items():
            if _p_value(column, others[str(partner)]) * len(strengths) < _LEVEL:
                most = f"most with {partner} ({strength:.2f})"
                return "auto", f"It is associated with other columns, {most}: use a method that reads them."
    return _plain(column, strengths)


def _strengths(association: Association, name: str) -> pd.Series:
    """The strength of the association with each other column, strongest first."""
    if name not in association.matrix.columns:
        return pd.Series(dtype=float)
    strengths: pd.Series = association.matrix[name].drop(index=name).abs().dropna()
    return strengths.sort_values(ascending=False, kind="stable")


def _p_value(column: pd.Series, other: pd.Series) -> float:
    """Of no association, by a test that assumes no shape."""
    left, right = encode(column), encode(other)
    known = ~np.isnan(left.numbers) & ~np.isnan(right.numbers)
    left, right = left.at(np.flatnonzero(known)), right.at(np.flatnonzero(known))
    if left.has_levels and right.has_levels:
        codes = [np.minimum(one.numbers, _MOST_LEVELS - 1).astype(np.int64) for one in (left, right)]
        table = np.bincount(codes[0] * _MOST_LEVELS + codes[1], minlength=_MOST_LEVELS**2)
        # The same seed each time: a suggestion must not change when the report is made again.
        return dependence(table.reshape(_MOST_LEVELS, _MOST_LEVELS), np.random.default_rng(0)).p_value
    if not (left.has_levels or right.has_levels):
        p_values = correlate(pd.DataFrame({"left": left.numbers, "right": right.numbers}), "spearman").p_values
        return np.nan if p_values is None else float(p_values.to_numpy()[0, 1])
    numbers, levels = (right, left) if left.has_levels else (left, right)
    groups = [numbers.numbers[levels.numbers == level] for level in np.unique(levels.numbers)]
    return float(stats.kruskal(*groups).pvalue)


def _plain(column: pd.Series, strengths: pd.Series) -> tuple[str, str]:
    if strengths.empty or strengths.iloc[0] < _RELATED:
        why = "No other column is strongly associated with it"
        why += "" if strengths.empty else f" (strongest association {strengths.iloc[0]:.2f})"
    else:
        why = (
            "Among so few rows, no association with another column is stronger than chance allows "
            f"(strongest {strengths.iloc[0]:.2f} with {strengths.index[0]})"
        )
    if column_kind(column) not in {"number", "date"}:
        return "mode", f"{why}: its commonest level is as good a prediction as any."
    values = in_own_unit(column)
    values = values[~np.isnan(values)]
    if len(values) >= _FEWEST and abs(float(stats.skew(values - values.mean()))) > _SKEWED:
        return "median", f"{why}, and it is skewed: its median is as good a prediction as any."
    return "mean", f"{why}: its mean is as good a prediction as any."


def _time_column(frame: pd.DataFrame) -> str | None:
    """The first date column, if the rows stand in its order."""
    for name in frame.columns:
        column = frame[name]
        if column_kind(column) == "date" and column.notna().all() and len(column) >= _FEWEST:
            return str(name) if column.is_monotonic_increasing and column.is_unique else None
    return None


def _is_persistent(column: pd.Series) -> bool:
    """Whether neighbouring rows hold close values."""
    if column_kind(column) != "number":
        return False
    values = in_own_unit(column)
    before, after = values[:-1], values[1:]
    known = ~np.isnan(before) & ~np.isnan(after)
    if known.sum() < _FEWEST or np.ptp(before[known]) == 0 or np.ptp(after[known]) == 0:
        return False
    return bool(np.corrcoef(before[known], after[known])[0, 1] > _PERSISTENT)
