"""Levels that are drawn: their shares, whatever their number, and how they follow from the other columns."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from wrangler.impute import make_imputer
from wrangler.impute.drawing.logit import fit_logit

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


def test_separated_levels_are_drawn_on_their_side():
    """A chance of less than 1 in 10,000 by binomial error if 5 % are wrong on average, as by R's mice (4.4 %)."""
    wrong = []
    for seed in range(10):
        random = np.random.default_rng(seed)
        x = random.normal(size=200)
        level = pd.Series(np.where(x > 0, "above", "below")).mask(random.random(200) < 0.3)
        filled = make_imputer("pmm", random_state=seed).fit_transform(pd.DataFrame({"c": level, "x": x}))["c"]
        wrong.append((filled != np.where(x > 0, "above", "below"))[level.isna()].mean())
    assert np.mean(wrong) < 0.09


def slopes(frame: pd.DataFrame, level: str) -> float:
    """The slope of a logit with one predictor, by Newton's method."""
    matrix = np.column_stack([np.ones(len(frame)), frame["x"]])
    outcome, weights = (frame["c"] == level).to_numpy(dtype=float), np.zeros(2)
    for _ in range(20):
        chances = expit(matrix @ weights)
        curvature = (matrix * (chances * (1 - chances))[:, None]).T @ matrix
        weights = weights + np.linalg.solve(curvature, matrix.T @ (outcome - chances))
    return float(weights[1])


@pytest.mark.parametrize(("constant", "slope"), [(0.0, 1.5), (-3.5, 1.0)])
def test_drawn_levels_keep_the_slope_of_their_logit(constant, slope):
    """On skewed predictors, for a common and a rare level; a false alarm in 16,000."""
    found, complete = [], []
    for seed in range(12):
        random = np.random.default_rng(seed)
        x = random.exponential(size=2000)
        level = pd.Series(np.where(random.random(2000) < expit(constant + slope * x), "yes", "no"))
        frame = pd.DataFrame({"c": level.mask(random.random(2000) < 0.4), "x": x})
        found.append(slopes(make_imputer("pmm", random_state=seed).fit_transform(frame), "yes"))
        complete.append(slopes(frame.assign(c=level), "yes"))
    apart = np.subtract(found, complete)
    assert abs(apart.mean()) < NORMAL_AT * apart.std(ddof=1) / np.sqrt(len(apart)) + 0.03 * slope


def test_a_logit_agrees_with_scikit_learn():
    """Three levels and four predictors: weights as by LogisticRegression without a penalty, within 0.3 standard errors
    (the added rows are a faint prior)."""
    random = np.random.default_rng(0)
    matrix = np.column_stack([random.normal(size=(2500, 4)), np.ones(2500)])
    scores = matrix @ random.normal(size=(5, 3))
    truth = (scores + random.gumbel(size=(2500, 3))).argmax(axis=1)
    logit = fit_logit(matrix, np.arange(2500), truth, np.arange(5), 0.0, np.zeros((5, 3)))
    peer = LogisticRegression(C=np.inf, tol=1e-8).fit(matrix[:, :4], truth)
    weights = np.hstack([peer.coef_, peer.intercept_[:, None]])
    errors = np.sqrt(np.diag(np.linalg.inv(logit.factor @ logit.factor.T))).reshape(2, 5)
    assert (np.abs(logit.weights - (weights[1:] - weights[0])) < 0.3 * errors).all()


def test_rows_kept_by_level_leave_the_weights_as_they_are():
    """Of 40,000 rows all of the rare level and some of the other: within 4 standard errors of the true weights."""
    random = np.random.default_rng(0)
    matrix = np.column_stack([random.normal(size=(40_000, 2)), np.ones(40_000)])
    truth = (random.random(40_000) < expit(matrix @ [1.0, -0.5, -5.0])).astype(np.intp)
    logit = fit_logit(matrix, np.arange(40_000), truth, np.arange(3), 0.0, np.zeros((3, 2)))
    errors = np.sqrt(np.diag(np.linalg.inv(logit.factor @ logit.factor.T)))
    assert len(logit.sample.rows) < 4000
    assert (np.abs(logit.scores()[:, 1] - logit.scores()[:, 0] - [1.0, -0.5, -5.0]) < NORMAL_AT * errors).all()
