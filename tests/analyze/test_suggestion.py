"""Alerts and suggested methods."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from tests.campaign import short_or_whole
from wrangler.analyze import associate, column_alerts, suggest_methods
from wrangler.impute import METHODS


def alerts_of(column: pd.Series) -> set[str]:
    return set(column_alerts(column.to_frame("c"))["alert"])


@pytest.mark.parametrize(
    ("column", "alerts"),
    [
        (pd.Series([None] * 30, dtype="float64"), {"empty"}),
        (pd.Series([1.0] * 30), {"constant"}),
        (pd.Series([1.0, 2.0] * 5 + [None] * 30), {"mostly missing"}),
        (pd.Series([f"id{place}" for place in range(30)]), {"unique"}),
        (pd.Series(range(1000, 1030)), {"unique"}),
        (pd.Series([f"level{place % 60}" for place in range(300)]), {"many levels"}),
        (pd.Series(np.random.default_rng(0).lognormal(sigma=1.5, size=500)), {"skewed", "heavy tails", "outliers"}),
        (pd.Series([*np.random.default_rng(1).normal(size=200), 40.0]), {"skewed", "heavy tails", "outliers"}),
        (pd.Series(np.random.default_rng(2).normal(size=300)), set()),
        (pd.Series(["a", "b"] * 20), set()),
        (pd.to_datetime("2020-01-01") + pd.Series(pd.to_timedelta(range(40), unit="D")), set()),
    ],
)
def test_what_is_unusual_is_named_and_nothing_else(column, alerts):
    assert alerts_of(column) == alerts


def far_out(low: float, high: float) -> pd.Series:
    """Quartiles at 0 and 1, so that values are far out below -3 and above 4."""
    return pd.Series([0.0] * 40 + [0.5] * 20 + [1.0] * 40 + [low, high])


@pytest.mark.parametrize(
    ("column", "alerts"),
    [
        (pd.Series([1.0, 2.0] * 5 + [None] * 10), set()),
        (pd.Series([1.0, 2.0] * 5 + [None] * 11), {"mostly missing"}),
        (pd.Series([f"level{place % 50}" for place in range(300)]), set()),
        (pd.Series([f"level{place % 51}" for place in range(300)]), {"many levels"}),
        (pd.Series([f"id{place}" for place in range(9)]), set()),
        (pd.Series([f"id{place}" for place in range(10)]), {"unique"}),
        (pd.Series(range(9)), set()),
        (pd.Series(range(10)), {"unique"}),
        (pd.Series(range(10, 0, -1)), {"unique"}),
        (pd.Series(range(0, 20, 2)), set()),
        (pd.Series([0.0] * 17 + [1.0, 9.0]), set()),
        (pd.Series([0.0] * 18 + [1.0, 9.0]), {"skewed", "heavy tails"}),
    ],
)
def test_an_alert_begins_where_its_description_says(column, alerts):
    assert alerts_of(column) == alerts


@pytest.mark.parametrize(("low", "high", "alerted"), [(-3.0, 4.0, False), (-3.1, 4.0, True), (-3.0, 4.1, True)])
def test_an_outlier_lies_farther_than_three_interquartile_ranges_from_the_quartiles(low, high, alerted):
    assert ("outliers" in alerts_of(far_out(low, high))) is alerted


def test_alerts_come_in_table_order_with_their_figures():
    frame = pd.DataFrame(
        {
            "low": [-9.0, -1.0] + [0.0] * 18,
            "few": [1.0, 2.0, 3.0, 4.0] + [None] * 16,
            "far": [0.0, 1.0] * 9 + [9.0, -9.0],
        }
    )
    alerts = column_alerts(frame).set_index(["column", "alert"])["detail"]
    assert list(alerts.index) == [
        ("low", "skewed"),
        ("low", "heavy tails"),
        ("few", "mostly missing"),
        ("far", "outliers"),
    ]
    assert f"Skewness {stats.skew(frame['low']):.1f}: a long tail of low" in alerts["low", "skewed"].replace(
        "\u2212", "-"
    )
    assert "80 % of its cells" in alerts["few", "mostly missing"]
    assert alerts["far", "outliers"].startswith("2 values lie far from the rest (the column runs from \u22129 to 9)")


def test_a_high_tail_and_a_single_value_far_out_are_named_as_such():
    details = " ".join(column_alerts(pd.DataFrame({"c": [*np.linspace(0, 1, 40), 30.0]}))["detail"])
    assert "a long tail of high" in details
    assert "1 value lies far" in details


@pytest.fixture
def table():
    rng = np.random.default_rng(9)
    frame = pd.DataFrame({"x": rng.normal(size=200), "level": rng.choice(["a", "b"], 200)})
    frame["y"] = frame["x"] * 2 + rng.normal(size=200)
    frame["skewed"] = rng.lognormal(sigma=1, size=200)
    frame["plain"] = rng.normal(size=200)
    frame["identifier"] = [f"p{place}" for place in range(200)]
    frame["constant"] = 1.0
    frame["empty"] = np.nan
    frame.loc[::9, frame.columns != "x"] = None
    return frame


def suggested(frame: pd.DataFrame) -> dict[str, str]:
    return suggest_methods(frame, associate(frame))["method"].to_dict()


def test_each_column_gets_the_method_that_its_shape_asks_for(table):
    assert suggested(table) == {
        "level": "mode",
        "y": "auto",
        "skewed": "median",
        "plain": "mean",
        "identifier": "leave",
        "constant": "mode",
        "empty": "leave",
    }


def test_a_series_in_time_is_interpolated():
    days = pd.Series(pd.date_range("2020-01-01", periods=100))
    frame = pd.DataFrame({"day": days, "level": np.sin(np.arange(100) / 9)})
    frame.loc[40:45, "level"] = None
    assert suggested(frame) == {"level": "interpolate"}


@pytest.mark.parametrize(
    "days",
    [
        pd.Series(pd.date_range("2020-01-01", periods=100))[::-1].reset_index(drop=True),
        pd.Series(pd.date_range("2020-01-01", periods=100)).where(lambda day: day.index != 50),
        pd.Series(pd.date_range("2020-01-01", periods=50).repeat(2)),
    ],
    ids=["backwards", "with a missing day", "twice each"],
)
def test_rows_that_do_not_stand_in_time_are_not_interpolated(days):
    frame = pd.DataFrame({"day": days, "level": np.sin(np.arange(100) / 9)})
    frame.loc[40:45, "level"] = None
    assert suggested(frame)["level"] != "interpolate"


def test_a_series_is_interpolated_from_twenty_rows_with_a_value_before_them():
    frame = pd.DataFrame({"day": pd.date_range("2020-01-01", periods=60), "level": [None] * 39 + list(np.arange(21.0))})
    assert suggested(frame)["level"] == "interpolate"
    frame.loc[39, "level"] = None
    assert suggested(frame)["level"] != "interpolate"


def test_values_that_jump_are_not_interpolated():
    frame = pd.DataFrame({"day": pd.date_range("2020-01-01", periods=90), "level": np.random.default_rng(0).random(90)})
    frame.loc[40:45, "level"] = None
    assert suggested(frame) == {"level": "mean"}


def test_a_skewed_column_gets_its_median_from_twenty_values():
    frame = pd.DataFrame({"x": [0.0] * 18 + [5.0, 9.0, None]})
    assert suggested(frame) == {"x": "median"}
    assert suggested(frame.tail(20)) == {"x": "mean"}


def test_the_share_of_missing_cells_and_the_strength_stand_with_the_suggestion(table):
    suggestions = suggest_methods(table, associate(table))
    assert suggestions.loc["y", "missing"] == pytest.approx(table["y"].isna().mean())
    strength = abs(table["x"].corr(table["y"]))
    assert f"most with x ({strength:.2f})" in suggestions.loc["y", "reason"]
    assert "(strongest association" in suggestions.loc["plain", "reason"]


@pytest.mark.slow
def test_unrelated_columns_are_not_told_to_be_related():
    """12 independent columns, 30 rows: 5 % of the columns, within four standard errors of so many samples.

    By the largest of 11 correlations without a test it was 95 %.
    """
    rng, samples = np.random.default_rng(3), short_or_whole(25, 400)
    methods: list[str] = []
    for _ in range(samples):
        frame = pd.DataFrame(rng.normal(size=(30, 12))).add_prefix("c")
        frame["c10"], frame["c11"] = rng.choice(list("abcd"), 30), rng.choice(list("xyz"), 30)
        methods += suggested(frame.mask(rng.random(frame.shape) < 0.15)).values()
    share = np.mean([method == "auto" for method in methods])
    assert share <= 0.05 + 4 * np.sqrt(0.05 * 0.95 / len(methods))


@pytest.mark.parametrize("kind", ["numbers", "levels", "a number and a level"])
def test_related_columns_of_a_small_table_are_found(kind):
    rng = np.random.default_rng(4)
    level = rng.choice(list("abc"), 40)
    number = pd.Series(level).map({"a": 0.0, "b": 2.0, "c": 4.0}) + rng.normal(size=40)
    made = {
        "numbers": {"x": number, "y": number + rng.normal(size=40)},
        "levels": {"x": level, "y": np.where(rng.random(40) < 0.8, level, "a")},
        "a number and a level": {"x": number, "y": level},
    }
    frame = pd.DataFrame(made[kind])
    frame.loc[::9, "y"] = None
    assert suggested(frame) == {"y": "auto"}


def test_an_association_that_chance_allows_is_described_as_such():
    """r = 0.64 on 7 rows: p = 0.12 by scipy.stats.pearsonr, too."""
    frame = pd.DataFrame({"x": [1.0, 2, 3, 4, 5, 6, 7, 8], "y": [2.0, 1, 5, 3, 2, 4, 6, None]})
    suggestion = suggest_methods(frame, associate(frame)).loc["y"]
    assert suggestion["method"] == "mean"
    assert "no association with another column is stronger than chance allows (strongest 0.64" in suggestion["reason"]


def test_every_suggested_method_exists_and_has_a_reason(table):
    suggestions = suggest_methods(table, associate(table))
    assert set(suggestions["method"]) <= {*METHODS, "leave"}
    assert suggestions["reason"].str.endswith(".").all()


def test_a_complete_table_needs_no_suggestion(table):
    assert suggest_methods(table[["x"]], associate(table[["x"]])).empty


@pytest.mark.slow
def test_rare_numbers_without_a_relation_seldom_get_a_method_that_reads_others():
    """Columns that are 0 but in 5 % of 100 rows: by Student's t of the ranks 9 % of them got it, at most 5 % should."""
    rng, suggested = np.random.default_rng(11), 0
    for _ in range(300):
        frame = pd.DataFrame((rng.random((100, 4)) < 0.05).astype(float)).add_prefix("c")
        frame.loc[rng.random(100) < 0.2, "c0"] = np.nan
        suggested += suggest_methods(frame, associate(frame)).loc["c0", "method"] == "auto"
    assert suggested / 300 <= 0.05 + 4 * np.sqrt(0.05 * 0.95 / 300)
