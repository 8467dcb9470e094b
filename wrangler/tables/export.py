# ruff: noqa: S608 - SQL names columns by position (c0, c1) and takes texts as quoted literals only
"""A stored table as a file for people: CSV, JSON lines, Parquet or a workbook, types kept, formulas disarmed."""

import csv
import io
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import duckdb

from wrangler.errors import ExportRefused
from wrangler.tables.connection import PAGE_MEMORY_BYTES, StoredColumn, StoredTable, iso_sql, open_database, open_table
from wrangler.tables.sql import literal

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

# What spreadsheets take for the beginning of a formula, full-width forms included.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001 - meant so
WORKBOOK_ROWS = 1_048_576
WORKBOOK_COLUMNS = 16_384
WORKBOOK_TEXT = 32_767
EXACT_IN_WORKBOOK = 10**15
ROWS_AT_ONCE = 10_000
NEWLINE = "\n"


class Exact(float):
    """A number that is written with all its digits: XlsxWriter would round it to 16, and 17 may be needed."""

    def __format__(self, _: str) -> str:
        return repr(float(self))


def export(
    path: Path,
    target: Path,
    format: Literal["csv", "jsonl", "parquet", "xlsx"],  # noqa: A002 - the word of the public face
    *,
    guard_formulas: bool = True,
    memory_bytes: int = PAGE_MEMORY_BYTES,
    threads: int = 2,
) -> None:
    """Write the table at `path` to `target`; `memory_bytes` and `threads` are what the database may use.

    In CSV missing cells are empty, dates ISO texts, and names stand in quotes, so that whoever reads it is not left to
    guess the delimiter. `guard_formulas` puts `'` before texts (and names) in CSV and xlsx that a spreadsheet would run
    as a formula; numbers are never touched, Parquet is a plain copy. In JSON lines a missing cell is null and whole
    numbers keep all their digits.
    """
    if format == "parquet":
        shutil.copyfile(path, target)
        return
    with open_database(path, target, folder=None, memory_bytes=memory_bytes, threads=threads) as con:
        table = open_table(con, path)
        if format == "csv":
            _export_csv(con, table, target, guard_formulas=guard_formulas)
        elif format == "jsonl":
            _export_json_lines(con, table, target)
        else:
            _export_workbook(con, table, target, guard_formulas=guard_formulas)


def refuse_unless_in_workbook(rows: int, columns: int) -> None:
    """Raise `ExportRefused` for a table that no sheet holds; one row of it goes to the names."""
    if rows >= WORKBOOK_ROWS or columns > WORKBOOK_COLUMNS:
        raise ExportRefused(
            f"A workbook holds at most {WORKBOOK_ROWS - 1:,} rows and {WORKBOOK_COLUMNS:,} columns; the table has "
            f"{rows:,} and {columns:,}. Take CSV or Parquet."
        )


def guarded(text: str) -> str:
    """The text, with `'` before it if a spreadsheet would take it for a formula."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _guarded_sql(column: StoredColumn) -> str:
    starts = " OR ".join(f"starts_with({column.sql}, {literal(start)})" for start in FORMULA_STARTS)
    return f"CASE WHEN {starts} THEN '''' || {column.sql} ELSE {column.sql} END"


def _csv_sql(column: StoredColumn, *, guard_formulas: bool) -> str:
    if column.type in {"text", "category"}:
        return _guarded_sql(column) if guard_formulas else column.sql
    if column.type == "date":
        return iso_sql(column)
    return column.sql


def _export_csv(con: duckdb.DuckDBPyConnection, table: StoredTable, target: Path, *, guard_formulas: bool) -> None:
    names = [guarded(c.name) if guard_formulas else c.name for c in table.columns]
    header = io.StringIO()
    csv.writer(header, lineterminator=NEWLINE, quoting=csv.QUOTE_ALL).writerow(names)
    selected = ", ".join(_csv_sql(column, guard_formulas=guard_formulas) for column in table.columns)
    options = f"FORMAT csv, USE_TMP_FILE false, HEADER false, PREFIX {literal(header.getvalue())}"
    file = literal(str(target))
    con.execute(f"COPY (SELECT {selected} FROM {table.sql}) TO {file} ({options}, SUFFIX {literal(NEWLINE)})")


def _export_json_lines(con: duckdb.DuckDBPyConnection, table: StoredTable, target: Path) -> None:
    """Names go in as literals, so that two which differ by case only both stay."""
    members = ", ".join(
        f"{literal(column.name)}, {iso_sql(column) if column.type == 'date' else column.sql}"
        for column in table.columns
    )
    cursor = con.execute(f"SELECT json_object({members})::VARCHAR FROM {table.sql}")
    with target.open("w", encoding="utf-8", newline=NEWLINE) as file:
        while rows := cursor.fetchmany(ROWS_AT_ONCE):
            file.writelines(line + NEWLINE for (line,) in rows)


def _export_workbook(con: duckdb.DuckDBPyConnection, table: StoredTable, target: Path, *, guard_formulas: bool) -> None:
    import xlsxwriter

    refuse_unless_in_workbook(table.rows, len(table.columns))
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(str(target), {**options, "tmpdir": str(target.parent)}) as workbook:
        sheet = workbook.add_worksheet("table")
        moments = workbook.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        for position, column in enumerate(table.columns):
            sheet.write_string(0, position, guarded(column.name) if guard_formulas else column.name)
        for number, row in enumerate(_rows(con, table), start=1):
            for position, value in enumerate(row):
                _write_cell(sheet, (number, position), value, moments, guard_formulas=guard_formulas)


def _rows(con: duckdb.DuckDBPyConnection, table: StoredTable) -> Iterator[tuple[Any, ...]]:
    selected = ", ".join(
        f"timezone('UTC', {column.sql})" if column.is_zoned else column.sql for column in table.columns
    )
    cursor = con.execute(f"SELECT {selected} FROM {table.sql}")
    while rows := cursor.fetchmany(ROWS_AT_ONCE):
        yield from rows


def _write_cell(
    sheet: "Worksheet",
    place: tuple[int, int],
    value: str | float | datetime | None,
    moments: "Format",
    *,
    guard_formulas: bool,
) -> None:
    if value is None:
        return
    if isinstance(value, bool):
        sheet.write_boolean(*place, value)
    elif isinstance(value, str):
        text = guarded(value) if guard_formulas else value
        if len(text) > WORKBOOK_TEXT:
            raise ExportRefused(f"A text of {len(text):,} characters does not fit a workbook's cell. Take CSV.")
        sheet.write_string(*place, text)
    elif isinstance(value, datetime):
        _write_moment(sheet, place, value, moments)
    elif isinstance(value, int) and abs(value) >= EXACT_IN_WORKBOOK:
        sheet.write_string(*place, str(value))
    elif isinstance(value, int):
        sheet.write_number(*place, value)
    else:
        sheet.write_number(*place, Exact(value))


def _write_moment(sheet: "Worksheet", place: tuple[int, int], value: datetime, moments: "Format") -> None:
    """Excel knows no day before 1900 and nothing below a millisecond: such instants stand as ISO texts."""
    if value.year < 1900 or value.microsecond % 1000:  # noqa: PLR2004 - Excel's epoch
        sheet.write_string(*place, value.isoformat())
    else:
        sheet.write_datetime(*place, value, moments)
