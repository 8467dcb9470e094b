"""Days that stand for missing are proposed by evidence, as the file writes them, and never applied."""

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyreadstat
import pytest

from tests.importing.conftest import Importer
from tests.importing.files import parquet, workbook

BIRTHDAYS = [date(1930, 1, 1) + timedelta(days=53 * n) for n in range(500)]
VISITS = [date(2021, 3, 1) + timedelta(days=n % 700) for n in range(300)]
NEW_YEARS = [date(year, 1, 1) for year in range(1950, 2020) for _ in range(20)]
SEVENTIES = [date(1970, 1, 1) + timedelta(days=n % 90) for n in range(400)]


def table_of(days: Iterable[date], form: str = "%Y-%m-%d") -> str:
    return "\n".join(["day", *(day.strftime(form) for day in days), ""])


def proposed(importer: Importer, days: Iterable[date], form: str = "%Y-%m-%d") -> list[str]:
    result = importer(table_of(days, form))
    assert (result.columns[0]["type"], result.columns[0]["missing"]) == ("date", 0)
    return [found["value"] for found in result.report["suspected_markers"]]


@pytest.mark.parametrize(
    ("days", "code"),
    [
        ([*VISITS, *[date(1900, 1, 1)] * 2], "1900-01-01"),
        ([*VISITS, *[date(1970, 1, 1)] * 3], "1970-01-01"),
        ([*VISITS, *[date(1899, 12, 30)] * 3], "1899-12-30"),
        ([date(1971, 6, 1) + timedelta(days=n) for n in range(20)] + [date(1970, 1, 1)] * 2, "1970-01-01"),
        ([*VISITS[:20], *[date(9999, 12, 31)] * 200], "9999-12-31"),
        ([*BIRTHDAYS, *[date(1900, 1, 1)] * 12], "1900-01-01"),
        ([*BIRTHDAYS, *[date(1970, 1, 1)] * 12], "1970-01-01"),
    ],
    ids=[
        "far before",
        "1970 far before",
        "a workbook's zero",
        "seventeen months before",
        "no end",
        "piled beyond",
        "piled among",
    ],
)
def test_a_usual_day_that_stands_apart_or_piles_up_is_proposed(importer: Importer, days: list[date], code: str) -> None:
    assert proposed(importer, days) == [code]


@pytest.mark.parametrize(
    "days",
    [
        [*BIRTHDAYS, date(1970, 1, 1), date(1970, 1, 1)],
        SEVENTIES,
        NEW_YEARS,
        [*VISITS, date(1900, 1, 1)],
        [date(1970, 1, 1)] * 30,
        [date(1890, 6, 1) + timedelta(days=7 * n) for n in range(800)] + [date(1900, 1, 1)] * 3,
    ],
    ids=["birthdays", "days of 1970", "each new year", "once", "nothing else", "old records"],
)
def test_real_days_are_not_proposed(importer: Importer, days: list[date]) -> None:
    assert proposed(importer, days) == []


@pytest.mark.parametrize("form", ["%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y"])
def test_a_proposed_day_can_be_confirmed_as_it_is_proposed(importer: Importer, form: str) -> None:
    days = [*VISITS, *[date(1900, 1, 1)] * 4]
    [code] = proposed(importer, days, form)
    [column] = importer(table_of(days, form), added_missing_markers={"day": [code]}).columns
    assert (code, column["type"], column["missing"]) == (date(1900, 1, 1).strftime(form), "date", 4)


@pytest.mark.parametrize("form", ["%Y-%m-%d 00:00:00", "%Y-%m-%dT00:00:00Z"])
def test_a_day_is_not_proposed_as_a_text_that_the_file_does_not_hold(importer: Importer, form: str) -> None:
    assert proposed(importer, [*VISITS, *[date(1900, 1, 1)] * 4], form) == []


def stata(days: Sequence[date], folder: Path) -> bytes:
    pyreadstat.write_dta(pd.DataFrame({"day": days}), folder / "days.dta")
    return (folder / "days.dta").read_bytes()


@pytest.mark.parametrize(
    "file_of",
    [
        lambda days, _: parquet(pa.table({"day": pa.array(days, pa.date32())})),
        lambda days, _: parquet(pa.table({"day": pa.array(days, pa.date32()).cast(pa.timestamp("ns"))})),
        lambda days, _: workbook([["day"], *([day] for day in days)]),
        lambda days, _: "\n".join(json.dumps({"day": str(day)}) for day in days).encode(),
        stata,
    ],
    ids=["Parquet", "nanoseconds", "workbook", "JSON lines", "Stata"],
)
def test_days_in_files_with_types_are_proposed_and_can_be_confirmed(
    importer: Importer, tmp_path: Path, file_of: Callable[[Sequence[date], Path], bytes]
) -> None:
    file = file_of([*VISITS, *[date(1970, 1, 1)] * 4], tmp_path)
    result = importer(file)
    assert (result.columns[0]["type"], result.columns[0]["missing"]) == ("date", 0)
    assert [found["value"] for found in result.report["suspected_markers"]] == ["1970-01-01"]

    [column] = importer(file, added_missing_markers={"day": ["1970-01-01"]}).columns
    assert (column["type"], column["missing"], column["markers"]) == ("date", 4, {"1970-01-01": 4})


def test_a_day_is_no_marker_for_a_moment_of_that_day(importer: Importer) -> None:
    moments = ["1970-01-01T00:00", "1970-01-01T12:00", "2020-05-05T00:00"]
    file = parquet(pa.table({"at": [datetime.fromisoformat(moment) for moment in moments]}))
    [column] = importer(file, missing_markers=["1970-01-01"]).columns
    assert (column["missing"], column["markers"]) == (1, {"1970-01-01": 1})
