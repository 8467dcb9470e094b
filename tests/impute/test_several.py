"""Several completed tables: which method gives them, and how often their intervals hold the truth."""

import numpy as np
import pandas as pd
import pytest

from wrangler.impute import (
    ImputationError,
    completed_tables,
    holdout_coverage,
    make_imputer,
    method_for_draws,
    replacement_events,
)


@pytest.fixture(scope="module")
def related() -> pd.DataFrame:
    random = np.random.default_rng(0)
    x = random.normal(size=1500)
    frame = pd.DataFrame({"x": x, "y": x + random.normal(0, 0.5, 1500), "c": np.where(x > 0, "up", "down")})
    frame.loc[random.random(1500) < 0.2, "y"] = np.nan
    return frame


def test_one_table_comes_from_the_method_that_was_asked_for():
    assert method_for_draws("knn", {"neighbors": 3}, 1) == ("knn", {"neighbors": 3})


@pytest.mark.parametrize("method", ["auto", "pmm", "mice"])
def test_several_tables_come_from_multiple_imputation(method):
    assert method_for_draws(method, {}, 7) == ("mice", {"draws": 7})


@pytest.mark.parametrize(("method", "draws"), [("knn", 2), ("auto", 0), ("auto", 201)])
def test_draws_that_make_no_sense_are_refused(method, draws):
    with pytest.raises(ImputationError, match="draws: "):
        method_for_draws(method, {}, draws)


def test_a_table_is_completed_as_often_as_the_method_draws(related):
    assert len(completed_tables(make_imputer("mean"), related)) == 1
    tables = completed_tables(make_imputer("mice", draws=3, random_state=0), related)
    assert len(tables) == 3
    assert not tables[0].equals(tables[1])


def test_intervals_of_draws_from_enough_donors_hold_the_hidden_cells_as_often_as_they_should(related):
    imputer = make_imputer("mice", draws=20, donors=20, random_state=0)
    coverage = holdout_coverage(imputer, related, share=0.3, random_state=0)
    row = coverage.set_index("column").loc["y"]
    assert abs(row["coverage"] - 0.95) < 4 * np.sqrt(0.95 * 0.05 / row["cells"])
    assert 1.0 < row["width"] < 3.0


def test_a_method_without_draws_has_no_intervals(related):
    assert holdout_coverage(make_imputer("mean"), related).empty


def test_another_method_than_the_one_asked_for_is_reported():
    assert replacement_events("mice", "mice") == []
    assert "'mice'" in replacement_events("auto", "mice")[0].message
