"""Whether observed columns predict where a cell is missing."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from tests.campaign import short_or_whole
from wrangler.analyze import missingness_predictors
from wrangler.analyze.p_values import dependence

pytestmark = pytest.mark.slow


@pytest.fixture
def table():
    rng = np.random.default_rng(5)
    frame = pd.DataFrame({"age": rng.normal(50, 10, 600), "noise": rng.normal(size=600)})
    frame["site"] = rng.choice(["north", "south"], 600)
    frame["income"] = rng.lognormal(size=600)
    frame["score"] = rng.normal(size=600)
    frame["bent"] = rng.normal(size=600)
    frame["free"] = rng.normal(size=600)
    frame.loc[rng.random(600) < 1 / (1 + np.exp(-(frame["age"] - 60) / 4)), "income"] = np.nan
    frame.loc[(frame["site"] == "north") & (rng.random(600) < 0.4), "score"] = np.nan
    frame.loc[(frame["noise"].abs() > 1.3) & (rng.random(600) < 0.7), "bent"] = np.nan
    frame.loc[rng.random(600) < 0.2, "free"] = np.nan
    return frame


def test_the_column_that_decides_is_named_with_its_effect(table):
    found = missingness_predictors(table, random_state=0)
    assert found.loc["income", ["predictor", "effect_kind"]].tolist() == ["age", "mean difference"]
    assert found.loc["income", "effect"] > 1
    assert found.loc["score", ["predictor", "effect_kind"]].tolist() == ["site", "cramer_v"]
    assert found.loc[["income", "score"], "auc_low"].min() > 0.6


def test_a_bend_is_seen_by_the_joint_guess(table):
    assert missingness_predictors(table, random_state=0).loc["bent", "auc_low"] > 0.6


def test_cells_missing_by_chance_are_not_described_as_predicted(table):
    found = missingness_predictors(table, random_state=0)
    assert found["is_predicted"].to_dict() == {"income": True, "score": True, "bent": True, "free": False}


def test_false_alarms_stay_rare():
    rng = np.random.default_rng(6)
    alarms = 0
    for seed in range(60):
        values = rng.normal(size=(300, 4))
        values[rng.random(values.shape) < 0.15] = np.nan
        alarms += missingness_predictors(pd.DataFrame(values, columns=list("abcd")), random_state=seed)[
            "is_predicted"
        ].any()
    assert alarms <= 8


def test_the_seed_decides(table):
    one, same, other = (missingness_predictors(table, random_state=seed) for seed in (1, 1, 2))
    assert one.equals(same)
    assert not one.equals(other)


@pytest.fixture
def pair():
    """One complete number, and one that is missing where the other is high."""
    rng = np.random.default_rng(11)
    cause = rng.normal(size=400)
    return pd.DataFrame({"cause": cause, "x": np.where(cause > rng.normal(0.8, 1, 400), np.nan, 1.0)})


def test_the_effect_on_a_number_is_the_standardised_difference_of_its_means(pair):
    absent, present = pair["cause"][pair["x"].isna()], pair["cause"][pair["x"].notna()]
    spread = np.sqrt((absent.var(ddof=0) + present.var(ddof=0)) / 2)
    found = missingness_predictors(pair, random_state=0).loc["x"]
    assert found["effect"] == pytest.approx((absent.mean() - present.mean()) / spread)
    assert found["missing"] == len(absent)


def test_the_p_value_of_a_number_is_that_of_van_der_waerden(pair):
    weak = pair.assign(cause=np.random.default_rng(3).normal(size=400) + 0.2 * pair["x"].isna())
    rows, flags = 400, weak["x"].isna().to_numpy()
    scores = stats.norm.ppf((stats.rankdata(weak["cause"]) - 0.5) / rows)
    variance = flags.sum() * (~flags).sum() / (rows * (rows - 1)) * (scores**2).sum()
    expected = 2 * stats.norm.sf(abs(scores[flags].sum()) / np.sqrt(variance))
    assert missingness_predictors(weak, random_state=0).loc["x", "p_value"] == pytest.approx(expected)


def test_the_effect_of_levels_is_cramers_v_of_scipy():
    rng = np.random.default_rng(4)
    frame = pd.DataFrame({"site": rng.choice(list("abc"), 300)})
    frame["x"] = np.where(rng.random(300) < frame["site"].map({"a": 0.2, "b": 0.4, "c": 0.3}), np.nan, 1.0)
    counts = pd.crosstab(frame["site"], frame["x"].isna())
    found = missingness_predictors(frame, random_state=0).loc["x"]
    assert found["effect"] == pytest.approx(stats.contingency.association(counts, method="cramer"))
    assert found["p_value"] == pytest.approx(stats.chi2_contingency(counts, correction=False).pvalue)


def delong(frame: pd.DataFrame) -> float:
    """Standard error of the area of `cause` (DeLong, DeLong and Clarke-Pearson 1988), written out by pairs."""
    flags = frame["x"].isna()
    wins = (frame["cause"][flags].to_numpy()[:, None] > frame["cause"][~flags].to_numpy()).astype(float)
    return np.sqrt(wins.mean(axis=1).var(ddof=1) / len(wins) + wins.mean(axis=0).var(ddof=1) / wins.shape[1])


def test_the_interval_of_a_clear_area_is_that_of_delong(pair):
    """Of the whole table; within folds, and with the part of the doubled variance that is left, it is a bit wider."""
    found = missingness_predictors(pair, random_state=0).loc["x"]
    reach = 1.96 * delong(pair)
    assert 1.0 < (found["auc_high"] - found["auc"]) / reach < 1.2
    assert found["auc"] - found["auc_low"] == pytest.approx(found["auc_high"] - found["auc"])


def missing_completely_at_random(rng: np.random.Generator, *, is_joint: bool) -> pd.DataFrame:
    """Two numbers and two columns of levels, of which three lose cells, together or each by itself."""
    frame = pd.DataFrame({"x": rng.normal(size=200), "y": rng.lognormal(size=200)})
    frame["level"], frame["whole"] = rng.choice(list("abcdef"), 200), rng.normal(size=200)
    together = rng.random(200) < 0.25
    for name in ("x", "y", "level"):
        lost = together & (rng.random(200) < 0.95) if is_joint else rng.random(200) < 0.25
        frame.loc[lost, name] = None
    return frame


@pytest.mark.parametrize("is_joint", [True, False], ids=["missing together", "each by itself"])
def test_cells_that_are_missing_together_do_not_pass_for_prediction(is_joint):
    """False alarms in 5 % of tables, areas about 0.5 and intervals that cover it in 95 %; four standard errors of that.

    Before, a missing level stood as flags of its own, and three columns lost together had areas of 1.000, "predicted"
    in every table.
    """
    rng, samples = np.random.default_rng(4), short_or_whole(60, 1_000)
    found = [
        missingness_predictors(missing_completely_at_random(rng, is_joint=is_joint), random_state=0)
        for _ in range(samples)
    ]
    areas, reach = np.array([table["auc"] for table in found]), 4 * np.sqrt(0.05 * 0.95 / samples)
    assert areas.mean() == pytest.approx(0.5, abs=4 * areas.mean(axis=1).std() / np.sqrt(samples))
    assert np.mean([table["is_predicted"].any() for table in found]) <= 0.05 + reach
    covered = np.mean([(table["auc_low"] <= 0.5) & (table["auc_high"] >= 0.5) for table in found])
    assert covered >= 0.95 - reach


def test_columns_that_lose_cells_together_are_named_as_such():
    rng = np.random.default_rng(7)
    together = missingness_predictors(missing_completely_at_random(rng, is_joint=True), random_state=0)
    assert together["missing_with"].isin(["x", "y", "level"]).all()
    assert (together["missing_with_phi"] > 0.8).all()
    apart = missingness_predictors(missing_completely_at_random(rng, is_joint=False), random_state=0)
    assert apart["missing_with"].isna().all()
    assert apart["missing_with_phi"].isna().all()


def test_where_no_two_rows_have_the_same_predictor_there_is_no_area():
    frame = pd.DataFrame({"a": [1.0, None] * 30, "b": list(np.arange(60.0))})
    frame.loc[frame["a"].isna(), "b"] = None
    assert np.isnan(missingness_predictors(frame, random_state=0).loc["a", "auc"])


def test_sparse_levels_do_not_raise_false_alarms():
    """Twenty levels of five rows, beside 10 missing cells: 5 % of tables, within four standard errors of that."""
    rng, samples = np.random.default_rng(8), short_or_whole(150, 2_000)
    alarms = 0
    for _ in range(samples):
        frame = pd.DataFrame(
            {"site": [f"s{place % 20}" for place in range(100)], "x": rng.permutation([np.nan] * 10 + [1.0] * 90)}
        )
        alarms += missingness_predictors(frame, random_state=0).loc["x", "p_value"] < 0.05
    assert alarms / samples <= 0.05 + 4 * np.sqrt(0.05 * 0.95 / samples)


def test_a_sparse_table_has_the_p_value_of_its_random_tables():
    """Of 2 x 2 tables these are Fisher's: scipy.stats.fisher_exact gives 0.0055 for 7, 1, 2 and 9 rows, two-sided."""
    table = np.array([[7, 1], [2, 9]])
    expected = stats.fisher_exact(table).pvalue
    assert dependence(table, np.random.default_rng(0)).p_value == pytest.approx(expected, rel=0.3)


