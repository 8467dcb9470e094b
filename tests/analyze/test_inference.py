"""Intervals, p-values and the choice of rows; collinearity."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tests.analyze.tables import AIRQUALITY
from wrangler.analyze import correlate, correlation_by_rows, correlation_intervals, holm

pytestmark = pytest.mark.slow


def test_pearson_p_values_are_those_of_scipy():
    row = correlation_intervals(correlate(AIRQUALITY)).iloc[0]
    both = AIRQUALITY[[row["left"], row["right"]]].dropna()
    assert row["p_value"] == pytest.approx(stats.pearsonr(both.iloc[:, 0], both.iloc[:, 1]).pvalue)


def test_on_normal_columns_the_interval_of_pearson_is_nearly_that_of_scipy():
    """No longer exactly: scipy's is Fisher's, which takes the columns as normal and covers 64 % of lognormal ones."""
    values = np.random.default_rng(0).multivariate_normal([0, 0], [[1, 0.5], [0.5, 1]], 3000)
    row = correlation_intervals(correlate(pd.DataFrame(values))).iloc[0]
    expected = stats.pearsonr(values[:, 0], values[:, 1]).confidence_interval(0.95)
    assert (row["low"], row["high"]) == (pytest.approx(expected.low, abs=3e-3), pytest.approx(expected.high, abs=3e-3))


def test_the_standard_error_of_pearson_is_that_of_its_influence_function():
    """Row by row: u w - r (u^2 + w^2) / 2 of the standardised values, on the rows that both columns have."""
    rng = np.random.default_rng(1)
    values = rng.lognormal(size=(60, 3)) + rng.lognormal(size=(60, 1))
    values[rng.random(values.shape) < 0.2] = np.nan
    found = correlate(pd.DataFrame(values)).standard_errors
    assert found is not None
    both = values[~np.isnan(values[:, [0, 2]]).any(axis=1)][:, [0, 2]]
    left, right = stats.zscore(both).T
    r = float((left * right).mean())
    influence = left * right - r * (left**2 + right**2) / 2
    expected = np.sqrt((influence**2).mean() / (len(both) - 3)) / (1 - r**2)
    assert found.iloc[0, 2] == pytest.approx(expected)


@pytest.mark.parametrize(("kind", "truth", "least"), [("lognormal", 0.4785, 0.82), ("binary", 0.4097, 0.9)])
def test_the_interval_of_pearson_does_not_need_normal_columns(kind, truth, least):
    """Correlation 0.6 before the columns were bent, n = 200; Fisher's interval covered 74 % and 91 %.

    Truth in closed form: (exp(0.6) - 1) / (exp(1) - 1), and 2 / pi times the arc sine of 0.6.
    """
    rng, samples, covered = np.random.default_rng(2), 200, 0
    for _ in range(samples):
        values = rng.multivariate_normal([0, 0], [[1, 0.6], [0.6, 1]], 200)
        bent = np.exp(values) if kind == "lognormal" else (values > 0).astype(float)
        row = correlation_intervals(correlate(pd.DataFrame(bent))).iloc[0]
        covered += row["low"] <= truth <= row["high"]
    assert covered / samples >= least


def related_rare_levels(rows: int, share: float, rng: np.random.Generator) -> pd.DataFrame:
    """Two columns of 0 and 1, from normal ones with a correlation of 0.5."""
    values = rng.multivariate_normal([0, 0], [[1, 0.5], [0.5, 1]], rows)
    return pd.DataFrame((values > stats.norm.ppf(1 - share)).astype(float), columns=["a", "b"])


@pytest.mark.parametrize("method", ["pearson", "spearman", "kendall"])
def test_two_rare_levels_have_no_interval_where_too_few_rows_can_have_both(method):
    """Of 100 rows with two levels of 5 % a quarter of a row would have both; intervals covered 50 to 70 %."""
    row = correlation_intervals(correlate(related_rare_levels(100, 0.05, np.random.default_rng(3)), method)).iloc[0]
    assert np.isnan([row["low"], row["high"]]).all()
    assert 0 < row["p_value"] < 1


@pytest.mark.parametrize("method", ["pearson", "spearman", "kendall"])
def test_intervals_of_rare_levels_cover_the_truth(method):
    """Levels of 5 % in 2,000 rows, truth by the bivariate normal distribution; Spearman's interval covered 68 %."""
    rng, covered = np.random.default_rng(4), 0
    for _ in range(100):
        row = correlation_intervals(correlate(related_rare_levels(2_000, 0.05, rng), method)).iloc[0]
        covered += row["low"] <= 0.2040 <= row["high"]
    assert covered >= 95 - 4 * np.sqrt(100 * 0.05 * 0.95)


