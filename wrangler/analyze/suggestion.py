"""A method for each column with missing cells, and why: a first choice from the shape of the table, before any fit.

The measured choice is `method="auto"` of `wrangler.impute`, which races methods on hidden cells.
"""

import numpy as np
import pandas as pd
from scipy import stats

from wrangler.analyze.association import Association
from wrangler.analyze.kinds import column_kind
from wrangler.analyze.predictors import is_like_an_identifier
from wrangler.analyze.units import in_own_unit

LEAVE = "leave"

_RELATED = 0.3
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
    """
    strongest = association.strongest()
    clock = _time_column(frame)
    incomplete = [name for name in frame.columns if frame[name].isna().any()]
    records = []
    for name in incomplete:
        method, reason = _suggest(frame[name], strongest, clock)
        records.append((float(frame[name].isna().mean()), method, reason))
    index = pd.Index([str(name) for name in incomplete], name="column", dtype="str")
    return pd.DataFrame(records, index=index, columns=["missing", "method", "reason"])


def _suggest(column: pd.Series, strongest: pd.DataFrame, clock: str | None) -> tuple[str, str]:
    known = column.dropna()
    if known.empty:
        return LEAVE, "It is empty: there are no values to fit a method on."
    if is_like_an_identifier(column):
        return LEAVE, "Nearly all its values differ: an identifier or free text, which cannot be predicted."
    if (known == known.iloc[0]).all():
        return "mode", "It holds one value only."
    if clock is not None and column.name != clock and _is_persistent(column):
        return "interpolate", f"The rows follow {clock}, and each value is close to the one before it."
    name = str(column.name)
    strength = float(strongest["strength"].get(name, np.nan))
    if strength >= _RELATED:
        partner = strongest["partner"][name]
        return (
            "auto",
            f"It is associated with other columns, most with {partner} ({strength:.2f}): use a method that reads them.",
        )
    return _plain(column, strength)


def _plain(column: pd.Series, strength: float) -> tuple[str, str]:
    why = "No other column is strongly associated with it"
    if not np.isnan(strength):
        why += f" (strongest association {strength:.2f})"
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
