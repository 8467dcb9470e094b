"""What fills do in situations that an audit found wrong: rows without a predictor, new rows, bounds, zeros, types.

`python -m benchmarks.statistics.fills` prints a Markdown table. "Before" is commit 102bd20 by the same script; of small
groups, uneven dates and decimals, mended by then, commit 62089b3.
"""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
from scipy.special import expit

from wrangler.impute import make_imputer

BEFORE: dict[tuple[int, str], str] = {
    (5, "linear"): "56.3",
    (5, "knn"): "33.9",
    (5, "forest"): "14.0",
    (5, "auto"): "34.0",
    (6, "linear"): "-0.88",
    (6, "knn"): "-1.91",
    (6, "boosted"): "0.00",
    (6, "forest"): "0.00",
    (6, "auto"): "-0.88",
    (7, "linear"): "8 of 8",
    (8, "pmm"): "80 of 80",
    (9, "linear"): "12 %",
    (9, "pmm"): "52 %",
    (10, "interpolate"): "1.5",
    (10, "mean"): "refused",
    (10, "median"): "refused",
}


def _without_predictor(method: str) -> str:
    numbers = np.arange(1, 31.0)
    table = pd.DataFrame({"a": [*numbers, np.nan, np.nan, np.nan, 3.0], "b": [*(2 * numbers), 500, 500, 500, np.nan]})
    return f"{make_imputer(method, random_state=0).fit_transform(table)['b'].iloc[-1]:.1f}"


def _complete_at_fit(method: str) -> str:
    a = np.linspace(-3, 3, 30)
    imputer = make_imputer(method, random_state=0).fit(pd.DataFrame({"a": a, "b": 2 * a}))
    return f"{imputer.transform(pd.DataFrame({'a': [-1.0], 'b': [np.nan]}))['b'][0]:.2f}"


def _small_group(method: str) -> str:
    random = np.random.default_rng(0)
    x = random.normal(size=108)
    table = pd.DataFrame({"g": ["large"] * 100 + ["small"] * 8, "x": x, "y": x})
    table.loc[[*range(10), *range(100, 108)], "y"] = np.nan
    filled = make_imputer(method, group_by=["g"], small_groups="leave").fit_transform(table)
    return f"{int(filled.loc[100:, 'y'].notna().sum())} of 8"


def _at_the_bound(method: str) -> str:
    random = np.random.default_rng(0)
    x = random.normal(size=200)
    y = pd.Series(x + random.normal(size=200))
    missing_mask = y < -0.5
    table = pd.DataFrame({"y": y.mask(missing_mask), "x": x})
    drawn = make_imputer(method, random_state=0, bounds={"y": (None, -0.5)}).fit_transform(table)["y"][missing_mask]
    return f"{int((drawn == -0.5).sum())} of {int(missing_mask.sum())}"


def _zeros(method: str) -> str:
    random = np.random.default_rng(0)
    x = random.normal(size=2000)
    y = pd.Series(np.where(random.random(2000) < expit(x - 0.2), np.exp(0.5 * x), 0.0))
    missing_mask = random.random(2000) < 0.3
    imputer = make_imputer(method, random_state=0)
    filled = imputer.fit_transform(pd.DataFrame({"y": y.mask(missing_mask), "x": x}))["y"][missing_mask]
    said = ", said" if any(event.kind == "share_lost" for event in imputer.events_) else ""
    return f"{(filled == 0).mean():.0%}{said}".replace("%", " %")


def _uneven_dates(method: str) -> str:
    series = pd.DataFrame({"y": [0.0, np.nan, 3.0]}, index=pd.to_datetime(["2020-01-01", "2020-01-02", "2020-01-04"]))
    return f"{make_imputer(method).fit_transform(series)['y'].iloc[1]:.1f}"


def _decimals(method: str) -> str:
    kind = pd.ArrowDtype(pa.decimal128(5, 2))
    cents = pd.array([Decimal("1.10"), None, Decimal("2.20"), Decimal("3.00")], dtype=kind)
    filled = make_imputer(method).fit_transform(pd.DataFrame({"a": cents, "b": [1.0, 2, 3, 4]}))["a"]
    return "refused" if filled.isna().any() else str(filled[1])


def _date_objects(method: str) -> str:
    days = pd.Series([dt.date(2020, 1, 1), None, dt.date(2020, 1, 3), dt.date(2020, 1, 4)], dtype=object)
    filled = make_imputer(method).fit_transform(pd.DataFrame({"a": days, "b": [1.0, 2, 3, 4]}))["a"]
    return "refused" if filled.isna().any() else str(filled[1])


SITUATIONS = (
    (
        5,
        "b = 2a in 30 rows, three with b = 500 and no a: b at a = 3",
        "6",
        _without_predictor,
        "linear knn forest auto",
    ),
    (6, "b = 2a, complete at fit: b at a = -1", "-2", _complete_at_fit, "linear knn boosted forest auto"),
    (7, "cells of a group of 8 rows that are filled from others, asked to leave it", "0 of 8", _small_group, "linear"),
    (8, "cells lost below a limit, bounds at it: drawn at the bound", "0", _at_the_bound, "pmm"),
    (9, "zeros among filled cells, 55 % of the observed", "55 %, or said", _zeros, "linear pmm"),
    (10, "interpolated a day after 0, two days before 3", "1.0", _uneven_dates, "interpolate"),
    (10, "decimal128 of Arrow, mean of 1.10, 2.20 and 3.00", "2.10", _decimals, "mean"),
    (10, "objects of datetime.date, median of 1, 3 and 4 January", "2020-01-03", _date_objects, "median"),
)


def lines() -> Iterator[str]:
    """A line of the table for each situation and method."""
    for item, situation, ideal, measure, methods in SITUATIONS:
        for method in methods.split():
            before, now = BEFORE[(item, method)], measure(method)
            yield f"| {item} | {situation} | {method} | {before} | {now} | {ideal} |"


def main() -> None:
    print("| item | situation | method | before | now | right |")
    print("|--:|---|---|--:|--:|--:|")
    for line in lines():
        print(line, flush=True)


if __name__ == "__main__":
    main()
