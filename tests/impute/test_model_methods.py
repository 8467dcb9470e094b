"""Methods that read the other columns: linear, iterative, knn and auto."""

import numpy as np
import pandas as pd
import pytest
from sklearn.impute import KNNImputer as PeerKNN

from wrangler.impute import AutoImputer, holdout_score, make_imputer

MODELS = pytest.mark.parametrize("method", ["linear", "iterative", "knn", "auto"])


def related(rows: int = 400, seed: int = 0) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A complete table in which every column follows from the first, and the same with holes."""
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
    holed = complete.copy()
    for name in ("line", "curve", "level"):
        holed[name] = holed[name].mask(random.random(rows) < 0.2)
    return complete, holed


def error(complete: pd.DataFrame, filled: pd.DataFrame, holed: pd.DataFrame, name: str) -> float:
    holes = holed[name].isna()
    return float(np.sqrt(((complete[name] - filled[name])[holes] ** 2).mean()))


@MODELS
def test_a_line_is_found(method):
    complete, holed = related()
    filled = make_imputer(method, random_state=0).fit_transform(holed)
    assert error(complete, filled, holed, "line") < 0.5


@MODELS
def test_levels_follow_from_numbers(method):
    complete, holed = related()
    filled = make_imputer(method, random_state=0).fit_transform(holed)
    holes = holed["level"].isna()
    assert (filled["level"] == complete["level"])[holes].mean() > 0.85


@pytest.mark.parametrize("method", ["knn", "auto"])
def test_a_curve_is_followed(method):
    complete, holed = related()
    filled, straight = (make_imputer(name, random_state=0).fit_transform(holed) for name in (method, "linear"))
    assert error(complete, filled, holed, "curve") < 0.5 * error(complete, straight, holed, "curve")


@MODELS
def test_one_absurd_cell_does_not_move_the_other_columns(method):
    complete, holed = related()
    holed.loc[holed["curve"].notna().idxmax(), "curve"] = 1e6
    filled = make_imputer(method, random_state=0).fit_transform(holed)
    assert error(complete, filled, holed, "line") < 0.5


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
    holed = frame.mask(np.eye(3, dtype=bool)[random.integers(0, 3, 100)])
    filled = make_imputer(method, random_state=0).fit_transform(holed)
    assert np.abs(filled - frame).to_numpy().mean() < 0.05


def test_neighbours_agree_with_scikit_learn_on_complete_donors():
    random = np.random.default_rng(0)
    frame = pd.DataFrame(random.normal(size=(300, 3)), columns=list("abc"))
    frame["d"] = frame.sum(axis=1) ** 2
    frame = (frame - frame.mean()) / frame.std(ddof=0)
    holed = frame.assign(d=frame["d"].mask(random.random(300) < 0.1))
    ours = make_imputer("knn", neighbors=5, weights="uniform").fit_transform(holed)
    peer = PeerKNN(n_neighbors=5).fit_transform(holed)[:, 3]
    holes = holed["d"].isna()
    assert np.corrcoef(ours["d"][holes], peer[holes])[0, 1] > 0.95


def test_a_bounded_donor_sample_is_told():
    _, holed = related()
    imputer = make_imputer("knn", most_donors=50, random_state=0)
    imputer.fit_transform(holed)
    assert [event.message for event in imputer.events_ if event.kind == "sampled"] == [
        "Learnt from 50 of 400 rows, chosen at random."
    ]


def test_auto_shows_the_evidence_of_each_choice():
    _, holed = related()
    imputer = AutoImputer(random_state=0)
    imputer.fit_transform(holed)
    chosen = imputer.per_column_
    assert {"method", "filled", "reason", "error", "standard_error", "baseline_error"} <= set(chosen.columns)
    assert chosen.loc["curve", "method"] in {"knn", "boosted", "blend"}
    assert (chosen["error"] == imputer.race_.min(axis=1)[chosen.index]).all()
    assert (chosen["error"] <= chosen["baseline_error"]).all()


def test_auto_falls_back_to_the_baseline_on_noise():
    random = np.random.default_rng(0)
    noise = pd.DataFrame(random.normal(size=(300, 2)), columns=["a", "b"]).mask(random.random((300, 2)) < 0.2)
    imputer = AutoImputer(random_state=0)
    imputer.fit_transform(noise)
    assert (imputer.per_column_["error"] <= imputer.per_column_["baseline_error"]).all()


def test_auto_interpolates_a_series():
    hours = pd.date_range("2024-01-01", periods=500, freq="h", unit="us")
    wave = np.sin(np.arange(500) / 10)
    random = np.random.default_rng(0)
    frame = pd.DataFrame({"hour": hours, "wave": np.where(random.random(500) < 0.2, np.nan, wave)})
    imputer = AutoImputer(order_by="hour", random_state=0)
    imputer.fit_transform(frame)
    assert imputer.per_column_.loc["wave", "ratio"] < 0.05


def test_the_score_of_the_baseline_equals_the_baseline(mixed):
    scores = holdout_score(make_imputer("mean"), mixed, random_state=0).set_index("column")
    numbers = scores[scores["metric"] == "rmse"]
    np.testing.assert_allclose(numbers["ratio"], 1.0, atol=0.05)
    assert not scores.loc["sex", "beats_baseline"]


def test_a_good_method_beats_the_baseline_in_the_score(mixed):
    scores = holdout_score(make_imputer("linear"), mixed, random_state=0).set_index("column")
    assert scores.loc["height", "beats_baseline"]
    assert scores.loc["height", "ratio"] < 0.9
    assert scores.loc["height", "cells"] == round(mixed["height"].notna().sum() * 0.1)
    assert "key" not in scores.index


def test_the_score_is_the_same_for_the_same_seed(mixed):
    imputer = make_imputer("random", random_state=0)
    pd.testing.assert_frame_equal(
        holdout_score(imputer, mixed, random_state=5), holdout_score(imputer, mixed, random_state=5)
    )


def test_dates_are_scored_in_seconds(mixed):
    scores = holdout_score(make_imputer("linear"), mixed, random_state=0).set_index("column")
    assert scores.loc["seen", "baseline_error"] == pytest.approx(mixed["age"].std() * 3600 * 24, rel=0.4)


@pytest.mark.parametrize("share", [0, 1, -0.1, 2])
def test_a_share_that_is_no_share_is_refused(share, mixed):
    with pytest.raises(ValueError, match="share: must lie between 0 and 1"):
        holdout_score(make_imputer("mean"), mixed, share=share)


def test_a_table_of_which_nothing_is_known_has_no_scores():
    assert holdout_score(make_imputer("mean"), pd.DataFrame({"a": [np.nan] * 9})).empty
