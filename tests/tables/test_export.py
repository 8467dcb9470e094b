"""Downloads: types kept, missing cells empty, formulas disarmed."""

import io
import json
import zipfile
from pathlib import Path
from xml.etree import ElementTree as ET

import pandas as pd
import pytest

from tests.importing.conftest import Importer
from wrangler.errors import ExportRefused
from wrangler.tables import export

pytestmark = pytest.mark.slow

TABLE = "name,whole,number,flag,day\n=1+1,1,2.0,true,2024-01-31\nx,NA,NA,,2024-01-31T10:30:00\n"


def test_csv_keeps_types_and_leaves_missing_cells_empty(importer: Importer) -> None:
    importer(TABLE)
    export(importer.table, importer.folder / "out.csv", "csv", guard_formulas=False)
    lines = (importer.folder / "out.csv").read_text().splitlines()
    assert lines == ['"name","whole","number","flag","day"', "=1+1,1,2.0,true,2024-01-31", "x,,,,2024-01-31T10:30:00"]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝"])  # noqa: RUF001 - a full-width form
def test_texts_that_a_spreadsheet_would_run_are_disarmed(importer: Importer, start: str) -> None:
    importer(f'name,n\n"{start}x",-1\n"x",2\n')
    export(importer.table, importer.folder / "out.csv", "csv")
    frame = pd.read_csv(importer.folder / "out.csv", lineterminator="\n")
    assert frame["name"].tolist() == [f"'{start}x", "x"]
    assert frame["n"].tolist() == [-1, 2]


def test_names_are_disarmed_too(importer: Importer) -> None:
    importer("=a,b\n1,2\n")
    export(importer.table, importer.folder / "out.csv", "csv")
    assert (importer.folder / "out.csv").read_text().startswith('"\'=a","b"\n')


def test_a_workbook_keeps_types(importer: Importer) -> None:
    importer(TABLE)
    export(importer.table, importer.folder / "out.xlsx", "xlsx")
    frame = importer.frame((importer.folder / "out.xlsx").read_bytes())
    assert frame["name"].tolist() == ["'=1+1", "x"]
    assert [str(kind) for kind in frame.dtypes] == ["str", "Int64", "Int64", "boolean", "datetime64[us]"]


def test_a_workbook_keeps_numbers_to_the_bit(importer: Importer) -> None:
    importer("n\n-4.6480556316806526e+86\n0.1\n5e-324\n")
    export(importer.table, importer.folder / "out.xlsx", "xlsx")
    numbers = importer.frame((importer.folder / "out.xlsx").read_bytes())["n"].tolist()
    assert numbers == [-4.6480556316806526e86, 0.1, 5e-324]


def test_integers_that_excel_would_round_stand_as_text(importer: Importer) -> None:
    importer("n\n9007199254740993\n1\n")
    export(importer.table, importer.folder / "out.xlsx", "xlsx")
    assert importer.frame((importer.folder / "out.xlsx").read_bytes())["n"].tolist() == ["9007199254740993", "1"]


def test_json_lines_keep_types_digits_and_names(importer: Importer) -> None:
    importer("name,Name,big,number,flag,day\n=1+1,é,9007199254740991,2.0,true,2024-01-31\nx,,NA,,,\n")
    export(importer.table, importer.folder / "out.jsonl", "jsonl")
    first, second = (importer.folder / "out.jsonl").read_text().splitlines()
    assert first == ('{"name":"=1+1","Name":"é","big":9007199254740991,"number":2.0,"flag":true,"day":"2024-01-31"}')
    assert json.loads(second) == {"name": "x", "Name": None, "big": None, "number": None, "flag": None, "day": None}


def test_parquet_is_a_plain_copy(importer: Importer) -> None:
    importer(TABLE)
    export(importer.table, importer.folder / "out.parquet", "parquet")
    assert (importer.folder / "out.parquet").read_bytes() == importer.table.read_bytes()


def test_names_that_differ_by_case_stay_as_they_are(importer: Importer) -> None:
    importer("a,A\n1,2\n")
    export(importer.table, importer.folder / "out.csv", "csv")
    assert (importer.folder / "out.csv").read_text() == '"a","A"\n1,2\n'


def test_what_a_workbook_cannot_hold_is_refused(importer: Importer) -> None:
    importer("a\n" + "x" * 40_000 + "\n")
    with pytest.raises(ExportRefused, match="40,000 characters"):
        export(importer.table, importer.folder / "out.xlsx", "xlsx")


def exported(folder: Path, frame: pd.DataFrame, form: str, **options: bool) -> bytes:
    """The bytes of the exported frame."""
    frame.to_parquet(folder / "frame.parquet")
    export(folder / "frame.parquet", folder / "out", form, **options)
    return (folder / "out").read_bytes()