@pytest.mark.parametrize("method", ["pearson", "spearman", "kendall"])
@pytest.mark.parametrize("kind", ["lognormal", "rare"])
def test_of_many_independent_pairs_few_are_significant_after_holm(kind, method):
    """15 pairs, 40 rows, 5 % of tables: it was 20 % of lognormal tables by Pearson, 30 % of rare levels by each."""
    rng, alarms = np.random.default_rng(5), 0
    for _ in range(200):
        values = rng.lognormal(size=(40, 6)) if kind == "lognormal" else (rng.random((40, 6)) < 0.05).astype(float)
        alarms += (correlation_intervals(correlate(pd.DataFrame(values), method))["p_corrected"] < 0.05).any()
    assert alarms / 200 <= 0.05 + 4 * np.sqrt(0.05 * 0.95 / 200)


def test_p_values_of_two_rare_levels_are_fisher_s_exact_ones():
    left, right = np.zeros((2, 60))
    left[:4], right[2:7] = 1, 1
    p_value = correlation_intervals(correlate(pd.DataFrame({"a": left, "b": right})))["p_value"].iloc[0]
    assert p_value == pytest.approx(stats.fisher_exact([[2, 2], [3, 53]]).pvalue)


@pytest.mark.parametrize("method", ["pearson", "spearman", "kendall"])
def test_fewer_than_five_rows_have_neither_interval_nor_p_value(method):
    frame = pd.DataFrame({"a": [1.0, 2.0, 3.0, 4.0, np.nan], "b": [1.0, 2.0, 3.0, 4.0, 5.0]})
    row = correlation_intervals(correlate(frame, method)).iloc[0]
    assert np.isnan(row[["low", "high", "p_value"]].astype(float)).all()


@pytest.mark.parametrize("method", ["pearson", "spearman", "kendall"])
def test_a_constant_column_has_no_p_value(method):
    found = correlate(pd.DataFrame({"a": np.ones(9), "b": np.arange(9.0)}), method).p_values
    assert np.isnan(found.loc["a", "b"])


def test_p_values_of_ranks_hold_in_the_tail():
    """4,005 pairs of 15 rows; by Student's t 27 % more of them than stated lie below .0045 (200,000 permutations)."""
    values = np.random.default_rng(9).normal(size=(15, 2 * 45))
    found = correlate(pd.DataFrame(values), "spearman").p_values.to_numpy()[np.triu_indices(90, 1)]
    assert np.mean(found < 0.005) <= 0.005 + 4 * np.sqrt(0.005 / len(found))


def test_p_values_of_long_tails_are_near_those_of_random_permutations():
    """Two lognormal columns that are large in one row together: by Student's t the p-value is far smaller."""
    rng = np.random.default_rng(6)
    left, right = rng.lognormal(sigma=1.2, size=(2, 40))
    left[0], right[0] = 12.0, 9.0
    p_value = correlation_intervals(correlate(pd.DataFrame({"a": left, "b": right})))["p_value"].iloc[0]
    r = np.corrcoef(left, right)[0, 1]
    permuted = [np.corrcoef(left, rng.permutation(right))[0, 1] for _ in range(2_000)]
    share = np.mean(np.abs(permuted) >= abs(r))
    assert share / 3 < p_value < share * 3
    assert stats.pearsonr(left, right).pvalue < p_value / 5


def test_errors_of_a_long_table_come_from_some_of_its_rows(monkeypatch):
    monkeypatch.setattr("wrangler.analyze.correlation._ERROR_CELLS", 4 * 2000)
    values = np.random.default_rng(3).normal(size=(20_000, 2))
    found = correlate(pd.DataFrame(values), random_state=0).standard_errors
    assert found is not None
    assert found.iloc[0, 1] == pytest.approx(1 / np.sqrt(20_000 - 3), rel=0.1)


@pytest.mark.parametrize("method", ["spearman", "kendall"])
def test_rank_p_values_are_near_those_of_scipy(method):
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(200, 2)), columns=["a", "b"])
    frame["b"] += 0.15 * frame["a"]
    row = correlation_intervals(correlate(frame, method)).iloc[0]
    expected = {"spearman": stats.spearmanr, "kendall": stats.kendalltau}[method](frame["a"], frame["b"])
    assert row["p_value"] == pytest.approx(expected.pvalue, rel=0.02)


WEAK = pd.DataFrame({"a": [1.0, 2, 3, 4, 5, 6, 7, 8], "b": [3.0, 1, 4, 2, 8, 5, 7, 6]})


def test_the_p_value_of_a_weak_correlation_is_that_of_scipy():
    row = correlation_intervals(correlate(WEAK)).iloc[0]
    assert row["p_value"] == pytest.approx(stats.pearsonr(WEAK["a"], WEAK["b"]).pvalue)


