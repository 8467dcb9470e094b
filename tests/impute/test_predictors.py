"""Which columns may predict which."""

import numpy as np
import pandas as pd
import pytest

from wrangler.impute import METHODS, AutoImputer, UnsuitableTable, make_imputer

READERS = [name for name, info in METHODS.items() if info.imputer.reads_other_columns]


def related(rows: int = 300) -> pd.DataFrame:
    """`a` follows `good`, which `bad` contradicts; both are complete."""
    random = np.random.default_rng(0)
    good = random.normal(size=rows)
    frame = pd.DataFrame({"a": good, "b": good, "good": good, "bad": random.normal(size=rows)})
    return frame.assign(
        a=(10 * good).round(1).astype(float), b=(10 * frame["b"]).mask(np.arange(rows) % 5 == 1)
    ).assign(a=lambda made: made["a"].mask(np.arange(rows) % 5 == 0))


@pytest.mark.parametrize("method", READERS)
def test_a_column_that_may_not_predict_has_no_influence(method):
    frame = related()
    imputer = make_imputer(method, random_state=0, predictors={"a": ["bad"]})
    messages = imputer.fit_transform(frame)["a"]
    shuffled = frame.assign(good=frame["good"].to_numpy()[::-1], b=frame["b"].to_numpy()[::-1])
    pd.testing.assert_series_equal(messages, imputer.fit_transform(shuffled)["a"])


@pytest.mark.parametrize("method", READERS)
def test_other_columns_are_still_predicted_by_all(method):
    frame = related()
    imputer = make_imputer(method, random_state=0, predictors={"a": ["bad"]})
    named = make_imputer(method, random_state=0, predictors={"a": ["bad"], "b": ["a", "good", "bad"]})
    pd.testing.assert_series_equal(imputer.fit_transform(frame)["b"], named.fit_transform(frame)["b"])


def test_one_list_is_for_all_columns():
    frame = related()
    listed = make_imputer("linear", predictors=["good"]).fit_transform(frame)
    starred = make_imputer("linear", predictors={"*": ["good"]}).fit_transform(frame)
    pd.testing.assert_frame_equal(listed, starred)
    assert np.abs(listed["a"] - 10 * frame["good"]).max() < 0.5


def test_no_predictors_leave_the_fallback():
    completed = make_imputer("linear", predictors={"a": []}).fit_transform(related())
    assert len(set(completed["a"][related()["a"].isna()])) == 1


def test_predictors_hold_inside_groups_and_for_overridden_columns():
    frame = related().assign(g=["x", "y"] * 150)
    imputer = make_imputer("mean", predictors={"a": ["good"]}, group_by=["g"], per_column={"a": {"method": "linear"}})
    assert np.abs(imputer.fit_transform(frame)["a"] - 10 * frame["good"]).max() < 0.5
    assert "predictors have no influence on 'mean'." in [event.message for event in imputer.events_]


def test_the_race_is_run_for_each_set_of_predictors():
    imputer = AutoImputer(random_state=0, predictors={"a": ["good"]}).fit(related())
    assert sorted(imputer.race_.index) == ["a", "b"]


def test_a_predictor_that_cannot_be_read_is_reported():
    frame = related().assign(key=[f"k{row}" for row in range(300)])
    imputer = make_imputer("linear", predictors={"a": ["key", "good"]}).fit(frame)
    assert [event.kind for event in imputer.events_ if event.column == "a"] == ["ignored"]


@pytest.mark.parametrize(
    ("predictors", "message"),
    [
        ({"z": ["a"]}, "predictors: there is no column 'z'"),
        ({"a": ["z"]}, "predictors of 'a': there is no column 'z'"),
        ({"a": "b"}, "predictors: give a list of column names for 'a', not 'b'"),
        (["z"], r"predictors of '\*': there is no column 'z'"),
        (["bad"], r"predictors of '\*': 'bad' is excluded"),
    ],
)
def test_predictors_that_make_no_sense_are_refused_by_name(predictors, message):
    with pytest.raises(UnsuitableTable, match=message):
        make_imputer("linear", predictors=predictors, exclude=["bad"]).fit(related())