def test_the_longest_text_of_a_workbook_is_that_of_its_cells(importer: Importer, tmp_path: Path) -> None:
    longest = pd.DataFrame({"a": ["x" * 32_767]})
    assert importer.frame(exported(tmp_path, longest, "xlsx"))["a"].tolist() == longest["a"].tolist()
    for too_long in ("x" * 32_768, "=" + "x" * 32_766):  # the second with the quote that disarms it
        with pytest.raises(ExportRefused, match="32,768 characters"):
            exported(tmp_path, pd.DataFrame({"a": [too_long]}), "xlsx")


def test_a_workbook_holds_16384_columns(tmp_path: Path) -> None:
    frame = pd.DataFrame([[1] * 16_385]).add_prefix("c")
    with pytest.raises(ExportRefused, match="at most 1,048,575 rows and 16,384 columns; the table has 1 and 16,385"):
        exported(tmp_path, frame, "xlsx")


def test_whole_numbers_of_fifteen_digits_stand_as_numbers_and_longer_ones_as_texts(tmp_path: Path) -> None:
    frame = pd.DataFrame({"fit": [10**15 - 1, 1 - 10**15], "long": [10**15, -(10**15)]})
    data = exported(tmp_path, frame, "xlsx")
    assert _sheet_types(data) == [["s", "s"], ["n", "s"], ["n", "s"]]


def _sheet_types(data: bytes) -> list[list[str]]:
    """The type that the sheet gives each cell: s for text, n for number, b for boolean."""
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        sheet = ET.fromstring(book.read("xl/worksheets/sheet1.xml"))
    space = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    kinds = {"inlineStr": "s", "s": "s", "b": "b", "n": "n"}
    return [[kinds[cell.get("t", "n")] for cell in row.iter(f"{space}c")] for row in sheet.iter(f"{space}row")]


def test_instants_that_excel_does_not_know_stand_as_texts(tmp_path: Path) -> None:
    moments = ["1899-12-31", "1900-01-01", "2024-01-31T10:30:00.001", "2024-01-31T10:30:00.0005"]
    frame = pd.DataFrame({"at": pd.to_datetime(moments, format="ISO8601").astype("datetime64[us]")})
    assert _sheet_types(exported(tmp_path, frame, "xlsx")) == [["s"], ["s"], ["n"], ["n"], ["s"]]


def test_a_workbook_keeps_booleans_and_leaves_missing_cells_out(tmp_path: Path) -> None:
    frame = pd.DataFrame({"flag": pd.array([True, None, False], dtype="boolean"), "n": [None, 1.5, 2.0]})
    assert _sheet_types(exported(tmp_path, frame, "xlsx")) == [["s", "s"], ["b"], ["n"], ["b", "n"]]


def test_a_workbook_has_instants_with_a_zone_in_utc(importer: Importer, tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {"at": pd.to_datetime(["2024-01-31T00:00:00+01:00"]).tz_convert("UTC").astype("datetime64[us, UTC]")}
    )
    assert str(importer.frame(exported(tmp_path, frame, "xlsx"))["at"][0]) == "2024-01-30 23:00:00"


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_formulas_are_left_as_they_are_when_asked(importer: Importer, tmp_path: Path, form: str) -> None:
    frame = pd.DataFrame({"=a": ["=1+1", "x"]})
    kept = importer.frame(exported(tmp_path, frame, form, guard_formulas=False))
    assert (list(kept), kept["=a"].tolist()) == (["=a"], ["=1+1", "x"])


def test_categories_are_disarmed_like_texts(tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": pd.Categorical(["=1", "x"])})
    assert exported(tmp_path, frame, "csv").decode() == '"a"\n\'=1\nx\n'


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_a_table_without_rows_has_its_names_or_nothing(tmp_path: Path, form: str) -> None:
    data = exported(tmp_path, pd.DataFrame({"a": pd.array([], dtype="Int64")}), form)
    assert data.decode().strip() == ("" if form == "jsonl" else '"a"')


def test_every_row_of_a_long_table_is_a_line_of_json(tmp_path: Path) -> None:
    lines = exported(tmp_path, pd.DataFrame({"n": range(20_001)}), "jsonl").decode().splitlines()
    assert [json.loads(line)["n"] for line in lines] == list(range(20_001))


def test_an_export_overwrites_an_older_one(importer: Importer, tmp_path: Path) -> None:
    importer(TABLE)
    target = tmp_path / "out.csv"
    target.write_text("something older and much longer than the table " * 100)
    export(importer.table, target, "csv")
    assert target.read_text().startswith('"name","whole"')
    assert "older" not in target.read_text()
