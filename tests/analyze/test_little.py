"""Little's test against a published example, under MCAR, under MAR, and where it cannot be done."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from tests.analyze.tables import AIRQUALITY
from tests.campaign import short_or_whole
from wrangler.analyze import little_test

pytestmark = pytest.mark.slow


def correlated(rng: np.random.Generator, rows: int = 300, columns: int = 4) -> np.ndarray:
    return rng.multivariate_normal(np.zeros(columns), 0.5 + 0.5 * np.eye(columns), rows)


def named(values: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(values, columns=[f"c{place}" for place in range(values.shape[1])])


def test_the_published_figures_for_air_quality_come_out():
    """Those of `mcar_test(airquality)` in naniar for R, as its own tests/testthat/test-mcar-test.R holds them:
    35.1061288689702, 14, 0.00141778113856683 and 4 patterns.
    """
    result = little_test(AIRQUALITY)
    assert result.statistic == pytest.approx(35.1061, abs=1e-3)
    assert result.degrees_of_freedom == 14
    assert result.p_value == pytest.approx(0.0014178, abs=1e-6)
    assert result.patterns == 4
    assert "not missing completely at random" in result.conclusion


def test_p_values_are_uniform_when_cells_are_missing_at_random():
    rng = np.random.default_rng(2)
    p_values = []
    for _ in range(short_or_whole(60, 1_000)):
        values = correlated(rng)
        values[rng.random(values.shape) < 0.1] = np.nan
        p_values.append(little_test(named(values)).p_value)
    assert stats.kstest(p_values, "uniform").pvalue > 0.01


def lognormal_completely_at_random(rng: np.random.Generator) -> pd.DataFrame:
    values = np.exp(correlated(rng, 150))
    values[rng.random(values.shape) < 0.15] = np.nan
    return named(values)


def test_long_tails_alone_do_not_speak_against_mcar():
    """5 % of lognormal tables, within four standard errors; Little's own p-value rejects 11 to 14 % of the like."""
    rng, samples = np.random.default_rng(4), short_or_whole(40, 1_000)
    results = [little_test(lognormal_completely_at_random(rng)) for _ in range(samples)]
    reach = 4 * np.sqrt(0.05 * 0.95 / samples)
    assert np.mean([result.rank_p_value < 0.05 for result in results]) == pytest.approx(0.05, abs=reach)
    assert np.mean([result.rejects_mcar for result in results]) <= 0.05 + reach


def test_where_only_the_normal_test_rejects_the_conclusion_says_so():
    rng = np.random.default_rng(5)
    results = (little_test(lognormal_completely_at_random(rng)) for _ in range(100))
    result = next(result for result in results if result.p_value < 0.05 <= result.rank_p_value)
    assert not result.rejects_mcar
    assert result.conclusion.endswith("With long tails it rejects too often.")


def test_missingness_of_lognormal_columns_that_follows_another_is_found_on_ranks():
    rng = np.random.default_rng(6)
    values = np.exp(correlated(rng))
    values[np.log(values[:, 1]) > rng.normal(0.5, 0.5, len(values)), 0] = np.nan
    assert little_test(named(values)).rank_p_value < 0.001


def test_the_rank_test_does_not_depend_on_the_scale_of_a_column():
    assert little_test(AIRQUALITY.assign(Ozone=np.log(AIRQUALITY["Ozone"]))).rank_statistic == pytest.approx(
        little_test(AIRQUALITY).rank_statistic
    )


def test_missingness_that_follows_another_column_is_found():
    rng = np.random.default_rng(3)
    values = correlated(rng)
    values[values[:, 1] > rng.normal(0.5, 0.5, len(values)), 0] = np.nan
    result = little_test(named(values))
    assert result.rejects_mcar
    assert "cannot decide" in result.conclusion


def test_the_unit_and_the_order_of_columns_do_not_matter():
    rescaled = AIRQUALITY[AIRQUALITY.columns[::-1]] * [1e6, 1e-6, 3, -2, 1, 40] + 1e5
    assert little_test(rescaled).statistic == pytest.approx(little_test(AIRQUALITY).statistic, rel=1e-4)


def test_columns_that_repeat_others_or_hold_no_numbers_are_left_out_and_named():
    frame = AIRQUALITY.assign(twice=AIRQUALITY["Temp"] * 2, constant=1.0, empty=np.nan, text="a")
    result = little_test(frame)
    assert set(result.left_out) == {"twice", "constant", "empty", "text"}
    assert result.statistic == pytest.approx(35.1061, abs=1e-3)


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (pd.DataFrame({"a": [1.0, None] * 20}), "two number columns"),
        (pd.DataFrame({"a": range(40), "b": np.arange(40.0) % 7}), "nothing is missing"),
        (AIRQUALITY.head(10), "at least 20 rows"),
        (
            named(np.where(np.random.default_rng(0).random((50, 20)) < 0.5, np.nan, 1) * np.arange(50)[:, None]),
            "too many",
        ),
        (pd.DataFrame(), "two number columns"),
    ],
    ids=["one column", "complete", "few rows", "many patterns", "nothing"],
)
def test_where_the_test_means_nothing_it_is_refused_with_the_reason(frame, reason):
    result = little_test(frame)
    assert not result.was_done
    assert not result.rejects_mcar
    assert reason in result.conclusion


def test_a_long_table_is_sampled_by_its_seed_and_reports_it(monkeypatch):
    monkeypatch.setattr("wrangler.analyze.little._MOST_ROWS", 100)
    first, second = (little_test(AIRQUALITY, random_state=4) for _ in range(2))
    assert first == second
    assert first.notes[0] == "The test used 100 rows drawn at random."