def test_the_area_is_that_of_the_column_that_decides(pair):
    flags, cause = pair["x"].isna(), pair["cause"]
    area = stats.mannwhitneyu(cause[flags], cause[~flags]).statistic / (flags.sum() * (~flags).sum())
    assert missingness_predictors(pair, random_state=0).loc["x", "auc"] == pytest.approx(area, abs=0.02)


@pytest.mark.parametrize(("missing", "tested"), [(9, False), (10, True), (30, True), (31, False)])
def test_a_column_is_tested_with_ten_missing_and_ten_present_cells(missing, tested):
    frame = pd.DataFrame({"a": np.arange(40.0), "b": [None] * missing + [1.0] * (40 - missing)})
    assert ("b" in missingness_predictors(frame, random_state=0).index) is tested


def test_the_forty_columns_with_most_missing_cells_are_tested():
    values = np.ones((100, 42))
    for place in range(42):
        values[: 20 + place, place] = np.nan
    found = missingness_predictors(pd.DataFrame(values).add_prefix("c"), random_state=0)
    assert found.index.tolist() == [f"c{place}" for place in range(41, 1, -1)]


def test_the_commonest_levels_predict_however_many_there_are():
    levels = ["usual"] * 60 + [f"rare{place % 12}" for place in range(120)]
    frame = pd.DataFrame({"site": levels, "x": [None] * 60 + [1.0] * 120})
    assert missingness_predictors(frame, random_state=0).loc["x", "auc"] > 0.95


