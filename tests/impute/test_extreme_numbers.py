"""Every method on columns whose squares, sums or ranges a float64 cannot hold."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from tests.hostile_numbers import COLUMNS, FLOATS, all_together, beside_others
from tests.impute.test_imputer_promises import assert_promises
from wrangler.impute import METHODS, compare_methods, holdout_coverage, holdout_score, make_imputer
from wrangler.impute.evaluation.metrics import root_mean_square

pytestmark = pytest.mark.slow

# auto runs the others in rounds: it takes as long as all of them, and is tried on the table of all columns alone.
PLAIN_METHODS = [method for method in METHODS if method != "auto"]
SLOW_METHODS = ("forest", "boosted", "state_space", "series")  # on fewer columns, for the time they take
FEW_KINDS = ("limits", "smallest", "one largest", "uint64 top")
WITHIN_THE_OBSERVED = ("mean", "median", "mode", "random", "ffill", "bfill", "interpolate", "pmm")


@pytest.mark.parametrize(
    ("method", "kind"),
    [(method, kind) for method in PLAIN_METHODS for kind in (FEW_KINDS if method in SLOW_METHODS else COLUMNS)],
)
def test_missing_cells_get_finite_numbers_and_observed_ones_stay(method, kind):
    frame = beside_others(kind)
    imputer = make_imputer(method, random_state=0)
    completed = imputer.fit_transform(frame)
    assert_promises(frame, completed, imputer)
    filled = completed["hostile"][frame["hostile"].isna()]
    if kind == "date limits" and method == "constant":
        assert filled.isna().all()  # there is no date to give
        return
    assert filled.notna().all()
    if kind != "date limits":
        assert np.isfinite(filled.astype(float)).all()
        if method in WITHIN_THE_OBSERVED:
            known = [cell for cell in frame["hostile"].dropna().tolist() if np.isfinite(float(cell))]
            slack = 1e-15 * abs(max(known, key=abs))  # what a mean of equal numbers may owe to rounding
            assert ((filled.astype(float) >= min(known) - slack) & (filled.astype(float) <= max(known) + slack)).all()


@pytest.mark.parametrize("method", PLAIN_METHODS)
@pytest.mark.parametrize("kind", FEW_KINDS)
def test_errors_on_hidden_cells_are_finite_or_have_a_reason(method, kind):
    frame = beside_others(kind)
    scores = holdout_score(make_imputer(method, random_state=0), frame, share=0.3, random_state=0)
    score = scores.set_index("column").loc["hostile"]
    assert np.isfinite(score["error"]) or score["note"].startswith("the error is larger")
    assert np.isfinite(score["ratio"])


def test_auto_fills_all_such_columns_at_once():
    frame = all_together()
    imputer = make_imputer("auto", random_state=0)
    completed = imputer.fit_transform(frame)
    assert_promises(frame, completed, imputer)
    assert completed.notna().all(axis=None)


@pytest.mark.parametrize("kind", FLOATS)
def test_intervals_of_draws_are_checked(kind):
    frame = beside_others(kind)
    coverage = holdout_coverage(make_imputer("mice", draws=3, random_state=0), frame, share=0.2, random_state=0)
    assert coverage["coverage"].between(0, 1).all()
    assert not np.isinf(coverage["width"]).any()


def test_methods_are_compared_on_them():
    frame = all_together()
    comparison = compare_methods(frame, ["mean", "linear", "knn"], random_state=0)
    assert comparison.failed == {}
    assert np.isfinite(comparison.ranking()["error"]).all()


@pytest.mark.parametrize("kind", COLUMNS)
def test_the_cost_is_estimated(kind):
    cost = make_imputer("linear", random_state=0).estimate(beside_others(kind))
    assert np.isfinite(cost.seconds)


def test_the_mean_of_the_largest_numbers_is_exact():
    largest = np.finfo(float).max
    frame = pd.DataFrame({"x": [largest, largest, np.nan, -largest, -largest], "y": [largest, np.nan, *[largest] * 3]})
    completed = make_imputer("mean").fit_transform(frame)
    assert completed["x"][2] == 0
    assert completed["y"][1] == largest


def test_ordinary_numbers_beside_the_largest_keep_their_digits():
    frame = pd.DataFrame({"x": [0.1, 0.1, 0.1, 1e-5, 1e308, np.nan]})
    for method in ("median", "mode"):
        assert make_imputer(method).fit_transform(frame)["x"][5] == 0.1


@pytest.mark.parametrize(
    ("dtype", "value"),
    [
        ("UInt8", 0), ("UInt8", 255), ("UInt16", 0), ("UInt32", 2**32 - 1), ("Int8", -128), ("Int8", 127),
        ("Int16", -(2**15)), ("Int32", 2**31 - 1), ("UInt64", 0), ("Int64", -(2**63)), ("Int64", 2**63 - 1),
        ("UInt64", 2**64 - 1),
    ],
)  # fmt: skip
@pytest.mark.parametrize("method", ["mean", "median", "mode", "random", "linear"])
def test_the_ends_of_a_type_can_be_filled_in(dtype, value, method):
    frame = pd.DataFrame({"x": pd.array([value] * 9 + [None], dtype=dtype), "y": np.arange(10.0)})
    assert make_imputer(method, random_state=0).fit_transform(frame)["x"][9] == value


def test_zero_is_a_constant_for_unsigned_numbers():
    frame = pd.DataFrame({"x": pd.array([3, None], dtype="UInt64"), "y": pd.array([3, None], dtype="UInt8")})
    assert make_imputer("constant").fit_transform(frame).loc[1].tolist() == [0, 0]


@pytest.mark.parametrize("method", ["mean", "median", "random"])
def test_unsigned_numbers_above_all_signed_ones_keep_their_digits(method):
    cells = [2**64 - 1 - 3 * n for n in range(9)]
    frame = pd.DataFrame({"x": pd.array([*cells, None], dtype="UInt64")})
    filled = int(make_imputer(method, random_state=0).fit_transform(frame)["x"][9])
    assert filled in cells if method == "random" else filled == 2**64 - 13


@pytest.mark.parametrize("method", ["ffill", "bfill"])
def test_infinite_cells_are_not_copied(method):
    frame = pd.DataFrame({"x": [1.0, np.inf, np.nan, -np.inf, 2.0]})
    completed = make_imputer(method).fit_transform(frame)["x"]
    assert completed.tolist() == [1.0, np.inf, 1.0 if method == "ffill" else 2.0, -np.inf, 2.0]


@pytest.mark.parametrize("step", [0.1, 1, 7.5, 1e-320])
def test_steps_do_not_overflow(step):
    largest = np.finfo(float).max
    frame = pd.DataFrame({"x": [largest, np.nan, largest]})
    assert make_imputer("mean", round_to={"x": step}).fit_transform(frame)["x"][1] == pytest.approx(largest)


@pytest.mark.parametrize("policy", ["clip", "reflect"])
def test_bounds_hold_at_both_ends(policy):
    frame = pd.DataFrame({"x": [1e308, -1e308, np.nan, 1e308], "y": [1e-320, 3e-320, np.nan, 1e-320]})
    bounds = {"x": [-1e307, 1e307], "y": [2e-320, 3e-320]}
    completed = make_imputer("mean", bounds=bounds, bounds_policy=policy).fit_transform(frame)
    for name, (low, high) in bounds.items():
        assert low <= completed[name][2] <= high


@pytest.mark.parametrize("scale", [2.0**1000, 2.0**-1000])
def test_root_mean_square_does_not_depend_on_the_unit(scale):
    errors = np.array([1.0, -2.0, 0.5])
    plain, found = root_mean_square(errors), root_mean_square(errors * scale)
    assert found.error == pytest.approx(plain.error * scale)
    assert found.spread == pytest.approx(plain.spread * scale)


def test_decimals_of_many_digits_are_filled():
    frame = pd.DataFrame({"x": [Decimal("1e30"), Decimal("-1e30"), Decimal("1e-30"), None]})
    assert make_imputer("median").fit_transform(frame)["x"][3] is not None


@pytest.mark.parametrize("method", PLAIN_METHODS)
def test_groups_without_the_largest_number_are_filled_by_their_own(method):
    random = np.random.default_rng(3)
    frame = pd.DataFrame({"group": ["large"] * 30 + ["small"] * 30, "x": random.normal(size=60)})
    frame["y"] = frame["x"] + random.normal(0, 0.1, 60)
    frame.loc[:29, "x"] *= 1e300
    frame.loc[[4, 11, 34, 41], "x"] = np.nan
    completed = make_imputer(method, group_by=["group"], random_state=0).fit_transform(frame)
    assert np.isfinite(completed["x"]).all()
    if method in {"mean", "median", "mode", "random", "ffill", "bfill", "interpolate"}:
        assert completed["x"][[34, 41]].abs().max() < 10
