"""What a correlation report shows beside the coefficients."""

import numpy as np
import pandas as pd
import pytest

from wrangler import analyze, report
from wrangler.report.elements import clustered


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(rng.normal(size=(400, 4)), columns=list("abcd"))
    frame["twin of a"] = frame["a"] + rng.normal(0, 0.01, 400)
    frame["kind"] = np.where(frame["b"] > 0, "high", "low")
    frame.loc[frame["a"] > 0.5, "c"] = np.nan
    return frame


def test_columns_that_go_together_stand_side_by_side(table):
    order = clustered(analyze.correlate(table).matrix).columns.tolist()
    assert abs(order.index("a") - order.index("twin of a")) == 1


def test_pairs_have_an_interval_and_a_corrected_p_value(table):
    pairs = report.strongest_pairs(analyze.correlation_intervals(analyze.correlate(table)), "pearson")
    assert pairs.frame.iloc[0, :2].tolist() == ["a", "twin of a"]
    assert "1.00" in pairs.frame["coefficient, 95 %"].iloc[0]
    assert pairs.frame["corrected"].iloc[0] == "<\N{NO-BREAK SPACE}0.001"
    assert "of 10 pairs" in pairs.caption


def test_the_choice_of_rows_is_set_side_by_side_and_warned_of(table):
    by_rows = analyze.correlation_by_rows(table, table.fillna({"c": 9.0}))
    shown = report.rows_compared(by_rows, "constant").frame
    assert shown["both present (95 %), rows"].str.endswith(", 400").any()
    verdict = report.correlation_verdict(analyze.correlate(table), None, by_rows)
    assert any("between complete rows, all pairs and filled cells" in warning for warning in verdict.warnings)
    assert verdict.summary["largest_difference_by_rows"] > 0.05


def test_twins_are_named_as_collinear(table):
    collinear = analyze.collinearity(table)
    assert set(report.collinearity_table(collinear).frame.index) >= {"a", "twin of a"}
    verdict = report.correlation_verdict(analyze.correlate(table), collinear)
    assert any(
        "could not separate the effects of some columns" in warning and "twin of a" in warning
        for warning in verdict.warnings
    )


def test_levels_are_compared_with_numbers(table):
    picture = report.association_heatmap(analyze.associate(table))
    assert "6 of 6 columns" in picture.alt
    assert picture.table.frame.loc["kind", "measure"] == "correlation ratio"


def test_a_column_without_a_partner_is_shown_without_one(table):
    picture = report.association_heatmap(analyze.associate(table.assign(same=1.0)))
    assert pd.isna(picture.table.frame.loc["same", "measure"])


def test_a_table_without_missing_cells_has_nothing_to_choose(table):
    assert "all choices of rows agree" in report.rows_compared(None, None).text


def test_pairs_are_written_one_a_line(table, tmp_path):
    intervals = analyze.correlation_intervals(analyze.correlate(table))
    read = pd.read_csv(report.write_pairs(intervals, "t.csv", tmp_path))
    assert read.columns.tolist() == intervals.columns.tolist()
    assert np.allclose(read["coefficient"], intervals["coefficient"])
