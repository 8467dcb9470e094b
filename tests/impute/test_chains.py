"""Chains of draws: that they forget where they started, and how it is seen when they do not."""

import numpy as np
import pandas as pd
import pytest

from wrangler.impute import make_imputer
from wrangler.impute.drawing import r_hat, r_hat_by_chance


def lost_together(seed: int, rows: int = 300) -> pd.DataFrame:
    """Three columns with correlations of .95, of which 40 % of the rows lose all."""
    random = np.random.default_rng(seed)
    numbers = np.sqrt(0.95) * random.normal(size=(rows, 1)) + np.sqrt(0.05) * random.normal(size=(rows, 3))
    frame = pd.DataFrame(numbers, columns=["a", "b", "c"])
    frame[random.random(rows) < 0.4] = np.nan
    return frame.assign(z=random.normal(size=rows))


@pytest.mark.parametrize(("sweeps", "samples"), [(5, 24), (60, 8)])
def test_columns_lost_together_keep_spread_and_correlation_however_many_sweeps(sweeps, samples):
    """Ratios of SDs have a standard error of .06 for each sample; the bounds are 4 of them away from .97 and more."""
    ratios, correlations, between = [], [], []
    for seed in range(samples):
        frame = lost_together(seed)
        missing_mask = frame["a"].isna()
        imputer = make_imputer("mice", draws=5, sweeps=sweeps, random_state=seed).fit(frame)
        tables = imputer.transform_draws(frame)
        ratios += [table["a"][missing_mask].std() / frame["a"].std() for table in tables]
        correlations += [table.loc[missing_mask, "a"].corr(table.loc[missing_mask, "b"]) for table in tables]
        between.append(np.var([table["a"].mean() for table in tables], ddof=1))
    assert 0.97 - 4 * 0.06 / samples**0.5 < np.mean(ratios) < 1.03 + 4 * 0.06 / samples**0.5
    assert 0.92 < np.mean(correlations) < 0.96
    # .0022 by Rubin (1987); a variance of five draws has a relative error of .71
    assert 0.0022 * (1 - 4 * 0.71 / samples**0.5) < np.mean(between) < 0.0022 * (1 + 4 * 0.71 / samples**0.5)


def test_r_hat_agrees_with_its_definition_on_chains_worked_by_hand():
    """Two chains that never meet: with ranks 1 to 4 and 5 to 8 the halves differ by far more than within them."""
    apart = np.array([[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]])
    scores = np.array([-1.4342, -0.8523, -0.4728, -0.1526])  # of (rank - 3/8) / 8.25, by R's qnorm
    halves = np.array([scores[:2], scores[2:], -scores[:1:-1], -scores[1::-1]])
    expected = np.sqrt(0.5 + halves.mean(axis=1).var(ddof=1) / halves.var(axis=1, ddof=1).mean())
    assert r_hat(apart) == pytest.approx(expected, abs=2e-3)


@pytest.mark.parametrize(("chains", "sweeps"), [(5, 5), (20, 5), (5, 20)])
def test_r_hat_of_independent_draws_exceeds_the_bound_as_rarely_as_stated(chains, sweeps):
    """At most 5 %, 4 standard errors of 1,000 tables granted; not much less, or slow chains would be overlooked."""
    random = np.random.default_rng(0)
    bound = r_hat_by_chance(chains, sweeps, 0.05)
    share = np.mean([r_hat(random.normal(size=(chains, sweeps))) > bound for _ in range(1000)])
    assert 0.02 < share < 0.08


def test_chains_that_have_not_mixed_are_reported():
    random = np.random.default_rng(0)
    shared = random.normal(size=400)
    frame = pd.DataFrame(shared[:, None] + 0.02 * random.normal(size=(400, 3)), columns=["a", "b", "c"])
    frame["b"] = frame["b"].mask(np.arange(400) >= 40)
    frame["c"] = frame["c"].mask(np.arange(400) >= 40)
    frame["a"] = frame["a"].mask(np.arange(400) >= 30)
    imputer = make_imputer("mice", draws=10, sweeps=12, random_state=0).fit(frame)
    assert imputer.r_hat_["column"].tolist() == ["a", "b", "c"]
    assert "not_converged" in [event.kind for event in imputer.events_ if "R-hat" in event.message]


def test_chains_that_have_mixed_are_not_reported():
    """At most one of 30 tables, by the stated rate of 1 % a false alarm in 30 such tests."""
    alarms = 0
    for seed in range(30):
        random = np.random.default_rng(seed)
        x = random.normal(size=(200, 1))
        frame = pd.DataFrame(x + random.normal(size=(200, 4)), columns=list("abcd")).mask(
            random.random((200, 4)) < 0.15
        )
        events = make_imputer("mice", random_state=seed).fit(frame).events_
        alarms += any("R-hat" in event.message for event in events)
    assert alarms <= 1


def test_one_draw_has_no_chains_to_compare():
    frame = lost_together(0)
    assert make_imputer("mice", draws=1, random_state=0).fit(frame).r_hat_["mean"].isna().all()