@pytest.mark.parametrize("level", [0.9, 0.95])
def test_the_interval_of_spearman_has_the_standard_error_of_its_source(level):
    """Bonett and Wright (2000)."""
    row = correlation_intervals(correlate(WEAK, "spearman"), level=level).iloc[0]
    coefficient, rows = row["coefficient"], len(WEAK)
    reach = stats.norm.ppf((1 + level) / 2) * np.sqrt((1 + coefficient**2 / 2) / (rows - 3))
    expected = np.tanh([np.arctanh(coefficient) - reach, np.arctanh(coefficient) + reach])
    assert [row["low"], row["high"]] == pytest.approx(expected)


def test_the_p_value_of_kendall_without_ties_is_the_textbook_one():
    row = correlation_intervals(correlate(WEAK, "kendall")).iloc[0]
    rows = len(WEAK)
    score = row["coefficient"] / np.sqrt(2 * (2 * rows + 5) / (9 * rows * (rows - 1)))
    assert row["p_value"] == pytest.approx(2 * stats.norm.sf(abs(score)))


@pytest.mark.parametrize(("rows", "known"), [(4, False), (5, True)])
def test_an_interval_needs_five_rows(rows, known):
    row = correlation_intervals(correlate(WEAK.head(rows))).iloc[0]
    assert np.isfinite(row["low"]) == known
    assert row["rows"] == rows


def test_p_values_are_corrected_over_all_pairs():
    table = correlation_intervals(correlate(AIRQUALITY))
    assert table["p_corrected"].tolist() == holm(table["p_value"].to_numpy()).tolist()


@pytest.mark.parametrize("method", ["pearson", "spearman", "kendall"])
def test_intervals_cover_the_truth(method):
    rng = np.random.default_rng(1)
    truth = {"pearson": 0.5, "spearman": 6 / np.pi * np.arcsin(0.25), "kendall": 2 / np.pi * np.arcsin(0.5)}[method]
    covered = 0
    for _ in range(400):
        frame = pd.DataFrame(rng.multivariate_normal([0, 0], [[1, 0.5], [0.5, 1]], 60), columns=["a", "b"])
        row = correlation_intervals(correlate(frame, method)).iloc[0]
        covered += row["low"] <= truth <= row["high"]
    assert 0.92 <= covered / 400 <= 0.98


def test_a_perfect_pair_and_a_short_pair_have_a_result():
    frame = pd.DataFrame({"a": [1.0, 2, 3, 4, 5], "b": [2.0, 4, 6, 8, 10], "c": [1.0, 3, 2, None, None]})
    table = correlation_intervals(correlate(frame)).set_index(["left", "right"])
    assert table.loc[("a", "b"), ["low", "high"]].tolist() == pytest.approx([1, 1])
    assert np.isnan(table.loc[("a", "c"), "p_value"])


@given(st.lists(st.floats(0, 1), max_size=20))
def test_holm_keeps_the_order_and_never_lowers_a_p_value(values):
    p_values = np.array(values, dtype=float)
    corrected = holm(p_values)
    assert (corrected >= p_values).all()
    assert (corrected <= 1).all()
    order = np.argsort(p_values)
    assert (np.diff(corrected[order]) >= 0).all()


def test_holm_is_the_textbook_one_and_skips_tests_not_done():
    assert holm(np.array([0.01, np.nan, 0.04, 0.03])).tolist() == pytest.approx([0.03, np.nan, 0.06, 0.06], nan_ok=True)


def test_three_choices_of_rows_stand_beside_each_other():
    completed = AIRQUALITY.fillna(AIRQUALITY.mean())
    table = correlation_by_rows(AIRQUALITY, completed).set_index(["left", "right"])
    row = table.loc[("Ozone", "Temp")]
    assert row["pairwise"] == pytest.approx(AIRQUALITY["Ozone"].corr(AIRQUALITY["Temp"]))
    assert row["complete"] == pytest.approx(AIRQUALITY.dropna()["Ozone"].corr(AIRQUALITY.dropna()["Temp"]))
    assert row["imputed"] == pytest.approx(completed["Ozone"].corr(completed["Temp"]))
    assert (row["pairwise_rows"], row["complete_rows"]) == (116, 111)
    assert table["spread"].is_monotonic_decreasing
    three = row[["pairwise", "complete", "imputed"]]
    assert row["spread"] == pytest.approx(three.max() - three.min())
    assert row["pairwise_low"] < row["pairwise"] < row["pairwise_high"]


def test_each_choice_of_rows_uses_the_asked_method():
    completed = AIRQUALITY.fillna(AIRQUALITY.mean())
    row = correlation_by_rows(AIRQUALITY, completed, "spearman").set_index(["left", "right"]).loc[("Ozone", "Temp")]
    tables = {"pairwise": AIRQUALITY, "complete": AIRQUALITY.dropna(), "imputed": completed}
    expected = {name: table["Ozone"].corr(table["Temp"], method="spearman") for name, table in tables.items()}
    assert row[list(expected)].to_dict() == pytest.approx(expected)
