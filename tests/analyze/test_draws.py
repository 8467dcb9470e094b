"""What several completed tables say of each other."""

import numpy as np
import pandas as pd
import pytest

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


def test_the_interval_of_a_share_ends_at_0_and_1():
    """Student's t on one degree of freedom reaches farther than a share can."""
    frame = pd.DataFrame({"t": ["x"] * 9 + ["y", None, None]})
    tables = [frame.fillna({"t": level}) for level in ("x", "y")]
    summary = draw_spread(tables, frame, frame.isna()).loc["t"]
    assert 0 <= summary["low"] < summary["estimate"] < summary["high"] <= 1
