"""Whether Little's test keeps its promise: uniform p-values when cells are missing at random, power when they are not.

`python -m benchmarks.little --tables 2000` prints Markdown tables.
"""

import argparse
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from wrangler.analyze import little_test

Floats = npt.NDArray[np.float64]
LEVEL = 0.05
SHARE = 0.15
COLUMNS = ["a", "b", "c", "d"]
SIZES = (100, 200, 500)
SLOPES = (0.25, 0.5, 1.0)


def complete(random: np.random.Generator, rows: int) -> pd.DataFrame:
    """Four normal columns that go together."""
    shared = random.normal(size=(rows, 1))
    return pd.DataFrame(0.7 * shared + random.normal(size=(rows, len(COLUMNS))), columns=COLUMNS)


def completely_at_random(random: np.random.Generator, rows: int) -> pd.DataFrame:
    """Three of the columns lose cells by the throw of a die."""
    table = complete(random, rows)
    for name in COLUMNS[1:]:
        table.loc[random.random(rows) < SHARE, name] = np.nan
    return table


def at_random(slope: float) -> Callable[[np.random.Generator, int], pd.DataFrame]:
    """Two columns lose cells the oftener, the higher the first is: by so much in the log odds for each deviation."""

    def make(random: np.random.Generator, rows: int) -> pd.DataFrame:
        table = complete(random, rows)
        odds = np.log(SHARE / (1 - SHARE)) + slope * stats.zscore(table["a"].to_numpy())
        for name in COLUMNS[1:3]:
            table.loc[random.random(rows) < 1 / (1 + np.exp(-odds)), name] = np.nan
        return table

    return make


def p_values(make: Callable[[np.random.Generator, int], pd.DataFrame], rows: int, tables: int, seed: int) -> Floats:
    """The p-value of each of so many tables."""
    random = np.random.default_rng([seed, rows])
    return np.array([little_test(make(random, rows)).p_value for _ in range(tables)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", type=int, default=2000, help="tables without a reason for their missing cells")
    parser.add_argument("--power-tables", type=int, default=300, help="tables of each size with a reason")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    print("| rows | tables | below 1 % | below 5 % | below 10 % | Kolmogorov-Smirnov | its p-value |")
    print("|--:|--:|--:|--:|--:|--:|--:|")
    for rows in SIZES:
        values = p_values(completely_at_random, rows, chosen.tables, chosen.seed)
        values = values[~np.isnan(values)]
        shares = " | ".join(f"{(values < level).mean():.1%}" for level in (0.01, 0.05, 0.1))
        fit = stats.kstest(values, "uniform")
        print(f"| {rows} | {len(values)} | {shares} | {fit.statistic:.3f} | {fit.pvalue:.2f} |", flush=True)
    print("\n| log odds for each deviation |", " | ".join(f"{rows} rows" for rows in SIZES), "|")
    print("|--:|" + "--:|" * len(SIZES))
    for slope in SLOPES:
        found = [p_values(at_random(slope), rows, chosen.power_tables, chosen.seed) for rows in SIZES]
        print(f"| {slope} |", " | ".join(f"{(values < LEVEL).mean():.0%}" for values in found), "|", flush=True)


if __name__ == "__main__":
    main()
