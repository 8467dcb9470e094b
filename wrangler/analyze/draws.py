"""What differs between several completed tables: how uncertain each imputed value is, and each column's mean.

Reference: A. Lott and J. P. Reiter (2020), Wilson confidence intervals for binomial proportions with multiple
imputation for missing data, The American Statistician 74, 109-115.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from scipy import stats

from wrangler.analyze.kinds import AnalysisError, column_kind
from wrangler.analyze.normal_em import Floats
from wrangler.analyze.pooling import pool
from wrangler.analyze.units import Unit, moments, unit_of

DATES = "mean date"

_FEWEST = 2
_UPPER = 0.975
_ROUNDING = 1e-12


def cell_spread(tables: Sequence[pd.DataFrame], mask: pd.DataFrame) -> pd.DataFrame:
    """Measure for every filled cell how far the completed tables differ.

    Parameters
    ----------
    tables : sequence of DataFrame, all of one shape
        At least two.
    mask : DataFrame of bool, same shape
        True where a cell was filled.

    Returns
    -------
    DataFrame of float, same shape
        For numbers and dates the standard deviation between the tables, in the column's unit (dates: days); for
        booleans, categories and text the share of tables that differ from the commonest value. NaN where the cell was
        observed.

    Raises
    ------
    AnalysisError
        With fewer than two tables.
    """
    spread = pd.DataFrame(np.nan, index=mask.index, columns=mask.columns)
    for name, values, unit in _spreads(tables, mask):
        column = np.full(len(mask), np.nan)
        column[mask[name].to_numpy()] = unit.sizes(values)
        spread[name] = column
    return spread


def draw_spread(tables: Sequence[pd.DataFrame], frame: pd.DataFrame, mask: pd.DataFrame) -> pd.DataFrame:
    """Summarise by column how far completed tables differ, and what the missing cells cost.

    Parameters
    ----------
    tables : sequence of DataFrame, same shape as `frame`
    frame : DataFrame
        The table with its missing cells.
    mask : DataFrame of bool, same shape

    Returns
    -------
    DataFrame indexed by column name, one row per filled column
        `filled` (cells); `spread` (mean over the filled cells of the standard deviation between tables, in observed
        standard deviations: 1 is as wide as the column itself; numbers and dates); `disagreement` (mean share of tables
        that differ from the commonest value; levels); `quantity` ("mean", for dates "mean date" in days since 1970,
        for levels the share of the commonest) with its pooled `estimate`, `low` and `high` (95 %), and
        `missing_information` (0 to 1) by Rubin's rules; the interval of a share is Wilson's (Lott and Reiter 2020).

    Notes
    -----
    The interval of a mean is Student's. With long tails it covers less than 95 % in short tables, as it would without
    missing cells: of lognormal columns of 30 rows 86 %, of 100 rows 90 %; of numbers that are 0 but in 5 % of the rows
    61 and 88 %. From 1,000 rows on it covered 92 to 97 % of all kinds of columns tried. The interval of a share covered
    94 to 97 % of levels of 50 and 95 %. Where other levels are nearly as common as the commonest, that one is chosen
    for having many cells in this table, and its interval lies too high: 82 to 92 % for five equally common levels.
    """
    spreads = {name: (values, unit) for name, values, unit in _spreads(tables, mask)}
    names = [name for name in frame.columns if mask[name].any() and frame[name].notna().any()]
    records = []
    for name in names:
        by_cells, unit = spreads[name]
        by_cell = float(np.nanmean(by_cells))
        is_number = column_kind(frame[name]) in {"number", "date"}
        scale = float(np.nanstd(unit.read(frame[name]))) if is_number else 1.0
        quantity, values = _quantity(frame[name], [table[name] for table in tables], unit)
        pooled = _pooled(values, unit, observed=None if is_number else int(frame[name].notna().sum()))
        records.append(
            {
                "filled": int(mask[name].sum()),
                "spread": by_cell / scale if is_number and scale else np.nan,
                "disagreement": np.nan if is_number else by_cell,
                "quantity": quantity,
                **{measure: float(pooled[measure]) for measure in ("estimate", "low", "high", "missing_information")},
            }
        )
    index = pd.Index([str(name) for name in names], name="column", dtype="str")
    columns = [*("filled", "spread", "disagreement", "quantity"), "estimate", "low", "high", "missing_information"]
    return pd.DataFrame(records, index=index, columns=columns)


def _spreads(tables: Sequence[pd.DataFrame], mask: pd.DataFrame) -> Iterator[tuple[str, Floats, Unit]]:
    """For each filled column the spread of its filled cells, and the unit in which it stands."""
    if len(tables) < _FEWEST:
        raise AnalysisError(f"A spread needs at least two completed tables, not {len(tables)}.")
    for name in mask.columns:
        filled = mask[name].to_numpy()
        if filled.any():
            is_number = column_kind(tables[0][name]) in {"number", "date"}
            # The completed column: its observed cells count too, so that spreads can be compared with theirs.
            unit = unit_of(tables[0][name]) if is_number else Unit()
            yield name, _spread_between([table[name][filled] for table in tables], unit), unit


def _spread_between(drawn: list[pd.Series], unit: Unit) -> Floats:
    if column_kind(drawn[0]) in {"number", "date"}:
        spread: Floats = np.stack([unit.read(column) for column in drawn]).std(axis=0, ddof=1)
        return spread
    codes = pd.factorize(pd.concat([column.astype(object) for column in drawn]))[0].reshape(len(drawn), -1)
    agreeing = np.max([(codes == result).sum(axis=0) for result in codes], axis=0)
    return np.asarray(1 - agreeing / len(drawn), dtype=np.float64)


def _quantity(before: pd.Series, drawn: list[pd.Series], unit: Unit) -> tuple[str, list[Floats]]:
    if (kind := column_kind(before)) in {"number", "date"}:
        return DATES if kind == "date" else "mean", [unit.read(column) for column in drawn]
    commonest = before.mode().iloc[0]
    flags = [(column == commonest).to_numpy(dtype=np.float64, na_value=np.nan) for column in drawn]
    return f"share of {commonest}", flags


def _pooled(values: list[Floats], unit: Unit, *, observed: int | None) -> pd.Series:
    """The mean of each table's values, pooled, in the unit of the column; a share where `observed` cells are given."""
    known = [part[~np.isnan(part)] for part in values]
    rows = min(map(len, known))
    both = [moments(part, freedom=1) for part in known]
    means = [{"mean": mean} for mean, _ in both]
    errors = [{"mean": std / np.sqrt(len(part))} for (_, std), part in zip(both, known, strict=True)]
    if rows <= 1:
        only = unit.place(means[0]["mean"])
        return pd.Series({"estimate": only, "low": np.nan, "high": np.nan, "missing_information": np.nan})
    pooled = pool(means, errors, complete_degrees_of_freedom=rows - 1).iloc[0]
    if observed is not None:
        pooled[["low", "high"]] = _share_interval(pooled, rows, observed)
    return pd.Series(
        {
            **{part: unit.place(pooled[part]) for part in ("estimate", "low", "high")},
            "missing_information": pooled["missing_information"],
        }
    )


def _share_interval(pooled: pd.Series, rows: int, observed: int) -> tuple[float, float]:
    """Wilson's interval of a share, with the variance that missing cells add: between 0 and 1, never without width.

    Where the tables agree, as without a single observed cell of a rare level, only the observed cells count.
    """
    share = float(pooled["estimate"])
    quantile = float(stats.t.ppf(_UPPER, pooled["degrees_of_freedom"]))
    increase = float(pooled["relative_increase"])
    added = increase if _ROUNDING < increase < np.inf else rows / observed - 1
    part = quantile**2 * (1 + added) / rows
    centre = (share + part / 2) / (1 + part)
    reach = float(np.sqrt(part * share * (1 - share) + part**2 / 4)) / (1 + part)
    return max(centre - reach, 0.0), min(centre + reach, 1.0)
