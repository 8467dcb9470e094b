"""Sheets of workbooks: cells keep their types, and what cells do not agree on is reported."""

from datetime import datetime, timedelta

import pandas as pd

from tests.importing.conftest import Importer
from tests.importing.files import workbook


def test_columns_take_the_type_of_their_cells(importer: Importer) -> None:
    rows = [
        ["code", "whole", "number", "flag", "day"],
        ["00501", 1, 1.5, True, datetime(2024, 1, 31)],  # noqa: DTZ001 - sheets know no zones
        ["x", None, "NA", None, None],
    ]
    frame = importer.frame(workbook(rows))
    assert {name: str(kind) for name, kind in frame.dtypes.items()} == {
        "code": "str",
        "whole": "Int64",
        "number": "float64",
        "flag": "boolean",
        "day": "datetime64[us]",
    }
    assert frame["code"].tolist() == ["00501", "x"]
    assert frame["day"][0] == pd.Timestamp("2024-01-31")


def test_markers_are_counted(importer: Importer) -> None:
    result = importer(workbook([["a", "b"], [1, "x"], ["NA", None], [None, "null"]]))
    assert result.report["markers"] == {"a": {"NA": 1, "": 1}, "b": {"": 1, "null": 1}}


def test_a_sheet_is_chosen_by_name_or_number(importer: Importer) -> None:
    data = workbook([["a"], [1]], more=["two"])
    assert importer.refusal(data, sheet="two").code == "header_only"
    assert importer.refusal(data, sheet=1).code == "header_only"
    assert importer(data, sheet="one").report["sheets"] == ["one", "two"]


def test_other_sheets_are_reported_when_none_was_chosen(importer: Importer) -> None:
    result = importer(workbook([["a"], [1]], more=["two"]))
    assert "2 sheets; the first, 'one', was read" in result.report["notes"][0]


def test_mixed_columns_become_text_and_are_reported(importer: Importer) -> None:
    result = importer(workbook([["a"], [1], ["x"], [2.5]]))
    assert pd.read_parquet(importer.table)["a"].tolist() == ["1", "x", "2.5"]
    assert "2 number from row 2 on, 1 text from row 3 on" in result.report["suspicions"][0]["message"]
    assert "An example of text is 'x'." in result.report["suspicions"][0]["message"]


def test_a_column_of_several_kinds_without_text_shows_no_example(importer: Importer) -> None:
    [suspicion] = importer(workbook([["a"], [1], [True]])).report["suspicions"]
    assert "1 number from row 2 on, 1 boolean from row 3 on" in suspicion["message"]
    assert "example" not in suspicion["message"]


def test_a_column_of_numbers_may_be_asked_for_as_text(importer: Importer) -> None:
    frame = importer.frame(workbook([["a"], [501], [7]]), types={"a": "text"})
    assert frame["a"].tolist() == ["501", "7"]


def test_durations_become_seconds_and_are_reported(importer: Importer) -> None:
    result = importer(workbook([["a"], [timedelta(hours=30)]]))
    assert result.report["conversions"][0]["kind"] == "duration"
    assert pd.read_parquet(importer.table)["a"].tolist() == [108_000.0]


def test_rows_that_do_not_fit_are_named_as_the_sheet_shows_them(importer: Importer) -> None:
    refused = importer.refusal(workbook([["Title"], [], ["a"], [1], ["x"]]), skip_lines=1, types={"a": "integer"})
    assert refused.facts["lines"] == [5]


def test_unused_columns_are_left_out(importer: Importer) -> None:
    result = importer(workbook([[None, "a", None, "b"], [None, 1, None, 2]]))
    assert [column["name"] for column in result.columns] == ["a", "b"]
    assert "left out" in result.report["notes"][0]


def test_codes_that_are_numbers_can_be_markers(importer: Importer) -> None:
    [column] = importer(workbook([["a"], [1], [-999], [-999.0]]), missing_markers=["-999"]).columns
    assert (column["type"], column["missing"], column["markers"]) == ("integer", 2, {"-999": 2})


def test_blanks_around_a_name_are_kept_as_in_csv(importer: Importer) -> None:
    assert [column["name"] for column in importer(workbook([[" a", "b "], [1, 2]])).columns] == [" a", "b "]
