"""Whether the error that `auto` states of its own choice is the error that it makes, by simulation.

`python -m benchmarks.statistics.stated_errors --samples 60` prints a Markdown table: five normal columns, independent
or related by one factor, 20 % of the cells missing at random. The stated error, standard error and ratio to the mean
are those of `per_column_`; the true ones those on fresh rows of the same kind, in which the column is missing.
"""

import argparse
from collections.abc import Iterator

import numpy as np
import pandas as pd

from wrangler.impute import AutoImputer

COLUMNS = list("abcde")
FRESH, SHARE = 1_000, 0.2
CASES = (("independent", 0.0, 60), ("related, each pair by .36", 0.6, 60), ("related, each pair by .36", 0.6, 300))


def sample(rows: int, loading: float, random: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A table, and the same with missing cells."""
    factor, own = random.normal(size=(rows, 1)), random.normal(size=(rows, len(COLUMNS)))
    whole = pd.DataFrame(loading * factor + np.sqrt(1 - loading**2) * own, columns=COLUMNS)
    return whole, whole.mask(random.random(whole.shape) < SHARE)


def judge(rows: int, loading: float, seed: int) -> Iterator[dict[str, float]]:
    """For each column the stated error, ratio and standard error, and the true error and ratio."""
    random = np.random.default_rng([seed, rows])
    _, incomplete = sample(rows, loading, random)
    fresh, seen = sample(FRESH, loading, random)
    imputer = AutoImputer(random_state=seed)
    imputer.fit_transform(incomplete)
    stated = imputer.per_column_
    for name in COLUMNS:
        filled = imputer.transform(seen.assign(**{name: np.nan}))[name]
        error = np.sqrt(((filled - fresh[name]) ** 2).mean())
        baseline = np.sqrt(((incomplete[name].mean() - fresh[name]) ** 2).mean())
        record = {key: float(stated.loc[name, key]) for key in ("error", "ratio", "standard_error", "cells")}
        yield record | {"true_error": float(error), "true_ratio": float(error / baseline)}


def line(what: str, rows: int, found: pd.DataFrame) -> str:
    """A line of the Markdown table."""
    figures = [
        f"{found['ratio'].mean():.3f}",
        f"{found['true_ratio'].mean():.3f}",
        f"{(found['ratio'] < 1).mean():.0%}",
        f"{(found['true_ratio'] < 1).mean():.0%}",
        f"{found['standard_error'].mean():.3f}",
        f"{(found['error'] - found['true_error']).std():.3f}",
        f"{found['cells'].mean():.0f}",
    ]
    return f"| {what} | {rows} | {' | '.join(figures)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=60, help="tables of 60 rows; a third as many of 300 rows")
    chosen = parser.parse_args()
    print("| columns | rows | ratio | true | ratio < 1 | true | standard error | true | cells |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|--:|")
    for what, loading, rows in CASES:
        samples = chosen.samples if rows < 100 else chosen.samples // 3
        found = pd.DataFrame([record for seed in range(samples) for record in judge(rows, loading, seed)])
        print(line(what, rows, found), flush=True)


if __name__ == "__main__":
    main()
