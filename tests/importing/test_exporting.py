"""Downloads: types kept, missing cells empty, formulas disarmed."""

import json
from pathlib import Path

import pandas as pd
import pytest

from tests.importing.conftest import Importer
from wrangler.errors import ExportRefused
from wrangler.tables import export

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


def test_an_export_overwrites_an_older_one(importer: Importer, tmp_path: Path) -> None:
    importer(TABLE)
    target = tmp_path / "out.csv"
    target.write_text("something older and much longer than the table " * 100)
    export(importer.table, target, "csv")
    assert target.read_text().startswith('"name","whole"')
    assert "older" not in target.read_text()
