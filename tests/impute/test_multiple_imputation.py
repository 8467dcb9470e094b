"""Draws and their pooling."""

import numpy as np
import pandas as pd
import pytest

from benchmarks.imputing.coverage import MODELS, study
from tests.impute.tables import people
from wrangler.analyze import pool
from wrangler.impute import MiceImputer, PMMImputer
from wrangler.impute.evaluation import ampute


def test_matched_cells_are_observed_ones():
    complete = people()
    incomplete = complete.assign(
        **{name: complete[name].mask(np.arange(len(complete)) % 4 == 0) for name in ("y", "n")}
    )
    filled = PMMImputer(random_state=0).fit_transform(incomplete)
    for name in ("y", "n"):
        assert (filled[name].isin(incomplete[name].dropna())).mean() > 0.99


def test_matching_keeps_the_spread_that_a_mean_would_lose():
    complete = people(2000)
    incomplete = ampute(complete, columns=["y"], share=0.4, random_state=0)
    filled = PMMImputer(random_state=0).fit_transform(incomplete)
    assert filled["y"].std() == pytest.approx(complete["y"].std(), rel=0.1)


def test_levels_are_drawn_in_their_proportions():
    complete = people(2000)
    incomplete = ampute(complete, columns=["c"], share=0.4, random_state=0)
    filled = PMMImputer(random_state=0).fit_transform(incomplete)
    assert (filled["c"] == "up").mean() == pytest.approx((complete["c"] == "up").mean(), abs=0.03)


def test_draws_differ_only_in_filled_cells():
    incomplete = ampute(people(), columns=["y", "c"], random_state=0)
    imputer = MiceImputer(draws=3, random_state=0).fit(incomplete)
    first, second, third = imputer.transform_draws(incomplete)
    pd.testing.assert_frame_equal(first, imputer.transform(incomplete))
    assert not second["y"].equals(third["y"])
    known = incomplete["y"].notna()
    assert second["y"][known].equals(third["y"][known])


def test_every_chain_leaves_a_trace_of_its_drawn_cells():
    complete = people(1000).assign(seen=lambda frame: pd.Timestamp("2024-05-01") + pd.to_timedelta(frame["x"], "D"))
    incomplete = ampute(complete, columns=["y", "c", "seen"], random_state=0)
    traces = MiceImputer(draws=3, sweeps=4, random_state=0).fit(incomplete).traces_
    assert len(traces) == 3 * 4 * 3
    means = traces.groupby("column")["mean"].mean()
    assert means["y"] == pytest.approx(complete["y"].mean(), rel=0.2)
    assert means["c"] == pytest.approx(0.5, abs=0.1)
    assert pd.Timestamp(means["seen"], unit="s") == pytest.approx(pd.Timestamp("2024-05-01"), abs=pd.Timedelta("6h"))
    assert traces.groupby("column")["mean"].std().gt(0).all()


def test_draws_vary_by_what_is_not_known_of_the_equations():
    random = np.random.default_rng(0)
    x = random.normal(size=2000)
    incomplete = pd.DataFrame({"x": x, "y": np.where(np.arange(2000) < 40, x + random.normal(size=2000), np.nan)})
    tables = MiceImputer(draws=20, random_state=0).fit(incomplete).transform_draws(incomplete)
    means = [table["y"].mean() for table in tables]
    assert 0.5 * 40**-0.5 < np.std(means) < 2 * 40**-0.5


def test_pooled_draws_are_less_certain_than_complete_cells():
    complete = people(400)
    complete["y"] = np.log(complete["y"])
    incomplete = ampute(complete, columns=["y"], share=0.5, mechanism="MAR", random_state=1)
    imputer = MiceImputer(draws=10, random_state=0).fit(incomplete)
    tables = list(imputer.transform_draws(incomplete))
    means, errors = [{"y": table["y"].mean()} for table in tables], [{"y": table["y"].sem()} for table in tables]
    pooled = pool(means, errors, complete_degrees_of_freedom=len(incomplete) - 1, level=0.99).loc["y"]
    assert pooled["standard_error"] ** 2 > pooled["within"] + pooled["between"]
    assert pooled["low"] < complete["y"].mean() < pooled["high"]


@pytest.mark.slow
def test_pooled_intervals_hold_the_truth_and_those_of_a_single_draw_do_not():
    """It is long because coverage needs repeated samples."""
    rows = list(study(60, 5, MODELS[:1]))
    covered = {
        method: np.mean([row.covered for row in rows if row.method == method]) for method in ("pooled", "one draw")
    }
    assert 0.91 < covered["pooled"] < 0.985
    assert covered["one draw"] < 0.89
