"""What every method of the registry promises, on generated tables. A new method joins by registering."""

import io
from dataclasses import dataclass
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from sklearn.base import clone

from tests.campaign import short_or_whole
from tests.impute.generated_tables import tables
from wrangler.impute import METHODS, Cancelled, UnsuitableTable, make_imputer

EVERY_METHOD = pytest.mark.parametrize("method", list(METHODS))
generated = settings(
    max_examples=short_or_whole(6, 200), suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
SEED = 3


@dataclass(frozen=True)
class Filling:
    """A table that a method has filled, and what it reported meanwhile."""

    imputer: Any
    completed: pd.DataFrame
    seen: list[Any]


_filled: dict[str, Filling] = {}


@pytest.fixture
def filling(method: str, mixed: pd.DataFrame) -> Filling:
    """Of each method one, which several tests look at and none changes."""
    if method not in _filled:
        seen: list[Any] = []
        imputer = make_imputer(method, random_state=SEED, progress=seen.append)
        completed = imputer.fit_transform(mixed)
        _filled[method] = Filling(imputer.set_params(progress=None), completed, seen)
    return _filled[method]


def bits(column: pd.Series) -> list[object]:
    """Cells in a form in which 0.0 and -0.0 differ and NaN equals NaN."""
    if column.dtype.kind == "f" and isinstance(column.dtype, np.dtype):
        return column.to_numpy().view(f"u{column.dtype.itemsize}").tolist()
    return [
        ("missing",) if missing else (type(cell).__name__, repr(cell))
        for cell, missing in zip(column, column.isna(), strict=True)
    ]


def assert_promises(frame: pd.DataFrame, completed: pd.DataFrame, imputer) -> None:
    pd.testing.assert_index_equal(frame.index, completed.index)
    pd.testing.assert_index_equal(frame.columns, completed.columns)
    assert frame.dtypes.tolist() == completed.dtypes.tolist()
    for name in frame:
        known = frame[name].notna().to_numpy()
        assert bits(frame[name][known]) == bits(completed[name][known])
    filled = frame.isna() & completed.notna()
    assert (imputer.mask_.to_numpy() == filled.to_numpy()).all()
    messages = {event.column for event in imputer.events_ if event.kind in {"skipped", "refused"}}
    left = [name for name in completed if completed[name].isna().any()]
    assert set(left) <= messages
    incomplete = [name for name in frame if frame[name].isna().any()]
    assert sorted(imputer.per_column_.index) == sorted(incomplete)
    assert imputer.per_column_["filled"].to_dict() == filled[incomplete].sum().to_dict()


@pytest.mark.slow
@EVERY_METHOD
@given(frame=tables())
@generated
def test_only_missing_cells_are_filled_and_what_stays_is_reported(method, frame):
    before = frame.copy(deep=True)
    imputer = make_imputer(method, random_state=SEED)
    completed = imputer.fit_transform(frame)
    assert_promises(before, completed, imputer)
    for name in frame:
        assert bits(frame[name]) == bits(before[name])


@pytest.mark.slow
@EVERY_METHOD
@given(frame=tables())
@generated
def test_the_same_seed_gives_the_same_table(method, frame):
    imputer = make_imputer(method, random_state=SEED)
    first = imputer.fit_transform(frame)
    pd.testing.assert_frame_equal(first, clone(imputer).fit(frame).transform(frame))


@pytest.mark.slow
@EVERY_METHOD
@given(frame=tables(), column=st.integers(0, 4))
@generated
def test_promises_hold_inside_groups_and_along_an_order(method, frame, column):
    group = frame.columns[min(column, frame.shape[1] - 1)]
    assume(not any(isinstance(cell, list) for cell in frame[group]))
    ordered = [name for name in frame if name.startswith(("float", "date", "Int64"))]
    imputer = make_imputer(method, random_state=SEED, group_by=[group], order_by=ordered[0] if ordered else None)
    assert_promises(frame, imputer.fit_transform(frame), imputer)


@pytest.mark.slow
@EVERY_METHOD
@given(frame=tables(), more=st.data())
@generated
def test_rows_never_seen_are_filled_too(method, frame, more):
    rows = more.draw(st.lists(st.integers(0, max(len(frame) - 1, 0)), max_size=6)) if len(frame) else []
    imputer = make_imputer(method, random_state=SEED).fit(frame)
    fresh = frame.iloc[rows]
    assert_promises(fresh, imputer.transform(fresh), imputer)


@EVERY_METHOD
def test_a_fitted_imputer_survives_joblib(filling, mixed):
    buffer = io.BytesIO()
    joblib.dump(filling.imputer, buffer)
    buffer.seek(0)
    pd.testing.assert_frame_equal(joblib.load(buffer).transform(mixed), filling.completed)


@EVERY_METHOD
def test_names_come_out_as_they_went_in(filling, mixed):
    assert filling.imputer.get_feature_names_out().tolist() == mixed.columns.tolist()


@EVERY_METHOD
def test_set_output_decides_the_container(method):
    numbers = np.array([[1.0, 2.0], [np.nan, 3.0], [4.0, np.nan], [5.0, 6.0]])
    assert isinstance(make_imputer(method).fit_transform(numbers), np.ndarray)
    framed = make_imputer(method).set_output(transform="pandas").fit_transform(numbers)
    assert framed.columns.tolist() == ["x0", "x1"]


@EVERY_METHOD
def test_identifiers_stay_and_the_other_columns_go_on(method, filling, mixed):
    imputer, completed = filling.imputer, filling.completed
    if method in {"constant", "ffill", "bfill"}:
        assert completed["key"].notna().all()
    else:
        assert completed["key"].isna().equals(mixed["key"].isna())
        assert [event.kind for event in imputer.events_ if event.column == "key"] == ["refused"]
    assert completed["sex"].notna().all()
    assert completed["sex"].dtype == mixed["sex"].dtype


@EVERY_METHOD
def test_filled_numbers_lie_within_their_bounds(method, mixed):
    imputer = make_imputer(method, random_state=SEED, bounds={"weight": [60.5, 61], "visits": [2, 2.9]})
    completed = imputer.fit_transform(mixed)
    assert completed["weight"][mixed["weight"].isna()].between(60.5, 61).all()
    assert (completed["visits"][mixed["visits"].isna()] == 2).all()
    assert any(event.kind in {"clipped", "truncated"} and event.column == "weight" for event in imputer.events_)


@EVERY_METHOD
def test_only_the_asked_columns_are_filled(method, mixed):
    completed = make_imputer(method, columns=["weight", "sex"], exclude=["age"]).fit_transform(mixed)
    changed = [name for name in mixed if not mixed[name].equals(completed[name])]
    assert changed == ["weight", "sex"]


@EVERY_METHOD
def test_per_column_gives_a_column_to_another_method(method, mixed):
    imputer = make_imputer(method, per_column={"weight": {"method": "constant", "value": -1}})
    completed = imputer.fit_transform(mixed)
    assert (completed["weight"][mixed["weight"].isna()] == -1).all()
    assert imputer.per_column_.loc["weight", "method"] == "constant"


@EVERY_METHOD
def test_a_callback_that_returns_false_stops_the_work(method, mixed):
    with pytest.raises(Cancelled):
        make_imputer(method, progress=lambda _: False).fit_transform(mixed)


@EVERY_METHOD
def test_progress_lies_between_nothing_and_all(filling):
    assert filling.seen
    assert all(0 <= progress.fraction <= 1 for progress in filling.seen)


@EVERY_METHOD
def test_progress_never_goes_back(filling):
    fractions = [progress.fraction for progress in filling.seen]
    assert fractions == sorted(fractions)
    assert len(set(fractions)) > 1


@EVERY_METHOD
def test_progress_never_goes_back_from_group_to_group(method, mixed):
    fractions = []
    make_imputer(method, group_by=["sex"], progress=lambda step: fractions.append(step.fraction)).fit_transform(mixed)
    assert fractions == sorted(fractions)
    assert len(set(fractions)) > 1


@pytest.mark.parametrize("method", ["auto", "boosted", "forest", "mean", "knn"])
def test_progress_names_the_columns(filling):
    assert {"height", "weight", "visits"} <= {progress.column for progress in filling.seen}


@pytest.mark.parametrize("method", ["auto", "iterative", "boosted", "pmm", "mice"])
def test_progress_counts_the_rounds(filling):
    assert {1, 2} <= {progress.iteration for progress in filling.seen}


@pytest.mark.parametrize("method", ["auto"])
def test_progress_of_a_race_names_the_candidates(filling):
    stages = [progress.stage for progress in filling.seen]
    for candidate in ("mean", "linear", "knn", "boosted"):
        assert any(f"trying {candidate}" in stage for stage in stages)


@EVERY_METHOD
def test_duplicate_column_names_are_refused_by_name(method):
    frame = pd.DataFrame([[1.0, None]], columns=["a", "a"])
    with pytest.raises(UnsuitableTable, match="a occurs more than once"):
        make_imputer(method).fit(frame)


@EVERY_METHOD
def test_column_names_that_are_not_text_are_refused_by_name(method):
    frame = pd.DataFrame([[1.0, None]], columns=["a", 7])
    with pytest.raises(UnsuitableTable, match="7 is int"):
        make_imputer(method).fit(frame)
