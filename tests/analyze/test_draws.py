"""What several completed tables say of each other."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from wrangler.analyze import AnalysisError, cell_spread, draw_spread, pool

FRAME = pd.DataFrame({"n": [1.0, 2.0, 3.0, None], "t": ["x", None, "x", "y"]})


def drawn(number: float, level: str) -> pd.DataFrame:
    return FRAME.assign(n=FRAME["n"].fillna(number), t=FRAME["t"].fillna(level))


TABLES = [drawn(1.0, "x"), drawn(3.0, "y"), drawn(5.0, "x")]


def test_the_spread_of_a_cell_is_that_between_the_tables():
    spread = cell_spread(TABLES, FRAME.isna())
    assert spread["n"].tolist()[3] == pytest.approx(2.0)
    assert spread["t"].tolist()[1] == pytest.approx(1 / 3)
    assert spread.notna().to_numpy().sum() == 2


def test_a_column_is_summed_up_in_its_own_standard_deviations():
    summary = draw_spread(TABLES, FRAME, FRAME.isna())
    assert summary.loc["n", "spread"] == pytest.approx(2.0 / np.std([1.0, 2.0, 3.0]))
    assert summary.loc["t", "disagreement"] == pytest.approx(1 / 3)
    assert summary["quantity"].tolist() == ["mean", "share of x"]


def test_missing_information_is_that_of_the_pooled_mean():
    means = [{"mean": table["n"].mean()} for table in TABLES]
    errors = [{"mean": table["n"].sem()} for table in TABLES]
    expected = pool(means, errors, complete_degrees_of_freedom=3).loc["mean"]
    summary = draw_spread(TABLES, FRAME, FRAME.isna()).loc["n"]
    assert summary["missing_information"] == pytest.approx(expected["missing_information"])
    assert summary["low"] == pytest.approx(expected["low"])


def test_equal_tables_leave_nothing_open():
    summary = draw_spread([TABLES[0]] * 3, FRAME, FRAME.isna())
    assert summary.loc["n", "spread"] == 0
    assert summary.loc["t", "disagreement"] == 0


def test_one_table_has_no_spread():
    with pytest.raises(AnalysisError, match="at least two completed tables, not 1"):
        cell_spread(TABLES[:1], FRAME.isna())


def test_the_interval_of_a_share_is_wilson_s_where_the_tables_agree():
    """One missing cell of 40, filled alike: as for 39 cells of which 37 in 40 have the level."""
    frame = pd.DataFrame({"t": ["x"] * 36 + ["y"] * 3 + [None]})
    tables = [frame.fillna("x")] * 3
    row = draw_spread(tables, frame, frame.isna()).loc["t"]
    quantile = stats.t.ppf(0.975, 39 * 40 / 42)  # degrees of freedom by Barnard and Rubin
    part, share = quantile**2 / 39, 37 / 40
    reach = np.sqrt(part * share * (1 - share) + part**2 / 4)
    expected = [(share + part / 2 + sign * reach) / (1 + part) for sign in (-1, 1)]
    assert row[["low", "high"]].tolist() == pytest.approx(expected)


@pytest.mark.slow
def test_the_interval_of_a_rare_share_covers_the_truth():
    """A level of 5 % in 30 rows, 30 % missing, drawn by the approximate Bayesian bootstrap; Student's covered 75 %."""
    rng, covered = np.random.default_rng(1), 0
    for _ in range(300):
        levels = np.where(rng.random(30) < 0.95, "x", "y").astype(object)
        frame = pd.DataFrame({"t": np.where(rng.random(30) < 0.3, None, levels)})
        observed, missing = frame["t"].dropna().to_numpy(), frame["t"].isna()
        tables = []
        for _ in range(5):
            donors = rng.choice(observed, len(observed))
            tables.append(frame.assign(t=frame["t"].mask(missing, pd.Series(rng.choice(donors, 30)))))
        row = draw_spread(tables, frame, frame.isna()).loc["t"]
        covered += row["low"] <= 0.95 <= row["high"]
    assert covered / 300 >= 0.95 - 4 * np.sqrt(0.05 * 0.95 / 300)


def test_the_interval_of_a_share_ends_at_0_and_1():
    """Student's t on one degree of freedom reaches farther than a share can."""
    frame = pd.DataFrame({"t": ["x"] * 9 + ["y", None, None]})
    tables = [frame.fillna({"t": level}) for level in ("x", "y")]
    summary = draw_spread(tables, frame, frame.isna()).loc["t"]
    assert 0 <= summary["low"] < summary["estimate"] < summary["high"] <= 1
