"""Parquet tables: types, categories and zones are kept, what changes is reported."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from tests.importing.conftest import Importer
from tests.importing.files import parquet


def test_a_frame_comes_back_with_its_types(importer: Importer, written: Callable[[pd.DataFrame], bytes]) -> None:
    frame = pd.DataFrame(
        {
            "holes": pd.array([1, None, 3], "Int64"),
            "whole": [1, 2, 3],
            "number": [1.5, np.nan, -0.0],
            "text": ["NA", None, ""],
            "flag": pd.array([True, None, False], "boolean"),
            "day": pd.to_datetime(["2024-01-01", None, "2024-02-01"]).astype("datetime64[us]"),
            "zoned": pd.to_datetime(["2024-01-01", None, "2024-02-01"]).tz_localize("Europe/Berlin"),
            "kind": pd.Categorical(["x", None, "y"]),
            "level": pd.Categorical(["low", None, "high"], ["low", "mid", "high"], ordered=True),
            "Whole": [4, 5, 6],
        }
    )
    back = importer.frame(written(frame))
    pd.testing.assert_frame_equal(back, frame)


def test_markers_in_stored_text_are_proposed_and_not_applied(importer: Importer) -> None:
    result = importer(parquet(pa.table({"country": ["NA", "DE", None]})))
    assert result.columns[0]["missing"] == 1
    assert result.report["suspected_markers"][0]["value"] == "NA"


def test_markers_asked_for_hold_in_texts_and_numbers(importer: Importer) -> None:
    data = parquet(pa.table({"country": ["NA", "DE"], "age": [-999, 5]}))
    result = importer(data, missing_markers=["NA", "-999"])
    assert result.report["markers"] == {"country": {"NA": 1}, "age": {"-999": 1}}


def test_infinite_values_become_missing_and_are_counted(importer: Importer) -> None:
    result = importer(parquet(pa.table({"a": [1.0, np.inf, -np.inf]})))
    assert result.columns[0]["missing"] == 2
    assert [(c["kind"], c["count"]) for c in result.report["conversions"]] == [("infinite", 2)]


def test_unsigned_integers_beyond_64_bits_become_text(importer: Importer) -> None:
    frame = importer.frame(parquet(pa.table({"a": pa.array([2**63, 1], pa.uint64())})))
    assert frame["a"].tolist() == ["9223372036854775808", "1"]


def test_decimals_become_numbers_only_where_every_digit_is_kept(importer: Importer) -> None:
    money = pa.array(["12.50", "-3.25"]).cast(pa.decimal128(18, 2))
    exact = pa.array(["12345678901234567890.12", "1.00"]).cast(pa.decimal128(30, 2))
    frame = importer.frame(parquet(pa.table({"money": money, "exact": exact})))
    assert frame["money"].tolist() == [12.5, -3.25]
    assert frame["exact"].tolist() == ["12345678901234567890.12", "1.00"]


def test_what_is_cut_off_or_rendered_is_reported(importer: Importer) -> None:
    table = pa.table(
        {
            "nanos": pa.array([1, 2000], pa.timestamp("ns")),
            "time": pa.array([1, 2], pa.time32("s")),
            "span": pa.array([1, 2], pa.duration("s")),
        }
    )
    kinds = [(c["column"], c["kind"]) for c in importer(parquet(table)).report["conversions"]]
    assert sorted(kinds) == [("nanos", "truncated"), ("span", "duration"), ("time", "rendered")]


def test_an_index_becomes_a_column_and_is_reported(
    importer: Importer, written: Callable[[pd.DataFrame], bytes]
) -> None:
    result = importer(written(pd.DataFrame({"a": [1, 2]}, index=[7, 9])))
    assert [column["name"] for column in result.columns] == ["index", "a"]
    assert result.report["notes"][0].startswith("Column 'index' was the index of a data frame")


@pytest.mark.parametrize(
    ("index", "names"),
    [
        (pd.Index(["x", "y"], name="id"), ["id", "a", "index"]),
        (pd.DatetimeIndex(["2024-01-01", "2024-02-01"], tz="Asia/Tokyo"), ["index_2", "a", "index"]),
        (pd.MultiIndex.from_tuples([("x", 1), ("y", 2)], names=["id", None]), ["id", "index_2", "a", "index"]),
        (pd.Index([3, 4], name="a"), ["index_2", "a", "index"]),
        (pd.RangeIndex(5, 7), ["a", "index"]),
    ],
    ids=["named", "unnamed", "several levels", "named as a column", "range"],
)
def test_an_index_comes_first_under_a_name_of_its_own(
    importer: Importer, written: Callable[[pd.DataFrame], bytes], index: pd.Index, names: list[str]
) -> None:
    frame = pd.DataFrame({"a": [1.5, 2.5], "index": [5, 6]}, index=index)
    back = importer.frame(written(frame))
    assert list(back) == names
    expected = frame if len(names) == frame.shape[1] else frame.reset_index(names=names[: len(names) - 2])
    pd.testing.assert_frame_equal(back, expected.reset_index(drop=True), check_dtype=False)


def test_an_index_of_ordered_categories_keeps_their_order(
    importer: Importer, written: Callable[[pd.DataFrame], bytes]
) -> None:
    levels = pd.CategoricalIndex(["low", "high"], ["low", "mid", "high"], ordered=True)
    back = importer.frame(written(pd.DataFrame({"a": [1, 2]}, index=levels)))
    assert back["index"].cat.categories.tolist() == ["low", "mid", "high"]


def test_an_unnamed_index_of_times_keeps_its_zone(importer: Importer, written: Callable[[pd.DataFrame], bytes]) -> None:
    times = pd.DatetimeIndex(["2024-01-01", "2024-02-01"], tz="Asia/Tokyo")
    back = importer.frame(written(pd.DataFrame({"a": [1, 2]}, index=times)))
    assert str(back["index"].dt.tz) == "Asia/Tokyo"


def test_types_asked_for_are_given(importer: Importer) -> None:
    data = parquet(pa.table({"code": [501, 502], "price": ["1,5", "2,0"]}))
    frame = importer.frame(data, types={"code": "text", "price": "number"}, decimal=",")
    assert frame["code"].tolist() == ["501", "502"]
    assert frame["price"].tolist() == [1.5, 2.0]


def test_values_that_do_not_fit_are_refused_by_row(importer: Importer) -> None:
    refused = importer.refusal(parquet(pa.table({"a": ["1", "x"]})), types={"a": "integer"})
    assert refused.facts["lines"] == [2]
    assert "row 2: 'x'" in refused.message


def test_broken_pandas_metadata_does_no_harm(importer: Importer) -> None:
    for text in (b"not json", b"[]", b'{"index_columns": 3, "columns": [1]}'):
        table = pa.table({"a": [1]}).replace_schema_metadata({b"pandas": text})
        assert importer(parquet(table)).rows == 1
