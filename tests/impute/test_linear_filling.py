"""The linear method fills by solving its equations: row by row, whatever else is in the table."""

import numpy as np
import pandas as pd
import pytest

from tests.campaign import short_or_whole
from tests.impute.test_model_methods import related
from wrangler.impute import LinearImputer, make_imputer


@pytest.fixture
def incomplete():
    return related(2000)[1]


def test_a_row_is_filled_alike_alone_and_among_others(incomplete):
    imputer = make_imputer("linear", random_state=0).fit(incomplete)
    some = incomplete.head(short_or_whole(210, len(incomplete)))
    whole = imputer.transform(some)
    parts = [imputer.transform(some.iloc[start : start + 7]) for start in range(0, len(some), 7)]
    pd.testing.assert_frame_equal(pd.concat(parts), whole, rtol=1e-9)


def test_the_number_of_threads_changes_nothing(incomplete, monkeypatch):
    monkeypatch.setattr("wrangler.impute.methods.linear.BLOCK", 100)
    one = make_imputer("linear", random_state=0).fit_transform(incomplete)
    two = make_imputer("linear", random_state=0, n_jobs=2).fit_transform(incomplete)
    pd.testing.assert_frame_equal(one, two, check_exact=True)


def test_many_missing_cells_in_a_row_satisfy_all_equations_at_once():
    random = np.random.default_rng(0)
    factors = random.normal(size=(3000, 2))
    complete = pd.DataFrame(factors @ random.normal(size=(2, 12)) + random.normal(0, 0.3, (3000, 12))).add_prefix("c")
    incomplete = complete.mask(random.random(complete.shape) < 0.5)
    imputer = LinearImputer(random_state=0).fit(incomplete)
    table, parts = imputer.transform(incomplete), imputer.fitted_.chain.features.parts
    inside = np.all([table[part.name].between(part.low, part.high, inclusive="neither") for part in parts], axis=0)
    scaled = [(table[part.name] - part.center) / part.spread for part in parts]
    matrix = np.column_stack([*scaled, np.ones(3000)])
    for number, equation in enumerate(imputer.fitted_.chain.equations):
        rows = inside & incomplete.iloc[:, number].isna().to_numpy()
        assert rows.sum() > 1000
        np.testing.assert_allclose(matrix[rows] @ equation.weights[:, 0], matrix[rows, number], atol=0.01)


def test_copied_columns_missing_together_stay_within_reason():
    random = np.random.default_rng(1)
    x = random.normal(size=500)
    frame = pd.DataFrame({"a": x, "b": x, "c": x + random.normal(0, 0.5, 500)})
    frame.loc[random.random(500) < 0.3, ["a", "b"]] = np.nan
    filled = LinearImputer(random_state=0).fit_transform(frame)
    missing_mask = frame["a"].isna()
    assert np.corrcoef(filled["a"][missing_mask], frame["c"][missing_mask])[0, 1] > 0.99
    assert filled["a"][missing_mask].std() < 1.2


def test_a_table_fitted_on_can_change_afterwards(incomplete):
    imputer = make_imputer("knn", random_state=0).fit(incomplete)
    before = imputer.transform(incomplete.head(50).copy())
    again = incomplete.head(50).copy()
    incomplete.loc[:, ["x", "line", "curve"]] = 0.0
    pd.testing.assert_frame_equal(imputer.transform(again), before)


def test_rounds_end_when_the_change_falls_below_the_tolerance(incomplete):
    convergence = LinearImputer(random_state=0, tolerance=0.02).fit(incomplete).convergence_
    assert convergence["iteration"].tolist() == list(range(1, len(convergence) + 1))
    assert convergence["change"].iloc[-1] < 0.02 <= convergence["change"].iloc[:-1].min()


def test_progress_reports_the_change_of_each_round(incomplete):
    seen = []
    imputer = LinearImputer(random_state=0, progress=seen.append).fit(incomplete)
    assert [messages.error for messages in seen if messages.iteration] == imputer.convergence_["change"].tolist()
