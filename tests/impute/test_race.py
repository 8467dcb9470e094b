"""Races: who takes part, who leaves early, what there is no time for, and how answers are mixed."""

import time

import numpy as np
import pandas as pd
import pytest

from wrangler.impute import AutoImputer
from wrangler.impute.context import Deadline
from wrangler.impute.selection.blend import blend_weights, blended
from wrangler.impute.selection.time_budget import Lap, Pace, within

pytestmark = pytest.mark.slow


def related(rows: int) -> pd.DataFrame:
    random = np.random.default_rng(0)
    x = random.normal(size=rows)
    frame = pd.DataFrame({"x": x, "y": 2 * x + random.normal(0, 0.1, rows)})
    return frame.mask(random.random(frame.shape) < 0.2)


def panel(groups: int, days: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Series of several stations, their rows interleaved, far apart in level; and the same with missing cells."""
    random = np.random.default_rng(0)
    day = np.repeat(np.arange(days), groups)
    station = np.tile(np.arange(groups), days)
    level = 1000.0 * station + np.sin(day / 5)
    whole = pd.DataFrame({"station": station.astype(str), "day": day, "level": level})
    return whole, whole.assign(level=whole["level"].mask(random.random(len(whole)) < 0.2))


def pace(fitting: float, filling: float, most_rows: int | None = None) -> Pace:
    """Of one lap on a hundred rows."""
    return Pace((Lap(100, 1, fitting, filling),), most_rows)


def test_the_clearly_worse_do_not_run_on_more_rows():
    stages = []
    imputer = AutoImputer(random_state=0, progress=lambda messages: stages.append(messages.stage)).fit(related(3000))
    assert any("round 1, trying median" in stage for stage in stages)
    assert any("round 2, trying linear" in stage for stage in stages)
    assert not any("round 2, trying median" in stage for stage in stages)
    assert "left early as clearly worse: median" in imputer.fitted_.choices["y"].outcome.reason


def test_forests_race_on_small_tables_only():
    assert "forest" in AutoImputer(random_state=0).fit(related(300)).race_
    assert "forest" not in AutoImputer(random_state=0, race_rows=300).fit(related(5001)).race_


def test_a_forest_that_won_fills_a_larger_table():
    random = np.random.default_rng(0)
    x = random.uniform(-3, 3, 500)
    frame = pd.DataFrame({"x": x, "y": np.sign(np.sin(4 * x))}).mask(random.random((500, 2)) < [0, 0.2])
    imputer = AutoImputer(random_state=0).fit(frame)
    assert imputer.transform(pd.concat([frame] * 11, ignore_index=True))["y"].notna().all()


def test_series_are_read_only_when_an_order_is_given():
    _, incomplete = panel(1, 300)
    assert not {"series", "interpolate"} & set(AutoImputer(random_state=0).fit(incomplete).race_)
    assert {"series", "interpolate"} <= set(AutoImputer(random_state=0, order_by="day").fit(incomplete).race_)


def test_small_groups_keep_their_series_to_themselves():
    whole, incomplete = panel(30, 40)
    imputer = AutoImputer(random_state=0, order_by="day", group_by=["station"])
    filled = imputer.fit_transform(incomplete)
    assert not imputer.fitted_by_group_
    assert (filled["level"] - whole["level"]).abs().max() < 1


def test_groups_that_were_not_fitted_are_filled_without_their_series():
    _, incomplete = panel(30, 40)
    imputer = AutoImputer(random_state=0, order_by="day", group_by=["station"]).fit(incomplete)
    other = incomplete.assign(station="new")
    assert imputer.transform(other)["level"].notna().all()


def test_the_order_itself_is_no_series():
    random = np.random.default_rng(0)
    frame = pd.DataFrame({"t": np.arange(400.0), "y": np.arange(400.0) + random.normal(0, 5, 400)})
    imputer = AutoImputer(random_state=0, order_by="t").fit(frame.mask(random.random((400, 2)) < 0.1))
    assert not {"series", "interpolate"} & set(imputer.race_.loc["t"].dropna().index)


def test_what_there_was_no_time_for_is_reported(mixed):
    imputer = AutoImputer(time_budget_seconds=0)
    imputer.fit_transform(mixed)
    assert "no time for: median" in imputer.per_column_.loc["weight", "reason"]


def test_no_choice_is_worse_than_the_baseline_by_more_than_chance(mixed):
    imputer = AutoImputer(random_state=0)
    imputer.fit_transform(mixed)
    chosen = imputer.per_column_.dropna(subset=["error"])
    assert (chosen["error"] <= chosen["baseline_error"] + chosen["standard_error"]).all()


def test_methods_that_do_not_fit_in_the_budget_are_not_started():
    paces = {"quick": pace(0.1, 0.1), "slow": pace(10.0, 0.1), "lazy": pace(0.1, 10.0)}
    deadline = Deadline(20.0, time.monotonic() + 20.0)
    late = within(deadline, paces, 1000, frozenset())
    assert set(late) == {"slow", "lazy"}
    assert late["lazy"].startswith("filling 1,000 rows was estimated to take up to 150 s")


def test_the_quickest_methods_have_the_budget_first():
    paces = {"second": pace(8.0, 0.1), "first": pace(6.0, 0.1)}
    deadline = Deadline(15.0, time.monotonic() + 15.0)
    assert set(within(deadline, paces, 100, frozenset())) == {"second"}
    assert not within(deadline, paces, 100, {"first"})


def test_fitting_on_a_bounded_sample_takes_no_longer_on_more_rows():
    assert pace(1.0, 1.0, most_rows=200).to_fit(1000) == pace(1.0, 1.0).to_fit(200)


def test_two_runs_show_what_more_rows_take():
    twice = pace(1.0, 1.0).and_then(Lap(500, 1, 1.4, 5.0))
    assert twice.to_fit(1000) == pytest.approx(1.5 * 1.9)
    assert twice.to_fill(1000) == pytest.approx(1.5 * 10.0)


def test_a_blend_gives_more_weight_to_the_smaller_error():
    random = np.random.default_rng(0)
    truth = random.normal(size=500)
    weights = blend_weights(truth, {"good": truth + random.normal(0, 0.2, 500), "bad": random.normal(0, 3, 500)})
    assert weights == {"good": 1.0}


def test_a_few_cells_hardly_move_the_weights_of_equals():
    random = np.random.default_rng(0)
    truth = random.normal(size=20)
    near = truth + random.normal(0, 1, 20)
    weights = blend_weights(truth, {"a": near + random.normal(0, 0.1, 20), "b": near + random.normal(0, 0.1, 20)})
    assert sum(weights.values()) == pytest.approx(1)
    assert weights["a"] == pytest.approx(0.5, abs=0.2)


def test_a_cell_that_only_some_methods_predict_is_filled_by_these():
    predictions = {"a": np.array([1.0, np.nan, np.nan]), "b": np.array([3.0, 5.0, np.nan])}
    np.testing.assert_allclose(blended({"a": 0.5, "b": 0.5}, predictions), [2.0, 5.0, np.nan])


def test_what_stands_in_when_filling_is_late_is_reported_with_its_own_error(mixed):
    imputer = AutoImputer(random_state=0, time_budget_seconds=3600).fit(mixed)
    imputer.time_budget_seconds = 0
    filled = imputer.transform(mixed)
    messages = imputer.per_column_.loc["weight"]
    assert filled["weight"][mixed["weight"].isna()].to_numpy() == pytest.approx(mixed["weight"].mean())
    assert messages["method"] == "mean"
    assert messages["error"] == messages["baseline_error"]
    assert messages["reason"].startswith("the time budget ran out before")
