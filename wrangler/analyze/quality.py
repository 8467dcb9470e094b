"""What an imputation did to a table: filled cells beside observed ones, column by column, and the correlations.

Each measure comes with the verdict of the acceptance table: moments within 5 %, correlations within 0.05. A shift is
no proof of harm: when cells are missing for a reason, the completed column *should* differ from the observed one.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from wrangler.analyze.correlation import CorrelationMethod, correlate
from wrangler.analyze.kinds import AnalysisError, column_kind
from wrangler.analyze.units import Unit, moments, unit_of

MOMENT_TOLERANCE = 0.05
CORRELATION_TOLERANCE = 0.05

MEASURES = [
    "mean_before",
    "mean_after",
    "mean_shift",
    "std_before",
    "std_after",
    "std_change",
    "ks",
    "wasserstein",
    "total_variation",
]
QUALITY_COLUMNS = ["kind", "observed", "filled", *MEASURES, "mean_holds", "std_holds"]


def distribution_quality(frame: pd.DataFrame, completed: pd.DataFrame, mask: pd.DataFrame) -> pd.DataFrame:
    """Compare, for each filled column, the filled cells with the observed ones.

    Parameters
    ----------
    frame : DataFrame, shape (rows, columns)
        The table before imputation.
    completed : DataFrame, same shape
        The table after it.
    mask : DataFrame of bool, same shape
        True where a cell was filled.

    Returns
    -------
    DataFrame indexed by column name, one row per column with filled cells
        `kind`; `observed` and `filled` (cells); `mean_before`, `mean_after`, `std_before`, `std_after` (of the observed
        cells and of the completed column, in the column's unit, dates in days since 1970); `mean_shift` (change of the
        mean in observed standard deviations); `std_change` (relative); `ks` (Kolmogorov-Smirnov distance, 0 to 1) and
        `wasserstein` (in observed standard deviations) between observed and filled cells; `total_variation` (0 to 1,
        for booleans, categories and text); `mean_holds`, `std_holds` (within 5 %). NaN or None where a measure has no
        meaning.

    Raises
    ------
    AnalysisError
        If the three tables do not have the same columns and rows.
    """
    _check_same_shape(frame, completed, mask)
    filled_columns = [name for name in frame.columns if mask[name].any()]
    records = [_column_quality(frame[name], completed[name], mask[name].to_numpy()) for name in filled_columns]
    index = pd.Index([str(name) for name in filled_columns], name="column", dtype="str")
    quality = pd.DataFrame(records, index=index, columns=QUALITY_COLUMNS)
    # Without a number among the filled columns, pandas would make a measure a column of None.
    return quality.astype(dict.fromkeys(MEASURES, float))


@dataclass(frozen=True)
class CorrelationChange:
    """Correlations of the number columns before and after an imputation.

    Attributes
    ----------
    before, after, difference : DataFrame, square, names both ways
        `before` rests on the rows that each pair had in common, `after` on all rows.
    largest : float
        The largest absolute difference; 0.0 when no pair could be compared.
    pair : tuple of two str, or None
        The pair of columns with that difference.
    holds : bool
        True when `largest` is at most 0.05.
    """

    before: pd.DataFrame
    after: pd.DataFrame
    difference: pd.DataFrame
    largest: float
    pair: tuple[str, str] | None
    holds: bool


def correlation_change(
    frame: pd.DataFrame, completed: pd.DataFrame, method: CorrelationMethod = "pearson"
) -> CorrelationChange:
    """Measure how far an imputation moved the correlations between number columns.

    Parameters
    ----------
    frame, completed : DataFrame, same shape
        The table before and after imputation.
    method : {"pearson", "spearman", "kendall"}

    Returns
    -------
    CorrelationChange
    """
    before = correlate(frame, method, with_errors=False).matrix
    after = correlate(completed, method, with_errors=False).matrix
    difference = after - before
    distance = np.abs(np.tril(difference.to_numpy(), k=-1))
    if not np.isfinite(distance).any() or distance.size == 0:
        return CorrelationChange(before, after, difference, 0.0, None, holds=True)
    row, column = divmod(int(np.nanargmax(distance)), len(distance))
    largest = float(distance[row, column])
    pair = (str(difference.columns[column]), str(difference.columns[row])) if largest > 0 else None
    return CorrelationChange(before, after, difference, largest, pair, holds=largest <= CORRELATION_TOLERANCE)


def _check_same_shape(frame: pd.DataFrame, completed: pd.DataFrame, mask: pd.DataFrame) -> None:
    for label, other in (("completed table", completed), ("mask", mask)):
        if not frame.columns.equals(other.columns) or len(frame) != len(other):
            raise AnalysisError(f"The {label} must have the columns and rows of the table before imputation.")


def _column_quality(before: pd.Series, after: pd.Series, filled: npt.NDArray[np.bool_]) -> dict[str, object]:
    observed = before.notna().to_numpy()
    record: dict[str, object] = dict.fromkeys(QUALITY_COLUMNS)
    record |= {"kind": column_kind(before), "observed": int(observed.sum()), "filled": int(filled.sum())}
    if not observed.any():
        return record
    if record["kind"] in {"number", "date"}:
        unit = unit_of(after)
        return record | _number_quality(unit.read(before)[observed], unit.read(after), filled, unit)
    return record | {"total_variation": _total_variation(after[observed], after[filled])}


def _number_quality(
    observed: npt.NDArray[np.float64], after: npt.NDArray[np.float64], filled: npt.NDArray[np.bool_], unit: Unit
) -> dict[str, object]:
    observed, imputed, after = (values[~np.isnan(values)] for values in (observed, after[filled], after))
    if not len(observed) or not len(imputed):
        return {}
    (mean, std), (mean_after, std_after) = moments(observed), moments(after)
    record: dict[str, object] = {
        "mean_before": unit.place(mean),
        "mean_after": unit.place(mean_after),
        "std_before": unit.size(std),
        "std_after": unit.size(std_after),
        "ks": _ks_distance(observed, imputed),
    }
    if std == 0:
        return record | {"mean_holds": mean_after == mean, "std_holds": std_after == 0}
    shift, change = (mean_after - mean) / std, std_after / std - 1
    return record | {
        "mean_shift": shift,
        "std_change": change,
        "wasserstein": float(stats.wasserstein_distance(observed, imputed)) / std,
        "mean_holds": abs(shift) <= MOMENT_TOLERANCE,
        "std_holds": abs(change) <= MOMENT_TOLERANCE,
    }


def _ks_distance(left: npt.NDArray[np.float64], right: npt.NDArray[np.float64]) -> float:
    """Largest gap between the two empirical distribution functions."""
    left, right = np.sort(left), np.sort(right)
    points = np.concatenate([left, right])
    left_share = np.searchsorted(left, points, side="right") / len(left)
    right_share = np.searchsorted(right, points, side="right") / len(right)
    return float(np.abs(left_share - right_share).max())


def _total_variation(observed: pd.Series, imputed: pd.Series) -> float:
    """Half the summed difference between the shares of the levels."""
    shares = [part.astype(object).value_counts(normalize=True) for part in (observed, imputed)]
    return float(shares[0].sub(shares[1], fill_value=0.0).abs().sum() / 2)
