"""What deserves a second look in a column before anything is computed with it."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy import stats

from wrangler.analyze.kinds import column_kind
from wrangler.analyze.normal_em import Floats
from wrangler.analyze.units import Unit, unit_of

_MOSTLY_MISSING = 0.5
_MANY_LEVELS = 50
_SKEWED = 2.0
_HEAVY_TAILED = 10.0
_FAR_OUT = 3.0
_FEWEST = 20
_IDENTIFIER_ROWS = 10


def column_alerts(frame: pd.DataFrame) -> pd.DataFrame:
    """List what is unusual about the columns of a table.

    Parameters
    ----------
    frame : DataFrame

    Returns
    -------
    DataFrame
        `column`, `alert` and `detail` (a sentence), in table order. Alerts: empty, mostly missing (more than half),
        constant, unique (all values differ: an identifier?), many levels (more than 50), skewed (absolute skewness
        above 2), heavy tails (excess kurtosis above 10), outliers (values farther than three interquartile ranges from
        the quartiles; Tukey 1977, "far out").
    """
    records = [(str(name), alert, detail) for name in frame.columns for alert, detail in _alerts(frame[name])]
    return pd.DataFrame(records, columns=["column", "alert", "detail"], dtype="str")


def _alerts(column: pd.Series) -> Iterator[tuple[str, str]]:
    known = int(column.notna().sum())
    if known == 0:
        yield "empty", "No cell has a value: nothing can be fitted on it, and nothing filled but a constant."
        return
    missing = 1 - known / len(column)
    if missing > _MOSTLY_MISSING:
        yield (
            "mostly missing",
            f"{100 * missing:.0f} % of its cells are missing: filled values outnumber the observed ones.",
        )
    distinct = int(column.nunique())
    if distinct == 1:
        yield "constant", "All its values are the same: it holds no information about other columns."
    elif column_kind(column) in {"number", "date"}:
        yield from _number_alerts(column, known, distinct)
    else:
        yield from _level_alerts(known, distinct)


def _level_alerts(known: int, distinct: int) -> Iterator[tuple[str, str]]:
    if distinct == known >= _IDENTIFIER_ROWS:
        yield "unique", "All its values differ: an identifier or free text; exclude it from imputation."
    elif distinct > _MANY_LEVELS:
        yield "many levels", f"{distinct:,} levels among {known:,} values: rare ones cannot be predicted."


def _number_alerts(column: pd.Series, known: int, distinct: int) -> Iterator[tuple[str, str]]:
    whole = pd.api.types.is_integer_dtype(column.dtype)
    if whole and distinct == known >= _IDENTIFIER_ROWS and (column.dropna().diff().dropna().abs() == 1).all():
        yield "unique", "Its values count the rows: an identifier; exclude it from imputation."
        return
    unit = unit_of(column)
    values = unit.read(column)
    values = values[~np.isnan(values)]
    if len(values) < _FEWEST or column_kind(column) == "date":
        return
    yield from _shape_alerts(values, unit)


def _shape_alerts(values: Floats, unit: Unit) -> Iterator[tuple[str, str]]:
    centred = values - values.mean()
    skewness, tails = float(stats.skew(centred)), float(stats.kurtosis(centred))
    if abs(skewness) > _SKEWED:
        side = "high" if skewness > 0 else "low"
        yield "skewed", f"Skewness {skewness:.1f}: a long tail of {side} values pulls the mean; prefer the median."
    if tails > _HEAVY_TAILED:
        yield "heavy tails", f"Excess kurtosis {tails:.0f}: a few values far from the others dominate the variance."
    low, high = np.quantile(values, [0.25, 0.75])
    reach = _FAR_OUT * (high - low)
    far = int(((values < low - reach) | (values > high + reach)).sum()) if reach > 0 else 0
    if far:
        extremes = f"{unit.place(values.min()):.4g} to {unit.place(values.max()):.4g}".replace("-", "\N{MINUS SIGN}")
        lie = "1 value lies" if far == 1 else f"{far:,} values lie"
        yield "outliers", f"{lie} far from the rest (the column runs from {extremes}): real or mistyped?"
