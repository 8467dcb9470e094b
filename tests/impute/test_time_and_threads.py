"""Time budgets, threads, and how iterative methods converge."""

import threading

import pandas as pd
import pytest

from wrangler.impute import METHODS, Cancelled, InvalidOptions, UnsuitableTable, make_imputer

EVERY_METHOD = pytest.mark.parametrize("method", list(METHODS))
ITERATIVE = pytest.mark.parametrize("method", ["linear", "iterative", "pmm", "mice"])
SEED = 3


@EVERY_METHOD
def test_a_time_budget_of_nothing_still_fills_the_table(method, mixed):
    imputer = make_imputer(method, random_state=SEED, time_budget_seconds=0)
    completed = imputer.fit_transform(mixed)
    known = make_imputer(method, random_state=SEED).fit_transform(mixed)
    assert completed.isna().sum().to_dict() == known.isna().sum().to_dict()
    messages = {event.kind for event in imputer.events_}
    assert ("stopped" in messages) == (method != "constant")


def test_what_was_stopped_names_the_fallback(mixed):
    imputer = make_imputer("boosted", time_budget_seconds=0)
    imputer.fit_transform(mixed)
    assert imputer.per_column_.loc["weight", ["method", "reason"]].tolist() == ["median", "'boosted' gave no value"]
    assert "Fitting 'boosted' was stopped: the time budget of 0 s ran out." in [e.message for e in imputer.events_]


def test_automatic_choice_without_time_is_the_baseline(mixed):
    imputer = make_imputer("auto", time_budget_seconds=0)
    completed = imputer.fit_transform(mixed)
    plain = make_imputer("mean").fit_transform(mixed)
    pd.testing.assert_frame_equal(completed[["height", "weight"]], plain[["height", "weight"]])
    assert set(imputer.per_column_["method"]) == {"mean", "mode", "none"}


@EVERY_METHOD
def test_an_ample_time_budget_changes_nothing(method, mixed):
    ample = make_imputer(method, random_state=SEED, time_budget_seconds=3600).fit_transform(mixed)
    pd.testing.assert_frame_equal(ample, make_imputer(method, random_state=SEED).fit_transform(mixed))


@EVERY_METHOD
def test_threads_change_neither_cells_nor_events(method, mixed):
    many, one = (
        make_imputer(method, random_state=SEED, n_jobs=jobs, predictors={"weight": ["age", "height"]})
        for jobs in (3, None)
    )
    pd.testing.assert_frame_equal(many.fit_transform(mixed), one.fit_transform(mixed))
    assert many.events_ == one.events_
    pd.testing.assert_frame_equal(many.per_column_, one.per_column_)
    pd.testing.assert_frame_equal(many.convergence_, one.convergence_)


@EVERY_METHOD
def test_progress_never_goes_back_on_threads(method, mixed):
    fractions = []
    make_imputer(
        method, n_jobs=3, predictors={"weight": ["age"]}, progress=lambda messages: fractions.append(messages.fraction)
    ).fit_transform(mixed)
    assert fractions == sorted(fractions)


def test_threads_are_used(mixed):
    seen = set()
    make_imputer("boosted", n_jobs=2, progress=lambda _: seen.add(threading.get_ident())).fit(mixed)
    assert len(seen) > 1


def test_a_callback_stops_work_on_threads(mixed):
    with pytest.raises(Cancelled):
        make_imputer("boosted", n_jobs=2, progress=lambda messages: "trees" not in messages.stage).fit(mixed)


@ITERATIVE
def test_rounds_end_at_the_tolerance(method, mixed):
    imputer = make_imputer(method, random_state=SEED, tolerance=0.05).fit(mixed)
    last = imputer.convergence_.groupby("equations").last()
    assert (last["change"] < 0.05).all()
    assert (last["iteration"] < 20).all()


@ITERATIVE
def test_rounds_that_end_too_early_are_reported(method, mixed):
    imputer = make_imputer(method, random_state=SEED, max_iter=1, tolerance=0).fit(mixed)
    assert (imputer.convergence_["iteration"] == 1).all()
    assert "not_converged" in {event.kind for event in imputer.events_}


def test_methods_without_rounds_have_no_convergence(mixed):
    assert make_imputer("mean").fit(mixed).convergence_.empty


@pytest.mark.parametrize("jobs", [0, -2, 1.5, True, "2"])
def test_numbers_of_threads_that_make_no_sense_are_refused(jobs, mixed):
    with pytest.raises(UnsuitableTable, match="n_jobs: must be a number of threads"):
        make_imputer("mean", n_jobs=jobs).fit(mixed)


def test_a_negative_time_budget_is_refused():
    with pytest.raises(InvalidOptions, match="/time_budget_seconds: must be at least 0, not -1"):
        make_imputer("mean", time_budget_seconds=-1)
