"""Whether observed columns predict where a cell is missing."""

import numpy as np
import pandas as pd
import pytest

from wrangler.analyze import missingness_predictors

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
