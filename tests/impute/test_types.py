"""Types that come back as they went in, and tables that are not what was fitted."""

from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from wrangler.impute import UnsuitableTable, make_imputer

UTC = "UTC"
DAYS = [pd.Timestamp("2024-01-01"), None, pd.Timestamp("2024-01-03")]


def arrow(cells: list, kind: pa.DataType) -> pd.Series:
    return pa.array(cells, kind).to_pandas(types_mapper=pd.ArrowDtype)


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (arrow([1, None, 5], pa.int64()), 3),
        (arrow([1, None, 4], pa.uint8()), 2),
        (arrow([1.0, None, 4.0], pa.float32()), 2.5),
        (arrow(["x", None, "x"], pa.string()), "x"),
        (arrow([True, None, True], pa.bool_()), True),
        (arrow([date(2024, 1, 1), None, date(2024, 1, 3)], pa.date32()), date(2024, 1, 2)),
        (arrow([timedelta(1), None, timedelta(2)], pa.duration("s")), timedelta(hours=36)),
        (arrow(DAYS, pa.timestamp("s")), pd.Timestamp("2024-01-02")),
        (
            arrow(DAYS, pa.timestamp("ms", tz="Asia/Tokyo")),
            pd.Timestamp("2024-01-02", tz=UTC),
        ),
        (pd.Series([date(2024, 1, 1), None, date(2024, 1, 3)], dtype=object), date(2024, 1, 2)),
        (pd.Series(pd.to_datetime(["2024-01-01", None, "2024-01-03"])).dt.as_unit("s"), pd.Timestamp("2024-01-02")),
        (pd.Series(pd.to_timedelta(["1h", None, "3h"])).dt.as_unit("ms"), pd.Timedelta("2h")),
    ],
    ids=lambda value: str(value.dtype) if isinstance(value, pd.Series) else "",
)
def test_the_middle_of_two_cells_is_of_their_type(cells, expected):
    completed = make_imputer("mean").fit_transform(pd.DataFrame({"a": cells}))["a"]
    assert completed.dtype == cells.dtype
    assert completed[1] == expected


def date_objects(rows: int = 40) -> pd.DataFrame:
    """Every third cell of a column of `datetime.date` missing, beside the number of its row."""
    days = [None if row % 3 == 1 else date(2024, 1, 1) + timedelta(days=row) for row in range(rows)]
    return pd.DataFrame({"day": pd.Series(days, dtype=object), "row": np.arange(float(rows))})


@pytest.mark.parametrize("method", ["mean", "mode", "random", "linear", "pmm", "knn", "ffill", "interpolate", "mice"])
def test_objects_of_dates_are_filled_by_objects_of_dates(method):
    frame = date_objects()
    completed = make_imputer(method, random_state=0).fit_transform(frame)["day"]
    assert completed.dtype == object
    assert {type(cell) for cell in completed} == {date}
    assert (completed[frame["day"].notna()] == frame["day"].dropna()).all()


def test_objects_of_dates_are_predicted_to_the_day():
    completed = make_imputer("linear").fit_transform(date_objects())["day"]
    assert completed.tolist() == [date(2024, 1, 1) + timedelta(days=row) for row in range(40)]


def test_objects_of_dates_keep_to_bounds():
    frame = date_objects()
    completed = make_imputer("linear", bounds={"day": ["2024-01-10", date(2024, 1, 12)]}).fit_transform(frame)["day"]
    filled = completed[frame["day"].isna()]
    assert filled.min() == date(2024, 1, 10)
    assert filled.max() == date(2024, 1, 12)


def test_a_time_of_day_is_no_bound_of_objects_of_dates():
    imputer = make_imputer("linear", bounds={"day": ["2024-01-10T12:00", None]})
    with pytest.raises(UnsuitableTable, match="is no value for 'day'"):
        imputer.fit(date_objects())


def test_a_rule_between_columns_of_date_objects_is_kept():
    frame = date_objects().assign(start=pd.Series([date(2024, 1, 30)] * 40, dtype=object))
    rules = [{"column": "day", "at_least": "start"}]
    completed = make_imputer("linear", rules=rules).fit_transform(frame)["day"]
    assert completed[frame["day"].isna()].min() == date(2024, 1, 30)


def test_a_constant_date_fills_a_column_of_objects():
    filled = make_imputer("constant", value="2024-02-29").fit_transform(date_objects()[["day"]])["day"]
    assert filled[1] == date(2024, 2, 29)
    assert type(filled[1]) is date


def test_dates_far_apart_are_filled_between_the_first_and_last_day_that_there_are():
    days = pd.Series([date.min, None, date.max], dtype=object)
    completed = make_imputer("mean").fit_transform(pd.DataFrame({"a": days}))["a"]
    assert date.min < completed[1] < date.max


@pytest.mark.parametrize("other", [pd.Timestamp("2024-01-02 12:00"), "2024-01-02", 3], ids=["time", "text", "number"])
def test_dates_among_other_objects_are_refused_with_a_reason(other):
    days = pd.Series([date(2024, 1, 1), None, other], dtype=object)
    imputer = make_imputer("mean")
    completed = imputer.fit_transform(pd.DataFrame({"a": days, "b": [1.0, None, 3.0]}))
    assert completed["a"].isna()[1]
    assert "objects of several types" in " ".join(event.message for event in imputer.events_)


