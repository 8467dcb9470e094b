"""JSON records and JSON lines: every value as the file has it, every fault reported by its record."""

import json

import pandas as pd
import pytest

from tests.importing.conftest import Importer
from wrangler.importing import Code


def _column(importer: Importer, *values: str) -> tuple[str, list[object]]:
    """The type and values of a column whose JSON values are given as they are spelt."""
    frame_of = "\n".join(f'{{"a": {value}, "b": 1}}' for value in values)
    frame = importer.frame(frame_of)
    [kind] = [column["type"] for column in importer(frame_of).columns if column["name"] == "a"]
    return kind, [None if pd.isna(value) else value for value in frame["a"].astype(object)]


@pytest.mark.parametrize(
    ("text", "form"),
    [('[{"a": 1}, {"a": 2}]', "json"), ('{"a": 1}\n{"a": 2}\n', "jsonl"), ('\n{"a": 1}\r\n\r\n{"a": 2}', "jsonl")],
)
def test_an_array_and_lines_are_the_same_table(importer: Importer, text: str, form: str) -> None:
    result = importer(text)
    assert (result.rows, result.format, result.columns[0]["type"]) == (2, form, "integer")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_marked_encodings_are_read(importer: Importer, encoding: str) -> None:
    assert importer.frame('[{"ä": "ö"}]'.encode(encoding)).to_dict("list") == {"ä": ["ö"]}


@pytest.mark.parametrize(
    ("values", "kind", "expected"),
    [
        (["1", "null"], "integer", [1, None]),
        (["1", "2.5"], "number", [1.0, 2.5]),
        (["true", "null"], "boolean", [True, None]),
        (['"00501"', '"x"'], "text", ["00501", "x"]),
        (['""', "null"], "text", ["", None]),
        (['"NA"', '"x"'], "text", ["NA", "x"]),
        (["18446744073709551616", "1"], "text", ["18446744073709551616", "1"]),
        (["9007199254740993", "1.50"], "text", ["9007199254740993", "1.50"]),
        (["9223372036854775807", "-9223372036854775808"], "integer", [2**63 - 1, -(2**63)]),
        (["1", '"x"', "true", "1.50"], "text", ["1", "x", "true", "1.50"]),
        (["1e999", "1.0"], "number", [None, 1.0]),
        (["NaN", "-Infinity", "0.1"], "number", [None, None, 0.1]),
        (["1" * 5000, "2"], "text", ["1" * 5000, "2"]),
        (['"\\ud83d\\ude00"', '"x"'], "text", ["😀", "x"]),
    ],
)
def test_values_come_through(importer: Importer, values: list[str], kind: str, expected: list[object]) -> None:
    assert _column(importer, *values) == (kind, expected)


def test_what_was_changed_is_counted(importer: Importer) -> None:
    report = importer('[{"a": 1e999}, {"a": 0.12345678901234567890}, {"a": NaN}]').report
    assert {c["kind"]: c["count"] for c in report["conversions"]} == {"infinite": 1, "rounded": 1, "not_a_number": 1}


@pytest.mark.parametrize("text", ["1.2345678901234567", "0.00012345678901234567", "12345678901234567e-3"])
def test_a_number_of_seventeen_digits_is_not_rounded(importer: Importer, text: str) -> None:
    result = importer(f'[{{"a": {text}}}, {{"a": 0.5}}]')
    assert (result.columns[0]["type"], result.report["conversions"]) == ("number", [])


def test_mixed_columns_are_reported_with_counts_and_places(importer: Importer) -> None:
    [suspicion] = importer('[{"a": 1}, {"a": "x"}, {"a": 2}]').report["suspicions"]
    assert suspicion["kind"] == "mixed"
    assert "2 integer (first in record 1), 1 text (first in record 2)" in suspicion["message"]


def test_keys_may_be_absent(importer: Importer) -> None:
    result = importer('[{"a": 1}, {"b": "x"}, {"a": null, "b": "y"}]')
    assert [(column["name"], column["missing"]) for column in result.columns] == [("a", 2), ("b", 1)]
    assert "'a' in 1, 'b' in 1" in " ".join(result.report["notes"])


def test_texts_that_all_are_dates_are_dates(importer: Importer) -> None:
    result = importer(
        '[{"day": "2024-01-31", "zoned": "2024-01-31T10:00:00+01:00", "both": "2024-01-31"}, {"both": ""}]'
    )
    assert [column["type"] for column in result.columns] == ["date", "date", "text"]
    assert [column["zone"] for column in result.columns] == [None, "UTC", None]


def test_markers_asked_for_are_taken_out_and_counted(importer: Importer) -> None:
    [column] = importer('[{"a": 1}, {"a": -999}, {"a": "?"}]', missing_markers=["-999", "?"]).columns
    assert (column["type"], column["missing"], column["markers"]) == ("integer", 2, {"-999": 1, "?": 1})


def test_long_files_are_read_in_pieces(importer: Importer) -> None:
    lines = "\n".join(json.dumps({"n": number, "text": 'é\\"' * 50}) for number in range(20_000))
    frame = importer.frame(lines)
    assert frame["n"].tolist() == list(range(20_000))
    assert set(frame["text"]) == {'é\\"' * 50}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[]", Code.EMPTY_FILE),
        ("[{}]", Code.HEADER_ONLY),
        ('[{"a": 1}', Code.BROKEN_JSON),
        ('[{"a": 1},]', Code.BROKEN_JSON),
        ('[{"a": 1} {"a": 2}]', Code.BROKEN_JSON),
        ('[{"a": 1}] [', Code.BROKEN_JSON),
        ('{"a": 1}\n{"a": 2', Code.BROKEN_JSON),
        ('{"a": 1}\n{"a": 01}', Code.BROKEN_JSON),
        ('{"a": 1}\n[1]', Code.UNSUPPORTED_FORMAT),
        ("[[1, 2], [3, 4]]", Code.UNSUPPORTED_FORMAT),
        ('[{"a": 1, "a": 2}]', Code.DUPLICATE_COLUMNS),
        ('[{"a": [1]}]', Code.NESTED_COLUMNS),
        ('{"data": [{"a": 1}]}', Code.NESTED_COLUMNS),
        ('[{"a": "\\ud800"}]', Code.WRONG_ENCODING),
        ('[{"\\ud800": 1}]', Code.WRONG_ENCODING),
        ('[{"a": "\\u0000"}]', Code.NUL_BYTES),
        ('[{"a\\u0000": 1}]', Code.NUL_BYTES),
        ('[{"": 1}]', Code.EMPTY_COLUMN_NAME),
        ("[" * 100_000, Code.UNSUPPORTED_FORMAT),
        ('[{"a": ' + "[" * 100_000, Code.NESTED_TOO_DEEP),
        ('{"a": ' * 100_000, Code.NESTED_TOO_DEEP),
        ('[{"a": "' + "x" * 9_000_000 + '"}]', Code.TEXT_TOO_LONG),
        ("[{" + ", ".join(f'"c{i}": 1' for i in range(10_001)) + "}]", Code.TOO_MANY_COLUMNS),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else None,
)
def test_what_is_no_table_is_refused(importer: Importer, text: str, code: str) -> None:
    assert importer.refusal(text).code == code
