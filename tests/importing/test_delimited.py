"""Text tables: dialects, types, markers, and what is refused."""

import pandas as pd
import pytest

from tests.importing.conftest import Importer


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [("a,b\n1,2\n", ","), ("a;b\n1,5;2\n", ";"), ("a\tb\n1\t2\n", "\t"), ("a|b\n1|2\n", "|")],
)
def test_the_delimiter_is_found(importer: Importer, text: str, delimiter: str) -> None:
    assert importer(text).report["delimiter"] == delimiter


def test_types_are_those_the_contract_promises(importer: Importer) -> None:
    frame = importer.frame(
        "text,whole,holes,number,flag,maybe,day\nx,1,1,1.5,true,true,2024-01-31\ny,2,NA,NA,false,,\n"
    )
    assert {name: str(kind) for name, kind in frame.dtypes.items()} == {
        "text": "str",
        "whole": "int64",
        "holes": "Int64",
        "number": "float64",
        "flag": "bool",
        "maybe": "boolean",
        "day": "datetime64[us]",
    }
    assert isinstance(frame.index, pd.RangeIndex)


def test_leading_zeros_stay_text_and_are_reported(importer: Importer) -> None:
    result = importer("zip\n00501\n12345\n")
    assert pd.read_parquet(importer.table)["zip"].tolist() == ["00501", "12345"]
    assert result.report["suspicions"][0]["kind"] == "leading_zeros"


def test_integers_beyond_64_bits_are_never_rounded(importer: Importer) -> None:
    frame = importer.frame("n\n18446744073709551616\n-1\n")
    assert frame["n"].tolist() == ["18446744073709551616", "-1"]


def test_markers_are_counted_by_column(importer: Importer) -> None:
    result = importer("country,n\nNA,1\nDE,\nnull,NA\n")
    assert result.report["markers"] == {"country": {"NA": 1, "null": 1}, "n": {"NA": 1, "": 1}}


def test_a_column_may_have_markers_of_its_own(importer: Importer) -> None:
    frame = importer.frame("country,n\nNA,1\nDE,NA\n,2\n", column_missing_markers={"country": [""]})
    assert frame["country"].fillna("-").tolist() == ["NA", "DE", "-"]
    assert frame["n"].isna().tolist() == [False, True, False]


def test_ragged_lines_are_refused_by_number(importer: Importer) -> None:
    refused = importer.refusal('a,b\n"x\ny",2\n3\n4,5,6\n7,8\n')
    assert refused.code == "ragged_lines"
    assert refused.facts["lines"] == [4, 5]
    assert "line 4 has 1, line 5 has 3" in refused.message


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty_file"),
        (b"\n\n\n", "empty_file"),
        (b"a,b\n", "header_only"),
        (b"a,a\n1,2\n", "duplicate_columns"),
        (b"a,\n1,2\n", "empty_column_name"),
        (b"a,b\n1,\x002\n", "nul_bytes"),
        (b"a,b\nx\xff,2\n", "wrong_encoding"),
        (b'a,b\n"x"y,2\n', "broken_quotes"),
        (b"1,7\n2,3\n", "header_missing"),
        (b"<!doctype html><table></table>", "unsupported_format"),
        (b"PK\x03\x04 rest", "broken_workbook"),
        (b"PAR1 rest", "broken_parquet"),
    ],
)
def test_what_is_no_table_is_refused_by_code(importer: Importer, data: bytes, code: str) -> None:
    assert importer.refusal(data).code == code
    assert not importer.table.exists()


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('"a;b;c",d\n1;2;3,4\n', ["a;b;c", "d"]),
        ("\"a;b\",'c'\n1;2,3\n", ["a;b", "'c'"]),
        ('"a"\nx|y\nu|v\n', ["a"]),
        ("'a';'b'\n'x;y';1\n", ["a", "b"]),
        ("\"''\"\ntrue\n", ["''"]),
        ('a,b\n"x;y,2\n', None),
    ],
)
def test_quotes_show_which_mark_is_the_delimiter(importer: Importer, text: str, names: list[str] | None) -> None:
    if names is None:
        assert importer.refusal(text).code == "broken_quotes"
    else:
        assert [column["name"] for column in importer(text).columns] == names


def test_names_in_quotes_do_not_make_quoted_empty_texts_missing(importer: Importer) -> None:
    assert importer.frame('"a","b"\nx,""\n,y\n').fillna("hole").to_dict("list") == {"a": ["x", "hole"], "b": ["", "y"]}


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("a,b\n1,2\n\n3,4\n\n", "Blank lines were passed over: 2."),
        ('a,b\n1,"x\n\ny"\n\n3,4\n', "Blank lines were passed over: 1."),
        ('a,b\n1,"x\n\ny"\n3,4\n', None),
    ],
    ids=["between rows", "beside one in quotes", "in quotes only"],
)
def test_blank_lines_outside_quotes_are_counted(importer: Importer, text: str, note: str | None) -> None:
    notes = [reported for reported in importer(text).report["notes"] if "Blank" in reported]
    assert notes == ([note] if note else [])
