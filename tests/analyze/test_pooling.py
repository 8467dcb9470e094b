"""Rubin's rules against mice, and what they are for."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from wrangler.analyze import AnalysisError, pool

pytestmark = pytest.mark.slow

TERMS = ["(Intercept)", "age", "bmi"]

# Made by R 4.2.2 with mice 3.15.0: five imputations of nhanes by `mice(nhanes, m = 5, seed = 1)`, in each of them the
# regression `lm(chl ~ age + bmi)`, then `pool` and `summary` with intervals.
ESTIMATES = [
    [19.9401154678, 23.9807193332, 5.07774903489],
    [-104.151431885, 35.5286380559, 8.91353915404],
    [-24.0121145296, 41.8406899996, 5.34256317904],
    [-21.7509682351, 31.4473714578, 5.95755187153],
    [44.647614722, 21.5712142509, 4.39507994071],
]
STANDARD_ERRORS = [
    [51.3329272493, 7.63466735564, 1.70092590268],
    [54.6042728336, 8.61026642386, 1.67242004318],
    [52.7432000233, 9.05096267455, 1.55124347552],
    [54.7952596872, 8.76328177487, 1.77936150416],
    [60.6794399263, 8.91634312625, 2.01812193955],
]
POOLED_BY_MICE = {
    "estimate": [-17.06535689204, 30.87372661949, 5.93729663604],
    "standard_error": [82.8627722791, 12.5309520930, 2.6011353568],
    "degrees_of_freedom": [5.23443279230, 5.73613682458, 5.44345902891],
    "p_value": [0.8446041366795, 0.0507107421626, 0.0670272460450],
    "low": [-227.233269318967, -0.133575862750, -0.588570248065],
    "high": [193.1025555349, 61.8810291017, 12.4631635201],
    "within": [3016.61121886486, 74.12820821359, 3.06708751459],
    "between": [3208.02317576643, 69.08046011974, 3.08234802484],
    "relative_increase": [1.27614317246, 1.11828619822, 1.20597068464],
    "missing_information": [0.667368264291, 0.635995430026, 0.654061471085],
}


def tables(values: list[list[float]]) -> pd.DataFrame:
    return pd.DataFrame(values, columns=TERMS)


@pytest.mark.parametrize("measure", POOLED_BY_MICE)
def test_pooled_figures_are_those_of_mice(measure):
    pooled = pool(tables(ESTIMATES), tables(STANDARD_ERRORS), complete_degrees_of_freedom=22)
    assert pooled[measure].tolist() == pytest.approx(POOLED_BY_MICE[measure], rel=1e-8)


def test_mappings_serve_as_well_as_tables():
    estimates = [dict(zip(TERMS, row, strict=True)) for row in ESTIMATES]
    errors = [dict(zip(TERMS, row, strict=True)) for row in STANDARD_ERRORS]
    assert pool(estimates, errors).equals(pool(tables(ESTIMATES), tables(STANDARD_ERRORS)))


def test_barnard_and_rubins_freedom_by_hand():
    old, observed = 2 / (4 / 7) ** 2, 21 / 23 * 20 * (1 - 4 / 7)
    estimates, errors = [{"a": value} for value in (1.0, 2.0, 3.0)], [{"a": 1.0}] * 3
    freedom = pool(estimates, errors, complete_degrees_of_freedom=20).loc["a", "degrees_of_freedom"]
    assert freedom == pytest.approx(old * observed / (old + observed))


def test_equal_estimates_lose_no_information():
    pooled = pool([{"a": 1.0}] * 3, [{"a": 0.5}] * 3, complete_degrees_of_freedom=50)
    assert pooled.loc["a", "standard_error"] == pytest.approx(0.5)
    assert pooled.loc["a", "relative_increase"] == 0
    assert pooled.loc["a", "degrees_of_freedom"] == pytest.approx(51 / 53 * 50)


def test_intervals_after_pooling_cover_and_those_of_one_filled_table_do_not():
    rng = np.random.default_rng(4)
    pooled_hits = single_hits = 0
    for _ in range(300):
        known = rng.normal(5, 2, 40)
        completed = []
        for _ in range(10):  # a proper draw: mean and variance are drawn before the 40 missing values
            variance = known.var(ddof=1) * 39 / rng.chisquare(39)
            drawn = rng.normal(rng.normal(known.mean(), np.sqrt(variance / 40)), np.sqrt(variance), 40)
            completed.append(np.r_[known, drawn])
        means = [{"mean": table.mean()} for table in completed]
        errors = [{"mean": table.std(ddof=1) / np.sqrt(80)} for table in completed]
        row = pool(means, errors, complete_degrees_of_freedom=79).loc["mean"]
        pooled_hits += row["low"] <= 5 <= row["high"]
        single_hits += abs(means[0]["mean"] - 5) <= 1.99 * errors[0]["mean"]
    assert 0.92 <= pooled_hits / 300 <= 0.98
    assert single_hits / 300 < 0.85


@pytest.mark.parametrize(
    ("estimates", "errors", "message"),
    [
        ([{"a": 1.0}], [{"a": 1.0}], "at least two"),
        ([{"a": 1.0}, {"a": 1.0}], [{"b": 1.0}, {"b": 1.0}], "tables and terms"),
        ([{"a": 1.0}, {"b": 1.0}], [{"a": 1.0}, {"b": 1.0}], "'a' is missing in some"),
        ([{"a": 1.0}, {"a": 1.0}], [{"a": -1.0}, {"a": 1.0}], "negative"),
    ],
)
def test_what_cannot_be_pooled_is_refused(estimates, errors, message):
    with pytest.raises(AnalysisError, match=message):
        pool(estimates, errors)


@pytest.mark.parametrize("place", ["estimate", "error"])
def test_a_term_that_one_table_lacks_is_refused_by_name(place):
    whole, partial = [{"a": 1.0, "b": 1.0}] * 2, [{"a": 1.0, "b": 1.0}, {"a": 1.0, "b": np.nan}]
    tables = (partial, whole) if place == "estimate" else (whole, partial)
    with pytest.raises(AnalysisError, match="'b' is missing in some"):
        pool(*tables)


@pytest.mark.parametrize("complete", [np.inf, 30.0])
def test_estimates_without_an_error_have_the_freedom_of_the_tables(complete):
    """Rubin (1987): with no variance within, m - 1; it was 0, and the interval NaN, with a complete freedom of 30."""
    pooled = pool([{"a": 1.0}, {"a": 2.0}], [{"a": 0.0}] * 2, complete_degrees_of_freedom=complete).loc["a"]
    error = np.sqrt(1.5 * 0.5)
    assert pooled["standard_error"] == pytest.approx(error)
    assert pooled["degrees_of_freedom"] == 1
    assert pooled["high"] == pytest.approx(1.5 + stats.t.ppf(0.975, 1) * error)
    assert pooled["p_value"] == pytest.approx(2 * stats.t.sf(1.5 / error, 1))
    assert pooled[["relative_increase", "missing_information"]].tolist() == [np.inf, 1]


@pytest.mark.parametrize(("value", "p_value"), [(2.0, 0.0), (0.0, 1.0)])
def test_an_estimate_that_nothing_makes_uncertain_is_one_value(value, p_value):
    pooled = pool([{"a": value}] * 3, [{"a": 0.0}] * 3, complete_degrees_of_freedom=30).loc["a"]
    assert pooled[["estimate", "low", "high"]].tolist() == [value] * 3
    assert pooled["p_value"] == p_value
    assert pooled["degrees_of_freedom"] == np.inf
    assert pooled[["relative_increase", "missing_information"]].tolist() == [0, 0]
