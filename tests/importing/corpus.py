# ruff: noqa: RUF001 - letters of many scripts are meant
"""Odd and hostile files, each with its expected answer: a refusal's code, or the number of rows that come in."""

import bz2
import gzip
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from tests.importing.files import far_cell, inflating_workbook, parquet, workbook


@dataclass(frozen=True)
class Case:
    """One file; `expected` is a code (str) or a count of rows (int)."""

    name: str
    data: bytes
    expected: str | int
    options: dict[str, Any] = field(default_factory=dict)


def _text(name: str, text: str, expected: str | int, **options: Any) -> Case:
    return Case(name, text.encode(), expected, options)


TEXTS = (
    _text("nothing but blank lines", "\n\n\n", "empty_file"),
    _text("only a header", "a,b\n", "header_only"),
    _text("only a header without line end", "a,b", "header_only"),
    _text("no line end at the end", "a,b\n1,2", 1),
    _text("blank lines within", "a,b\n1,2\n\n3,4\n\n", 2),
    _text("blank lines above", "\n\na,b\n1,2\n", 1),
    _text("blank lines in a single column are values", "a\n1\n\n3\n", 3),
    _text("a line of delimiters", "a,b\n,\n1,2\n", 2),
    _text("a short line", "a,b,c\n1,2,3\n4,5\n", "ragged_lines"),
    _text("a long line", "a,b\n1,2\n3,4,5\n", "ragged_lines"),
    _text("a long line with a lone return in it", "a,b\n1,2\n3,4\r5,6,7\n", "ragged_lines"),
    _text("all lines longer than the header", "a\n1,2\n3,4\n", "ragged_lines"),
    _text("a title above the header", "Title\n\na,b,c\n1,2,3\n4,5,6\n", "ragged_lines"),
    _text("a title above the header, skipped", "Title\n\na,b,c\n1,2,3\n4,5,6\n", 2, skip_lines=1),
    _text("pipes", "a|b\n1|2\n", 1),
    _text("decimal comma and thousands", "a;b\n1.234,5;x\n", 1, decimal=",", thousands="."),
    _text("cells that look like formulas", "a,b\n=1+1,@x\n", 1),
    _text("names twice", "a,b,a\n1,2,3\n", "duplicate_columns"),
    _text("names that differ by case", "a,A\n1,2\n", 1),
    _text("a name missing", "a,,c\n1,2,3\n", "empty_column_name"),
    _text("a delimiter at each line's end", "a,b,\n1,2,\n", "empty_column_name"),
    _text("a name that is too long", "x" * 2000 + ",b\n1,2\n", "text_too_long"),
    _text("numbers for names", "1,7\n3,4\n", "header_missing"),
    _text("numbers for names, said to be data", "1,7\n3,4\n", 2, header=False),
    _text("numbers for names, said to be names", "1,7\n3,4\n", 1, header=True),
    _text("counted names", "0,1,2\n3,4,5\n", 1),
    _text("a quote never closed", 'a,b\n"x,2\n3,4\n', "broken_quotes"),
    _text("text after a closing quote", 'a,b\n"x"y,2\n', "broken_quotes"),
    _text("a quote within a bare field and a line break", 'a,b\r\n1,2\n3,"x\r\ny"\r5,6y"\r5,6', "broken_quotes"),
    _text("quotes within a bare field", 'a,b\n5" pipe,2\n', 1),
    _text("a line break in a name", '"a\nb",c\n1,2\n', 1),
    _text("a line break in a name, of another kind than the lines'", '"a\nb",c\r\n1,2\r\n3,4\r\n', 2),
    _text("a return in a name", '"a\rb",c\n1,2\n', 1),
    _text("a line break in a name, old Mac line ends", '"a\nb",c\r1,2\r', 1),
    _text("a line break in a first record without names", '"x\r",1\n2,3\n', 2, header=False),
    _text("old Mac line ends", "a,b\r1,2\r3,4\r", 2),
    _text("line ends of three kinds", 'a,b\r\n1,2\n3,"x\r\ny"\r5,6', 3),
    _text("a lone return in a field", "a,b\n1,x\ry\n3,4\n", "ragged_lines"),
    _text("Excel's sep line", "sep=;\na;b\n1,5;2\n", 1),
    _text("an end-of-file mark of DOS", "a,b\n1,2\n\x1a", "ragged_lines"),
    _text("HTML", "<!DOCTYPE html><html><table><tr><td>1</td></tr></table></html>", "unsupported_format"),
    _text("XML", '<?xml version="1.0"?><rows/>', "unsupported_format"),
    _text("JSON records", '[{"a": 1}, {"a": 2}]', 2),
    _text("JSON lines", '{"a": 1}\n{"a": null}\n', 2),
    _text("JSON cut short", '[{"a": 1}, {"a"', "broken_json"),
    _text("JSON of one object with the records inside", '{"data": [{"a": 1}]}', "nested_columns"),
    _text("JSON nested 100,000 deep", '[{"a": ' + "[" * 100_000, "nested_too_deep"),
    _text("JSON of brackets only", "[" * 100_000, "unsupported_format"),
    _text("JSON with a key twice", '[{"a": 1, "a": 2}]', "duplicate_columns"),
    _text("JSON with half a character", '[{"a": "\\ud800"}]', "wrong_encoding"),
    _text("JSON with numbers beyond all bounds", '[{"a": 1e999, "b": ' + "9" * 10_000 + "}]", 1),
    _text("JSON with 10,001 keys", "[{" + ", ".join(f'"c{i}": 1' for i in range(10_001)) + "}]", "too_many_columns"),
    _text("a format that it is not", "a,b\n1,2\n", "format_mismatch", format="parquet"),
    _text("an encoding that does not exist", "a,b\n1,2\n", "bad_option", encoding="klingon"),
    _text("a codec that is no encoding", "a,b\n1,2\n", "bad_option", encoding="hex"),
    _text("a type for no column", "a,b\n1,2\n", "unknown_column", types={"c": "text"}),
    _text("markers for no column", "a,b\n1,2\n", "unknown_column", column_missing_markers={"c": [""]}),
    _text("a value that does not fit its type", "a\n1\nx\n", "conversion_failed", types={"a": "integer"}),
    _text("a cell of 5 MB", "a,b\n" + "x" * 5_000_000 + ",2\n", 1),
    _text("a cell of 9 MB", "a,b\n" + "x" * 9_000_000 + ",2\n", "text_too_long"),
    _text("a quoted cell of 9 MB", 'a,b\n"' + "x\n" * 4_500_000 + '",2\n', "text_too_long"),
    _text("one line of 9 MB", "x" * 9_000_000, "text_too_long"),
    _text("10,001 columns", ",".join(f"c{i}" for i in range(10_001)) + "\n", "too_many_columns"),
    _text("300 columns", ",".join(f"c{i}" for i in range(300)) + "\n" + ",".join(["1"] * 300) + "\n", 1),
)
BYTES = (
    Case("a NUL byte", b"a,b\n1,\x002\n", "nul_bytes"),
    Case("UTF-8 with its mark", b"\xef\xbb\xbfa,b\n1,2\n", 1),
    Case("UTF-16 with its mark", "a,b\nü,2\n".encode("utf-16"), 1),
    Case("UTF-16 without mark", "a,b\nü,2\n".encode("utf-16-le"), 1),
    Case("UTF-16 of the other order, without mark", "名前,n\n日本,2\n".encode("utf-16-be"), 1),
    Case("UTF-16 without mark, declared", "a,b\nü,2\n".encode("utf-16-le"), 1, {"encoding": "utf-16-le"}),
    Case("UTF-16 cut in a character", "a,b\nü,2\n".encode("utf-16")[:-1], "wrong_encoding"),
    Case("Latin-1", "a,b\nMüller,2\n".encode("latin-1"), 1),
    Case("cp1252", "a,b\n“x”,€5\n".encode("cp1252"), 1),
    Case("Shift-JIS", "名前,都市\n田中さん,東京\n鈴木さん,大阪\n".encode("shift_jis"), 2),
    Case("Shift-JIS of half-width letters", "ﾅﾏｴ,n\nｽｽﾞｷ,2\n".encode("cp932"), 1),
    Case("one word of Shift-JIS", "a,b\n日本,2\n".encode("shift_jis"), "wrong_encoding"),
    Case("EUC-JP", "名前,都市\n田中さん,東京\n".encode("euc_jp"), "wrong_encoding"),
    Case("GB18030", "姓名,城市\n张伟,北京\n李娜,广州\n".encode("gb18030"), "wrong_encoding"),
    Case("Big5", "姓名,城市\n張偉,臺北\n王芳,高雄\n".encode("big5"), "wrong_encoding"),
    Case("cp1251", "имя,город\nИван,Москва\n".encode("cp1251"), "wrong_encoding"),
    Case("cp1250", "m,n\nDvořák,2\n".encode("cp1250"), "wrong_encoding"),
    Case("a orphaned byte in ASCII", b"a,b\nx\xff,2\n", "wrong_encoding"),
    Case("Latin-1, declared", "a,b\nMüller,2\n".encode("latin-1"), 1, {"encoding": "latin-1"}),
    Case("two encodings in one file", "a,b\nä,1\n".encode() + "ö,2\n".encode("latin-1"), "wrong_encoding"),
    Case("cp1252, declared", "a,b\n“x”,2\n".encode("cp1252"), 1, {"encoding": "cp1252"}),
    Case("Shift-JIS, declared", "a,b\n日本,2\n".encode("shift_jis"), 1, {"encoding": "shift_jis"}),
    Case("Shift-JIS, declared as ASCII", "a,b\n日本,2\n".encode("shift_jis"), "wrong_encoding", {"encoding": "ascii"}),
    Case("a character cut at the end", "a,b\n1,ü".encode()[:-1], "wrong_encoding"),
    Case("control characters", bytes(range(1, 32)) * 40, "unsupported_format"),
    Case("gzip", gzip.compress(b"a,b\n1,2\n"), 1),
    Case("bzip2", bz2.compress(b"a,b\n1,2\n"), "unsupported_format"),
    Case("old Excel", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "unsupported_format"),
    Case("a picture", b"\x89PNG\r\n\x1a\n" + bytes(100), "unsupported_format"),
    Case("a pickle", b"\x80\x04\x95\x10\x00\x00\x00\x00\x00\x00\x00", "unsupported_format"),
    Case("Feather", b"ARROW1\x00\x00" + bytes(100), "unsupported_format"),
    Case("the beginning of a zip", b"PK\x03\x04 and no more", "broken_workbook"),
    Case("the beginning of a Parquet file", b"PAR1 and no more", "broken_parquet"),
)
WORKBOOKS = (
    Case("a workbook", workbook([["a", "b"], [1, "x"], [None, "y"]]), 2),
    Case("a blank sheet", workbook([]), "empty_file"),
    Case("a sheet with a header only", workbook([["a", "b"]]), "header_only"),
    Case("a sheet that is not there", workbook([["a"], [1]]), "unknown_sheet", {"sheet": "two"}),
    Case("a sheet's number that is not there", workbook([["a"], [1]]), "unknown_sheet", {"sheet": 1}),
    Case("a sheet with names twice", workbook([["a", "a"], [1, 2]]), "duplicate_columns"),
    Case("a sheet with a nameless column", workbook([["a", None, "c"], [1, 2, 3]]), "empty_column_name"),
    Case("a sheet of numbers only", workbook([[1, 7], [2, 3]]), "header_missing"),
    Case("a title above the header of a sheet", workbook([["Title"], [], ["a", "b"], [1, 2]]), 1, {"skip_lines": 1}),
    Case("a workbook cut short", workbook([["a"], [1]])[:-200], "broken_workbook"),
    Case("a far cell", far_cell(1_048_575, 16_383), "too_many_cells"),
    Case("a zip bomb", inflating_workbook(20), "too_large"),
)
TABLES = (
    Case("a Parquet file", parquet(pa.table({"a": [1, None]})), 2),
    Case("a Parquet file of no rows", parquet(pa.table({"a": pa.array([], pa.int64())})), "header_only"),
    Case("a Parquet file of no columns", parquet(pa.table({})), "header_only"),
    Case("lists in Parquet", parquet(pa.table({"a": [[1], [2]]})), "nested_columns"),
    Case("records in Parquet", parquet(pa.table({"a": [{"b": 1}]})), "nested_columns"),
    Case("bytes in Parquet that are text", parquet(pa.table({"a": [b"x"]})), 1),
    Case("bytes in Parquet that are not", parquet(pa.table({"a": [b"\xff\xfe"]})), "binary_column"),
    Case("NUL in a text of Parquet", parquet(pa.table({"a": ["x\0y"]})), "nul_bytes"),
    Case("a Parquet file cut short", parquet(pa.table({"a": list(range(1000))}))[:-20], "broken_parquet"),
    Case("a Parquet name missing", parquet(pa.table({"": [1]})), "empty_column_name"),
    Case("a text of 9 MB in Parquet", parquet(pa.table({"a": ["x" * 9_000_000]})), "text_too_long"),
)
CORPUS = (*TEXTS, *BYTES, *WORKBOOKS, *TABLES)