@pytest.mark.parametrize("method", ["mean", "random", "linear", "knn", "interpolate"])
@pytest.mark.parametrize("kind", [pa.decimal128(4, 2), pa.decimal128(38, 10), pa.decimal256(60, 3)], ids=str)
def test_arrow_decimals_are_filled_in_their_type(kind, method):
    cells = pd.array([Decimal("1.50"), None, Decimal("3.25"), Decimal("99.99")] * 10, dtype=pd.ArrowDtype(kind))
    frame = pd.DataFrame({"a": cells, "b": np.arange(40.0)})
    completed = make_imputer(method, random_state=0).fit_transform(frame)["a"]
    assert completed.dtype == frame["a"].dtype
    assert not completed.isna().any()
    assert (completed[frame["a"].notna()] == frame["a"].dropna()).all()
    assert {-cell.as_tuple().exponent for cell in completed} == {kind.scale}


def test_a_decimal_beyond_its_type_becomes_the_largest_one():
    frame = pd.DataFrame({"a": pd.array([Decimal("1.50"), None], dtype=pd.ArrowDtype(pa.decimal128(3, 2)))})
    imputer = make_imputer("mean", bounds={"a": (20, 30)})
    assert imputer.fit_transform(frame)["a"].iloc[1] == Decimal("9.99")


@pytest.mark.parametrize("kind", [pa.dictionary(pa.int32(), pa.string()), pa.list_(pa.int8())])
def test_arrow_types_that_are_not_filled_are_refused_by_name(kind):
    imputer = make_imputer("mode")
    imputer.fit(pd.DataFrame({"a": arrow([None, None], kind)}))
    assert [(event.column, event.kind) for event in imputer.events_] == [("a", "refused")]


FITTED = pd.DataFrame(
    {
        "number": [1.0, np.nan, 3.0],
        "whole": pd.array([1, None, 3], dtype="Int64"),
        "level": pd.Categorical(["x", None, "y"]),
        "date": pd.Series(pd.to_datetime(["2024-01-01", None, "2024-01-03"])).dt.as_unit("us"),
        "span": pd.Series(pd.to_timedelta(["1h", None, "3h"])).dt.as_unit("us"),
    }
)


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("number", ["x", None, "y"]),
        ("number", [True, None, False]),
        ("whole", FITTED["date"]),
        ("level", [1.0, np.nan, 2.0]),
        ("date", FITTED["date"].dt.as_unit("s")),
        ("date", FITTED["date"].dt.tz_localize(UTC)),
        ("span", FITTED["span"].dt.as_unit("ns")),
    ],
)
def test_cells_that_mean_something_else_than_was_fitted_are_refused(name, cells):
    imputer = make_imputer("mean").fit(FITTED)
    with pytest.raises(UnsuitableTable, match=f"'{name}' is .* but was fitted as .*; convert it first"):
        imputer.transform(FITTED.assign(**{name: cells}))


@pytest.mark.parametrize(
    ("name", "cells", "expected"),
    [
        ("number", pd.array([1, None, 9], dtype="Int64"), 2),
        ("number", [None, None, None], 2.0),
        ("whole", [1.5, np.nan, 9.5], 2.0),
        ("level", pd.array(["x", None, "z"], dtype="str"), "x"),
        ("level", pd.Categorical(["y", None, "x"], ["y", "x"], ordered=True), "x"),
    ],
)
def test_another_type_of_the_same_meaning_is_filled_in_that_type(name, cells, expected):
    fresh = FITTED.assign(**{name: cells})
    completed = make_imputer("mean").fit(FITTED).transform(fresh)
    assert completed[name][1] == expected
    assert completed[name].dtype == fresh[name].dtype


def test_a_level_absent_from_the_new_table_leaves_the_cell_missing_and_is_reported():
    imputer = make_imputer("mode").fit(FITTED[["level"]])
    completed = imputer.transform(pd.DataFrame({"level": pd.Categorical(["y", None], ["y"])}))
    assert completed["level"].isna().tolist() == [False, True]
    assert not imputer.mask_["level"].any()
    assert [event.kind for event in imputer.events_] == ["skipped"]


@pytest.mark.parametrize("method", ["mean", "linear", "knn", "boosted", "pmm", "auto"])
@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({"a": [np.nan]}),
        pd.DataFrame({"a": [1.0, np.nan]}),
        pd.DataFrame({"a": [1.0, np.nan, 2.0], "b": [2.0, 4.0, 4.0], "c": [2.0, 4.0, np.nan]}),
        pd.DataFrame(np.random.default_rng(0).normal(size=(8, 60))).add_prefix("x").mask(lambda made: made > 1),
        pd.DataFrame(index=range(3)),
        pd.DataFrame({"a": pd.Series([], dtype=float)}),
    ],
    ids=["one cell", "two rows", "collinear", "more columns than rows", "no columns", "no rows"],
)
def test_small_and_odd_tables_are_filled_as_far_as_anything_is_known(method, frame):
    completed = make_imputer(method, random_state=0).fit_transform(frame)
    missing_mask = frame.columns[frame.isna().all()]
    assert not completed.drop(columns=missing_mask).isna().any(axis=None)
