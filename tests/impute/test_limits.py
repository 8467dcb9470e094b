"""Bounds, steps and allowed sets of filled cells, against values worked by hand."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from wrangler.impute import METHODS, ImputationError, make_imputer

NAN = np.nan
SEED = 3


def constant(cells, value, **options):
    """The cells after filling with one value, and the events."""
    imputer = make_imputer("constant", value=value, **options)
    completed = imputer.fit_transform(pd.DataFrame({"a": cells}))
    return completed["a"].tolist(), [(event.kind, event.message) for event in imputer.events_]


@pytest.mark.parametrize(
    ("value", "bounds", "expected"),
    [
        (12, [0, 10], 8.0),
        (-3, [0, 10], 3.0),
        (25, [0, 10], 5.0),
        (12, [None, 10], 8.0),
        (-3, [0, None], 3.0),
        (7, [4, 4], 4.0),
        (1e300, [0, None], 1e300),
    ],
)
def test_numbers_are_reflected_into_their_bounds(value, bounds, expected):
    cells, _ = constant([50.0, NAN], value, bounds={"a": bounds}, bounds_policy="reflect")
    assert cells == [50.0, expected]


def test_reflections_are_counted():
    _, events = constant([1.0, NAN, NAN], 12, bounds={"a": [0, 10]}, bounds_policy="reflect")
    assert events == [("reflected", "2 filled cells of 'a' lay outside its bounds and were reflected into them.")]


@pytest.mark.parametrize(
    ("value", "step", "expected"), [(2.6, 1, 3.0), (2.6, 0.5, 2.5), (0.29, 0.1, 0.3), (1234, 100, 1200.0)]
)
def test_numbers_are_rounded_to_a_step(value, step, expected):
    cells, events = constant([0.25, NAN], value, round_to={"a": step})
    assert cells == [0.25, expected]
    assert events == [("rounded", f"1 filled cells of 'a' were rounded to multiples of {step:g}.")]


def test_rounding_never_leaves_the_bounds():
    cells, _ = constant([1.0, NAN], 9.9, round_to={"a": 4}, bounds={"a": [1, 11]})
    assert cells[1] == 8.0


@pytest.mark.parametrize(("value", "expected"), [(0.0, 4.0), (3.0, 4.0), (4.0, 4.0), (5.9, 4.0), (99.0, 8.0)])
def test_the_least_and_the_greatest_multiple_within_the_bounds_are_used(value, expected):
    assert constant([50.0, NAN], value, round_to={"a": 4}, bounds={"a": [1, 11]})[0][1] == expected


@pytest.mark.parametrize("policy", ["clip", "reflect"])
@pytest.mark.parametrize("value", [0.0, 10.0])
def test_a_value_on_a_bound_lies_within_it(policy, value):
    assert constant([5.0, NAN], value, bounds={"a": [0, 10]}, bounds_policy=policy) == ([5.0, value], [])


@pytest.mark.parametrize(("value", "expected"), [(-3, 0.0), (12, 10.0)])
def test_values_beyond_their_bounds_are_clipped_and_counted(value, expected):
    cells, events = constant([5.0, NAN, NAN], value, bounds={"a": [0, 10]})
    assert cells == [5.0, expected, expected]
    assert events == [("clipped", "2 filled cells of 'a' lay outside its bounds and were clipped.")]


def test_cells_that_are_multiples_already_are_not_counted_as_rounded():
    assert constant([1.0, NAN], 6.0, round_to={"a": 2}) == ([1.0, 6.0], [])


def test_allowed_values_on_a_bound_are_within_it():
    assert constant([5.0, NAN], 7, allowed={"a": [0, 10, 20]}, bounds={"a": [0, 10]})[0] == [5.0, 10.0]
    assert constant([5.0, NAN], 3, allowed={"a": [0, 10, -2]}, bounds={"a": [0, 10]})[0] == [5.0, 0.0]


def test_an_observed_cell_beyond_the_bounds_stays():
    assert constant([50.0, NAN], 5, bounds={"a": [0, 10]})[0] == [50.0, 5.0]


@pytest.mark.parametrize("pair", [[2, 1], [1], [1, 2, 3], "ab"])
def test_bounds_are_an_ascending_pair(pair):
    with pytest.raises(ImputationError, match="bounds: "):
        make_imputer("mean", bounds={"a": pair}).fit(pd.DataFrame({"a": [1.0, NAN]}))


def test_decimals_and_large_integers_are_rounded_too():
    assert constant([Decimal("1.25"), None], 2.6, round_to={"a": 0.5})[0][1] == Decimal("2.50")
    large = pd.array([2**60 + 1, None, 2**60 + 9], dtype="Int64")
    completed = make_imputer("mean", round_to={"a": 10}).fit_transform(pd.DataFrame({"a": large}))
    assert completed["a"].tolist()[1] % 10 == 0
    assert abs(completed["a"].tolist()[1] - (2**60 + 5)) <= 5


@pytest.mark.parametrize(("value", "expected"), [(3.4, 1.0), (3.6, 6.0), (3.5, 1.0), (99, 6.0), (-5, 1.0)])
def test_a_number_goes_to_the_nearest_allowed_one(value, expected):
    cells, events = constant([3.0, NAN], value, allowed={"a": [6, 1]})
    assert cells == [3.0, expected]
    assert [kind for kind, _ in events] == ["moved"]


def test_a_date_goes_to_the_nearest_allowed_one():
    dates = pd.to_datetime(["2024-01-01", None, "2024-01-09"])
    completed = make_imputer("mean", allowed={"a": ["2024-01-02", "2024-01-06"]}).fit_transform(
        pd.DataFrame({"a": dates})
    )
    assert completed["a"][1] == pd.Timestamp("2024-01-06")


def test_levels_that_are_not_allowed_are_replaced_and_counted():
    imputer = make_imputer("mode", allowed={"a": ["x", "y"]})
    completed = imputer.fit_transform(pd.DataFrame({"a": ["z", "z", "z", "x", "x", "y", None]}))
    assert completed["a"].tolist()[-1] == "x"
    assert imputer.events_[0].message.startswith("1 filled cells of 'a' were no allowed level")


def test_levels_of_which_none_was_ever_allowed_stay_missing():
    imputer = make_imputer("mode", allowed={"a": ["w"]})
    assert imputer.fit_transform(pd.DataFrame({"a": ["z", None]}))["a"].isna().tolist() == [False, True]
    assert [event.kind for event in imputer.events_] == ["refused", "skipped"]


def test_a_constant_that_is_allowed_is_kept_though_it_was_never_seen():
    assert constant(["x", None], "unknown", allowed={"a": ["x", "unknown"]})[0] == ["x", "unknown"]


def test_a_cell_that_may_not_be_carried_is_replaced():
    frame = pd.DataFrame({"a": ["x", None, "z", None]})
    assert make_imputer("ffill", allowed={"a": ["x"]}).fit_transform(frame)["a"].tolist() == ["x", "x", "z", "x"]


@pytest.mark.parametrize("method", list(METHODS))
def test_every_method_keeps_to_its_limits(method, mixed):
    imputer = make_imputer(
        method,
        random_state=SEED,
        bounds={"weight": [60, 70]},
        bounds_policy="reflect",
        round_to={"height": 5},
        allowed={"visits": [2, 7], "sex": ["female"], "grade": ["low", "high"], "seen": ["2024-02-01"]},
    )
    completed = imputer.fit_transform(mixed)
    filled = {name: set(completed[name][mixed[name].isna()].dropna()) for name in mixed}
    assert all(60 <= weight <= 70 for weight in filled["weight"])
    assert all(height % 5 == 0 for height in filled["height"])
    assert filled["visits"] <= {2, 7}
    assert filled["sex"] == {"female"}
    assert filled["grade"] <= {"low", "high"}
    assert filled["seen"] <= {pd.Timestamp("2024-02-01", tz="UTC")}


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"bounds_policy": "wrap"}, "bounds_policy: must be one of clip, reflect, not 'wrap'"),
        ({"round_to": {"c": 1}}, "round_to: there is no column 'c'"),
        ({"round_to": {"b": 1}}, "round_to: 'b' holds no plain numbers"),
        ({"round_to": {"a": 0}}, "round_to: 'a' needs a step above 0, such as 1 or 0.5, not 0"),
        ({"round_to": {"a": 10}, "bounds": {"a": [1, 9]}}, "no multiple of 10 lies within the bounds of 'a'"),
        ({"allowed": {"c": [1]}}, "allowed: there is no column 'c'"),
        ({"allowed": {"a": []}}, "allowed: 'a' needs a list"),
        ({"allowed": {"a": ["red"]}}, "allowed: 'red' is no value for 'a'"),
        ({"allowed": {"a": [None]}}, "allowed: None is no value for 'a'"),
        ({"allowed": {"b": [1]}}, "allowed: 1 is no value for 'b'"),
        ({"allowed": {"c": 1}}, "allowed: there is no column 'c'"),
        ({"allowed": {"a": [9]}, "bounds": {"a": [0, 1]}}, "no allowed value of 'a' lies within its bounds"),
        ({"allowed": ["a"]}, "allowed: give a mapping by column name"),
    ],
)
def test_limits_that_make_no_sense_are_refused_by_name(parameters, message):
    frame = pd.DataFrame({"a": [1.0, NAN], "b": ["x", None]})
    with pytest.raises(ImputationError, match=message):
        make_imputer("mean", **parameters).fit(frame)
