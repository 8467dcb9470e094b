"""`estimate` estimates the cost of every method on every table that `fit_transform` takes."""

import numpy as np
import pandas as pd
import pytest

from wrangler.impute import METHODS, UnsuitableTable, make_imputer

pytestmark = pytest.mark.slow


def table(rows, columns=5):
    random = np.random.default_rng(0)
    shared = random.normal(size=rows)
    made = {f"x{number}": shared + random.normal(size=rows) for number in range(columns)}
    frame = pd.DataFrame(made).mask(random.random((rows, columns)) < 0.2)
    frame["level"] = pd.Series(random.choice(["a", "b", None], rows)).astype("category")
    frame["team"] = np.arange(rows) % 3
    frame["step"] = np.arange(rows)
    return frame


def is_estimated(cost):
    return cost.seconds > 0 and cost.bytes > 0


@pytest.mark.parametrize("method", METHODS)
def test_every_method_estimates_its_cost_within_a_range(method):
    cost = make_imputer(method).estimate(table(300))

    assert is_estimated(cost)
    assert cost.seconds_range[0] <= cost.seconds <= cost.seconds_range[1]
    assert cost.bytes_range[0] <= cost.bytes <= cost.bytes_range[1]
    assert "300 rows" in cost.reason


@pytest.mark.parametrize("method", ["mean", "interpolate", "linear", "knn", "pmm"])
def test_a_much_larger_table_costs_more(method):
    large = make_imputer(method).estimate(table(500_000))
    small = [make_imputer(method).estimate(table(500)) for _ in range(3)]  # a busy machine may make one look dear

    assert large.seconds > min(cost.seconds for cost in small)
    assert large.bytes > min(cost.bytes for cost in small)


def test_fitting_on_more_rows_costs_more():
    few, many = (make_imputer("knn", most_donors=rows).estimate(table(200_000)) for rows in (1_000, 100_000))

    assert many.bytes > few.bytes


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("method", ["auto", "mean", "linear", "knn", "forest", "state_space"])
def test_the_cost_of_tiny_tables_is_estimated_too(method, rows):
    assert is_estimated(make_imputer(method).estimate(table(rows)))


def test_a_column_of_which_all_is_missing_is_no_obstacle():
    assert is_estimated(make_imputer("linear").estimate(table(100).assign(x0=np.nan)))


def test_a_wide_table_is_estimated_from_some_of_its_columns_and_less_surely():
    cost = make_imputer("linear").estimate(table(100, columns=1_000))

    assert "columns" in cost.reason
    assert cost.seconds_range[1] > 2 * cost.seconds


def growth(method):
    """By how much more ten times as many columns cost."""
    narrow, wide = (make_imputer(method).estimate(table(300, columns=columns)) for columns in (40, 400))
    return wide.seconds / narrow.seconds


def test_draws_grow_faster_with_the_columns_than_neighbours():
    """They solve a system as wide as the table for each column; neighbours are searched once for all columns.

    It is long because both are estimated on two tables, by runs.
    """
    assert growth("pmm") > 3 * growth("knn")


def test_columns_that_other_methods_fill_are_added():
    plain = make_imputer("mean").estimate(table(2_000))
    given = make_imputer("mean", per_column={"x0": {"method": "knn"}}).estimate(table(2_000))

    assert given.bytes > plain.bytes
    assert "'knn'" in given.reason


@pytest.mark.parametrize("options", [{"group_by": ["team"]}, {"order_by": "step"}, {"predictors": ["x0", "x1"]}])
def test_groups_an_order_and_predictors_are_kept(options):
    assert is_estimated(make_imputer("auto", **options).estimate(table(150)))


def test_a_time_budget_bounds_the_time():
    cost = make_imputer("mean", time_budget_seconds=0.001).estimate(table(50_000))

    assert cost.seconds <= 0.002


def test_the_cost_of_an_array_is_estimated_as_well():
    assert is_estimated(make_imputer("mean").estimate(np.array([[1.0, np.nan], [2.0, 3.0]])))


def test_the_cost_of_what_cannot_be_fitted_cannot_be_estimated():
    with pytest.raises(UnsuitableTable, match="nobody"):
        make_imputer("mean", columns=["nobody"]).estimate(table(10))


def test_neither_imputer_nor_table_is_changed():
    imputer, frame = make_imputer("linear"), table(200)
    before, parameters = frame.copy(), imputer.get_params()

    imputer.estimate(frame)

    pd.testing.assert_frame_equal(frame, before)
    assert imputer.get_params() == parameters
    assert not hasattr(imputer, "plan_")
