"""Methods that read the other columns."""

import numpy as np
import pandas as pd
import pytest
from sklearn.impute import KNNImputer as PeerKNN

from wrangler.impute import AutoImputer, make_imputer

MODELS = pytest.mark.parametrize("method", ["linear", "iterative", "knn", "boosted", "forest", "auto"])


def related(rows: int = 400, seed: int = 0) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A complete table in which every column follows from the first, and the same with missing cells."""
    random = np.random.default_rng(seed)
    x = random.normal(size=rows)
    complete = pd.DataFrame(
        {
            "x": x,
            "line": 3 * x + random.normal(0, 0.1, rows) + 100,
            "curve": x**2 + random.normal(0, 0.1, rows),
            "level": np.where(x > 0.3, "high", "low"),
        }
    )
    incomplete = complete.copy()
    for name in ("line", "curve", "level"):
        incomplete[name] = incomplete[name].mask(random.random(rows) < 0.2)
    return complete, incomplete


def error(complete: pd.DataFrame, filled: pd.DataFrame, incomplete: pd.DataFrame, name: str) -> float:
    missing_mask = incomplete[name].isna()
    return float(np.sqrt(((complete[name] - filled[name])[missing_mask] ** 2).mean()))


@MODELS
def test_a_line_is_found(method):
    complete, incomplete = related()
    filled = make_imputer(method, random_state=0).fit_transform(incomplete)
    assert error(complete, filled, incomplete, "line") < 0.5


@MODELS
def test_levels_follow_from_numbers(method):
    complete, incomplete = related()
    filled = make_imputer(method, random_state=0).fit_transform(incomplete)
    missing_mask = incomplete["level"].isna()
    assert (filled["level"] == complete["level"])[missing_mask].mean() > 0.85


@pytest.mark.parametrize("method", ["knn", "boosted", "forest", "auto"])
def test_a_curve_is_followed(method):
    complete, incomplete = related()
    filled, straight = (make_imputer(name, random_state=0).fit_transform(incomplete) for name in (method, "linear"))
    assert error(complete, filled, incomplete, "curve") < 0.5 * error(complete, straight, incomplete, "curve")


@pytest.mark.parametrize("method", ["linear", "boosted", "forest"])
def test_levels_along_a_slanted_line_are_distinguished_on_few_rows(method):
    random = np.random.default_rng(0)
    frame = pd.DataFrame(random.normal(size=(150, 5)), columns=list("abcde"))
    complete = frame.assign(level=np.where(frame.sum(axis=1) > 0, "above", "below"))
    incomplete = complete.assign(level=complete["level"].mask(random.random(150) < 0.3))
    filled = make_imputer(method, random_state=0).fit_transform(incomplete)
    assert (filled["level"] == complete["level"])[incomplete["level"].isna()].mean() > 0.9


@MODELS
def test_one_absurd_cell_does_not_move_the_other_columns(method):
    complete, incomplete = related()
    incomplete.loc[incomplete["curve"].notna().idxmax(), "curve"] = 1e6
    filled = make_imputer(method, random_state=0).fit_transform(incomplete)
    assert error(complete, filled, incomplete, "line") < 0.5


@MODELS
def test_more_columns_than_rows_are_filled(method):
    random = np.random.default_rng(0)
    wide = pd.DataFrame(random.normal(size=(12, 40))).add_prefix("c").mask(random.random((12, 40)) < 0.2)
    assert make_imputer(method, random_state=0).fit_transform(wide).notna().all(axis=None)


@MODELS
def test_identical_columns_fill_each_other(method):
    random = np.random.default_rng(0)
    x = random.normal(size=100)
    frame = pd.DataFrame({"a": x, "b": x, "c": x})
    incomplete = frame.mask(np.eye(3, dtype=bool)[random.integers(0, 3, 100)])
    filled = make_imputer(method, random_state=0).fit_transform(incomplete)
    assert (filled - frame).abs().to_numpy().mean() < 0.05


def test_neighbours_agree_with_scikit_learn_on_complete_donors():
    random = np.random.default_rng(0)
    frame = pd.DataFrame(random.normal(size=(300, 3)), columns=list("abc"))
    frame["d"] = frame.sum(axis=1) ** 2
    frame = (frame - frame.mean()) / frame.std(ddof=0)
    incomplete = frame.assign(d=frame["d"].mask(random.random(300) < 0.1))
    ours = make_imputer("knn", neighbors=5, weights="uniform").fit_transform(incomplete)
    peer = PeerKNN(n_neighbors=5).fit_transform(incomplete)[:, 3]
    missing_mask = incomplete["d"].isna()
    assert np.corrcoef(ours["d"][missing_mask], peer[missing_mask])[0, 1] > 0.95


def test_a_bounded_donor_sample_is_reported():
    _, incomplete = related()
    imputer = make_imputer("knn", most_donors=50, random_state=0)
    imputer.fit_transform(incomplete)
    assert [event.message for event in imputer.events_ if event.kind == "sampled"] == [
        "Fitted on 50 of 400 rows, chosen at random."
    ]


def test_a_forest_estimates_its_error_out_of_bag():
    complete, incomplete = related()
    imputer = make_imputer("forest", random_state=0)
    filled = imputer.fit_transform(incomplete)
    messages = imputer.per_column_["oob_error"]
    assert messages["curve"] == pytest.approx(error(complete, filled, incomplete, "curve"), rel=0.5)
    missing_mask = incomplete["level"].isna()
    assert messages["level"] == pytest.approx((filled["level"] != complete["level"])[missing_mask].mean(), abs=0.1)


def test_auto_shows_the_evidence_of_each_choice():
    _, incomplete = related()
    imputer = AutoImputer(random_state=0)
    imputer.fit_transform(incomplete)
    chosen = imputer.per_column_
    assert {"method", "filled", "reason", "error", "standard_error", "baseline_error"} <= set(chosen.columns)
    assert chosen.loc["curve", "method"] in {"knn", "boosted", "blend"}
    assert (chosen["error"] < chosen["baseline_error"]).all()


def test_auto_falls_back_to_the_baseline_on_noise():
    random = np.random.default_rng(0)
    noise = pd.DataFrame(random.normal(size=(300, 2)), columns=["a", "b"]).mask(random.random((300, 2)) < 0.2)
    imputer = AutoImputer(random_state=0)
    imputer.fit_transform(noise)
    assert (imputer.per_column_["method"] == "mean").all()


def test_auto_interpolates_a_series():
    hours = pd.date_range("2024-01-01", periods=500, freq="h", unit="us")
    wave = np.sin(np.arange(500) / 10)
    random = np.random.default_rng(0)
    frame = pd.DataFrame({"hour": hours, "wave": np.where(random.random(500) < 0.2, np.nan, wave)})
    imputer = AutoImputer(order_by="hour", random_state=0)
    imputer.fit_transform(frame)
    assert imputer.per_column_.loc["wave", "ratio"] < 0.05


def test_a_number_complete_while_fitting_is_filled_later_as_well_as_an_incomplete_one():
    complete, incomplete = related()
    imputer = make_imputer("knn", random_state=0).fit(incomplete.assign(curve=complete["curve"]))
    assert error(complete, imputer.transform(incomplete), incomplete, "curve") < 0.6


@pytest.mark.parametrize("method", ["forest", "boosted", "knn", "pmm", "auto"])
@pytest.mark.parametrize("size", [1e-200, 1e-30, 2.0**64, 1e45, 1e200])
def test_numbers_of_any_size_are_filled(method, size):
    frame = pd.DataFrame({"a": [0.0] * 13 + [size, np.nan], "b": [*range(14), 14]})
    completed = make_imputer(method, random_state=3).fit_transform(frame)
    assert 0 <= completed["a"].iloc[-1] <= size


def test_levels_that_occur_once_do_not_hinder_the_trees_of_many_rows():
    random = np.random.default_rng(0)
    number = random.normal(size=1500)
    level = np.where(number > 0, "high", "low").astype(object)
    level[:2], level[2:200] = ["once", "twice"], None
    completed = make_imputer("boosted", random_state=0).fit_transform(pd.DataFrame({"x": number, "c": level}))
    assert (completed["c"][2:200] == np.where(number[2:200] > 0, "high", "low")).mean() > 0.9


def test_the_donor_that_equals_a_row_counts_most():
    frame = pd.DataFrame({"x": [0.0, *np.linspace(0.2, 1.0, 60), 0.0], "y": [-5.0, *np.full(60, 5.0), np.nan]})
    filled = {
        weights: make_imputer("knn", neighbors=10, corrected=False, weights=weights).fit_transform(frame)["y"].iloc[-1]
        for weights in ("distance", "uniform")
    }
    assert filled["uniform"] == pytest.approx(4.0)
    assert filled["distance"] < 3.5
