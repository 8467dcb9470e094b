"""Levels that are drawn: their shares, whatever their number, and how they follow from the other columns."""

import numpy as np
import pandas as pd
import pytest

from wrangler.impute import make_imputer

NORMAL_AT = 4.0  # standard errors of simulation: a false alarm in 16,000 comparisons


@pytest.fixture(scope="module")
def many_levels() -> pd.DataFrame:
    """A hundred levels, the commonest of 5 %, which shift a number; 30 % of them missing completely at random."""
    random = np.random.default_rng(0)
    codes = random.choice(100, 5000, p=[0.05, *[0.95 / 99] * 99])
    x = random.normal(size=100)[codes] + random.normal(size=5000)
    level = pd.Series([f"level {code:02}" for code in codes]).mask(random.random(5000) < 0.3)
    return pd.DataFrame({"level": level, "x": x})


def share_of(filled: pd.Series, missing_mask: pd.Series, levels: list[str]) -> float:
    return float(filled[missing_mask].isin(levels).mean())


def test_many_levels_keep_their_shares_where_they_are_drawn(many_levels):
    missing_mask = many_levels["level"].isna()
    filled = make_imputer("pmm", random_state=0).fit_transform(many_levels)["level"]
    known = many_levels["level"].value_counts(normalize=True)
    for levels in (["level 00"], known.index[50:].tolist()):
        share = known[levels].sum()
        error = np.sqrt(share * (1 - share) * (1 / missing_mask.sum() + 2 / (~missing_mask).sum()))
        assert abs(share_of(filled, missing_mask, levels) - share) < NORMAL_AT * error


def test_pooled_levels_follow_from_the_other_columns(many_levels):
    missing_mask = many_levels["level"].isna()
    pooled = many_levels["level"].value_counts().index[50:]
    filled = make_imputer("pmm", random_state=0).fit_transform(many_levels)["level"]
    middle = many_levels.groupby("level")["x"].mean()
    drawn = missing_mask & filled.isin(pooled)
    assert np.corrcoef(filled[drawn].map(middle), many_levels["x"][drawn])[0, 1] > 0.4


def test_pooled_levels_are_reported(many_levels):
    imputer = make_imputer("pmm", random_state=0).fit(many_levels)
    events = [event for event in imputer.events_ if event.kind == "merged"]
    assert [event.column for event in events] == ["level"]
    assert events[0].message.startswith("59 levels of 'level'")


def test_a_level_of_one_row_is_drawn_as_rarely_as_it_was_seen():
    random = np.random.default_rng(1)
    level = pd.Series(random.choice(["a", "b"], 3000)).mask(random.random(3000) < 0.5)
    level[0] = "once"
    filled = make_imputer("mice", draws=20, random_state=0).fit(
        pd.DataFrame({"c": level, "x": random.normal(size=3000)})
    )
    tables = filled.transform_draws(pd.DataFrame({"c": level, "x": random.normal(size=3000)}))
    drawn = np.mean([(table["c"][level.isna()] == "once").sum() for table in tables])
    assert 0.2 < drawn < 4.0  # one expected in each table; the posterior of a share seen once is wide
