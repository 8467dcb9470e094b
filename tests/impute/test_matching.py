"""Predictive mean matching: from which donors a cell is drawn, and how alike the draws of one cell are."""

import numpy as np
import pandas as pd

from wrangler.impute import make_imputer


def line(seed: int, rows: int = 300) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A number that follows from another one, and the same with 30 % of it lost completely at random."""
    random = np.random.default_rng(seed)
    x = random.normal(size=rows)
    whole = pd.DataFrame({"y": x + random.normal(size=rows), "x": x})
    return whole, whole.assign(y=whole["y"].mask(random.random(rows) < 0.3))


def test_draws_of_a_cell_are_hardly_correlated():
    """As in R's mice, .05 over 200 samples (.14 by type 2); over 12 samples the standard error is .005."""
    found = []
    for seed in range(12):
        whole, incomplete = line(seed)
        missing_mask = incomplete["y"].isna()
        tables = make_imputer("mice", draws=8, random_state=seed).fit(incomplete).transform_draws(incomplete)
        x = whole["x"][missing_mask]
        residuals = [np.polyval(np.polyfit(x, table["y"][missing_mask], 1), x) for table in tables]
        apart = np.stack([table["y"][missing_mask] - each for table, each in zip(tables, residuals, strict=True)])
        found.append(np.corrcoef(apart)[np.triu_indices(8, 1)].mean())
    assert np.mean(found) < 0.09


def test_intervals_of_single_cells_cover_as_those_of_mice():
    """92 % by mice over 200 samples; over 12 of 90 cells the standard error is .009, a false alarm 1 in 1000."""
    covered = []
    for seed in range(12):
        whole, incomplete = line(seed)
        missing_mask = incomplete["y"].isna()
        tables = make_imputer("mice", draws=20, random_state=seed).fit(incomplete).transform_draws(incomplete)
        drawn = np.stack([table["y"][missing_mask] for table in tables])
        reach = 2.093 * drawn.std(axis=0, ddof=1) * np.sqrt(1 + 1 / 20)
        covered.append((np.abs(drawn.mean(axis=0) - whole["y"][missing_mask]) <= reach).mean())
    assert np.mean(covered) > 0.918 - 3 * 0.009


def test_rows_that_are_predicted_alike_are_all_donors():
    """One predictor of two levels: 600 missing cells are drawn from all 300 donors of their level, not from five."""
    random = np.random.default_rng(0)
    level = np.repeat(["a", "b"], 600)
    y = pd.Series(random.normal(size=1200) + (level == "a")).mask(np.tile([False, True], 600))
    filled = make_imputer("pmm", random_state=0).fit_transform(pd.DataFrame({"y": y, "c": level}))["y"]
    for each in ("a", "b"):
        drawn = filled[y.isna() & (level == each)]
        assert drawn.nunique() > 150  # of 300 donors 190 are expected
        assert set(drawn) <= set(y[y.notna() & (level == each)])
