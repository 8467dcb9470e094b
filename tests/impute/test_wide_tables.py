"""Tables of very many columns: all regressions at once, which err no more than one by one."""

import numpy as np
import pandas as pd
import pytest

from wrangler.impute import LinearImputer, make_imputer

pytestmark = pytest.mark.slow


def wide(columns: int, rows: int, share: float = 0.1) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Columns that follow a few factors, every tenth a category; and the same with missing cells."""
    random = np.random.default_rng(0)
    numbers = random.normal(size=(rows, 5)) @ random.normal(size=(5, columns)) / 2 + random.normal(size=(rows, columns))
    whole = pd.DataFrame(numbers).add_prefix("c")
    for name in whole.columns[::10]:
        whole[name] = pd.Categorical(np.where(whole[name] > 0, "high", "low"))
    return whole, whole.mask(random.random(whole.shape) < share)


def errors(whole: pd.DataFrame, incomplete: pd.DataFrame, filled: pd.DataFrame) -> tuple[float, float]:
    """Root mean squared error in standard deviations, and share of wrong levels."""
    numbers, levels = whole.select_dtypes("number").columns, whole.select_dtypes("category").columns
    squares = ((filled[numbers] - whole[numbers]) / whole[numbers].std()) ** 2
    wrong = filled[levels].astype(str) != whole[levels].astype(str)
    missing_mask = incomplete.isna().to_numpy()
    return (
        float(np.sqrt(squares.to_numpy()[missing_mask[:, whole.columns.isin(numbers)]].mean())),
        float(wrong.to_numpy()[missing_mask[:, whole.columns.isin(levels)]].mean()),
    )


@pytest.mark.parametrize("share", [0.1, 0.4])
def test_all_at_once_has_no_larger_error_than_one_by_one(share, monkeypatch):
    whole, incomplete = wide(80, 500, share)
    found = []
    for most_one_by_one in (1000, 10):
        monkeypatch.setattr("wrangler.impute.linear_model.chained_fit.WIDE", most_one_by_one)
        found.append(LinearImputer(random_state=0).fit_transform(incomplete))
    one_by_one, at_once = (errors(whole, incomplete, filled) for filled in found)
    assert at_once[0] < 1.01 * one_by_one[0]
    assert at_once[1] < one_by_one[1] + 0.02
    numbers = whole.select_dtypes("number").columns
    apart = (found[0][numbers] - found[1][numbers]) / whole[numbers].std()
    assert np.sqrt((apart**2).to_numpy().mean()) < 0.15


def test_a_table_of_more_columns_than_rows_is_filled_from_its_rows():
    whole, incomplete = wide(300, 100)
    error, wrong = errors(whole, incomplete, make_imputer("linear", random_state=0).fit_transform(incomplete))
    assert error < 0.9
    assert wrong < 0.4


def test_a_row_of_a_wide_table_is_filled_alike_alone():
    _, incomplete = wide(110, 200)
    imputer = LinearImputer(random_state=0).fit(incomplete)
    whole = imputer.transform(incomplete)
    parts = [imputer.transform(incomplete.iloc[start : start + 40]) for start in range(0, 200, 40)]
    pd.testing.assert_frame_equal(pd.concat(parts), whole, rtol=1e-9)


def test_categories_of_a_wide_table_follow_from_numbers():
    whole, incomplete = wide(150, 500)
    _, wrong = errors(whole, incomplete, LinearImputer(random_state=0).fit_transform(incomplete))
    assert wrong < 0.3


def test_neighbours_found_for_all_columns_at_once_are_trusted_alike(monkeypatch):
    whole, incomplete = wide(60, 500)
    found = []
    for most_one_by_one in (1000, 10):
        monkeypatch.setattr("wrangler.impute.methods.knn.WIDE", most_one_by_one)
        imputer = make_imputer("knn", random_state=0).fit(incomplete)
        trust = np.mean([residuals.slope for residuals in imputer.fitted_.residuals.values()])
        found.append((trust, *errors(whole, incomplete, imputer.transform(incomplete))))
    assert found[1] == pytest.approx(found[0], abs=0.03)


@pytest.fixture
def table_too_wide_for_trees(monkeypatch):
    """With a limit that is passed by a table that is filled in a moment."""
    monkeypatch.setattr("wrangler.impute.selection.candidates.MOST_CELLS_OF_TREES", 1_500_000)
    return wide(70, 400)


def test_trees_do_not_race_where_columns_are_too_many(table_too_wide_for_trees):
    """It is long because the other methods do race on so wide a table."""
    whole, incomplete = table_too_wide_for_trees
    imputer = make_imputer("auto", random_state=0)
    error, wrong = errors(whole, incomplete, imputer.fit_transform(incomplete))
    assert {"linear", "knn"} <= set(imputer.race_)
    assert not {"boosted", "forest"} & set(imputer.race_)
    assert "no time for: boosted and forest (trees for 70 columns" in imputer.per_column_.loc["c1", "reason"]
    assert error < 0.9
    assert wrong < 0.3


def test_trees_race_for_the_few_incomplete_columns(table_too_wide_for_trees):
    whole, incomplete = table_too_wide_for_trees
    imputer = make_imputer("auto", random_state=0).fit(whole.assign(c1=incomplete["c1"]))
    assert "boosted" in imputer.race_
