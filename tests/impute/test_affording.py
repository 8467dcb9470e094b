"""What a time budget affords of several methods."""

from time import monotonic

import pytest

from wrangler.impute import METHODS, Progress
from wrangler.impute.context import start_deadline
from wrangler.impute.errors import Unaffordable
from wrangler.impute.selection.time_budget import Watch, by_cost


def watch_after(seconds, runs=2, budget=20.0):
    return Watch(start_deadline(budget), runs, lambda _: None, began=monotonic() - seconds)


def test_a_method_is_ended_when_a_part_of_its_run_shows_that_it_takes_too_long():
    with pytest.raises(Unaffordable, match=r"about 100 s of the 20 s left, as its first 5\.0 s showed"):
        watch_after(5).receive(Progress(0.1, "growing"))


def test_a_method_that_fits_goes_on():
    watch_after(5).receive(Progress(0.6, "growing"))


def test_nothing_is_concluded_from_the_first_moments():
    watch_after(0.5).receive(Progress(0.0001, "growing"))


def test_a_method_whose_time_is_up_is_ended_however_far_it_is():
    with pytest.raises(Unaffordable, match="about 21 s of the 20 s left"):
        watch_after(21, runs=1).receive(Progress(0.99, "growing"))


def test_a_method_whose_first_run_took_more_than_its_share_does_not_begin_the_next():
    with pytest.raises(Unaffordable, match="about 38 s of the 20 s left"):
        watch_after(19).has_run()


def test_a_last_run_that_took_too_long_is_not_thrown_away():
    watch_after(21, runs=1).has_run()


def test_without_a_budget_no_method_is_ended():
    watch_after(1e6, budget=None).receive(Progress(0.0001, "growing"))


def test_the_plain_methods_are_the_cheapest_and_the_race_costs_most():
    order = sorted(METHODS, key=by_cost)

    assert order[0] == "mean"
    assert order.index("linear") < order.index("boosted") < order.index("forest")
    assert order[-1] == "auto"
