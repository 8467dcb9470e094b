"""Skewed columns are read as their normal scores where that finds hidden cells with less error."""

import numpy as np
import pandas as pd
import pytest

from wrangler.impute import LinearImputer


def scored_columns(frame: pd.DataFrame) -> set[str]:
    parts = LinearImputer(random_state=0).fit(frame).fitted_.chain.features.parts
    return {part.name for part in parts if part.knots}


@pytest.fixture
def latent():
    random = np.random.default_rng(0)
    return random.normal(size=(2000, 2)) @ np.array([[1, 0, 1], [0, 1, 1]]) + random.normal(0, 0.2, (2000, 3))


@pytest.fixture
def curved(latent):
    return pd.DataFrame(latent, columns=["a", "b", "c"]).assign(c=np.exp(latent[:, 2]))


def test_the_exponential_of_a_straight_relation_is_scored(curved):
    assert scored_columns(curved) == {"c"}


def test_skewed_columns_in_proportion_to_each_other_are_left(latent):
    a = np.exp(latent[:, 0])
    random = np.random.default_rng(1)
    frame = pd.DataFrame({"a": a, "b": 2 * a + random.normal(0, 0.1, 2000), "c": latent[:, 2]})
    assert scored_columns(frame) == set()


def test_symmetric_columns_are_not_tried(latent):
    assert scored_columns(pd.DataFrame(latent, columns=["a", "b", "c"])) == set()


def test_scored_cells_follow_the_curve_within_the_observed_range(curved):
    incomplete = curved.assign(c=curved["c"].mask(np.random.default_rng(2).random(2000) < 0.2))
    filled, missing_mask = LinearImputer(random_state=0).fit_transform(incomplete)["c"], incomplete["c"].isna()
    assert filled.between(incomplete["c"].min(), incomplete["c"].max()).all()
    wrong = np.log(filled / curved["c"])[missing_mask]
    assert wrong.std() < 0.3 * np.log(curved["c"])[missing_mask].std()