def test_columns_too_empty_to_be_tested_alone_can_predict_together():
    frame = pd.DataFrame({"x": [None] * 60 + [1.0] * 60})
    for place in range(6):
        frame[f"p{place}"] = None
        frame.loc[9 * place : 9 * place + 8, f"p{place}"] = 2.0
        frame.loc[60 + 9 * place : 60 + 9 * place + 8, f"p{place}"] = 1.0
    found = missingness_predictors(frame.astype(float), random_state=0).loc["x"]
    assert found["predictor"] is None or pd.isna(found["predictor"])
    assert found["auc_low"] > 0.6
    assert bool(found["is_predicted"])


def test_certain_separation_has_an_area_of_one_and_a_bounded_interval():
    frame = pd.DataFrame({"a": np.arange(100.0), "b": [None] * 50 + [1.0] * 50})
    found = missingness_predictors(frame, random_state=0).loc["b"]
    assert found["auc"] > 0.99
    assert found["auc_high"] == 1.0
    assert bool(found["is_predicted"])


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({"a": [1.0, None] * 20}),
        pd.DataFrame({"a": [1.0, None] * 20, "b": 1.0}),
        pd.DataFrame({"a": [1.0, None] * 20, "b": [None, 1.0] * 20}),
        pd.DataFrame({"a": [None] * 30, "b": range(30)}),
        pd.DataFrame(),
    ],
    ids=["alone", "beside a constant", "never together", "empty", "nothing"],
)
def test_uninformative_tables_have_a_result(frame):
    assert not missingness_predictors(frame, random_state=0)["is_predicted"].any()
