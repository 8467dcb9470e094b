# ruff: noqa: S608 - SQL names columns by position (c0, c1) and takes texts as quoted literals only
"""The lines of the values because of which a column was kept as text."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import duckdb

from wrangler.importing.column_types import Choice, Plan, Reading
from wrangler.importing.readers.delimited import line_numbers
from wrangler.importing.report import Report

if TYPE_CHECKING:
    from wrangler.importing.readers.delimited.file import File

SHOWN = 5
# Counting lines takes seconds for each 100 MB; a longer file's report does without.
MOST_BYTES = 64 * 1024**2


def report_lines(choices: Sequence[Choice], con: duckdb.DuckDBPyConnection, file: "File", report: Report) -> None:
    """Add the first few lines to what the report suspects of columns that nearly were of another type."""
    if file.path.stat().st_size > MOST_BYTES:
        return
    suspicions = {suspicion["column"]: suspicion for suspicion in report.suspicions}
    for choice in choices:
        suspicion = suspicions.get(choice.column.source.name)
        if choice.failed and suspicion:
            suspicion["lines"] = _lines(choice, choice.failed, con, file)


def _lines(choice: Choice, reading: Reading, con: duckdb.DuckDBPyConnection, file: "File") -> list[int]:
    source = replace(choice.column.source, raw="v")
    value = Plan(source, reading).value("v")
    numbered = f"SELECT row_number() OVER () AS row, {choice.column.source.raw} AS v FROM {file.scan()}"
    is_misfit = f"{source.value} IS NOT NULL AND NOT {reading.holds(value)}"
    found = con.execute(f"SELECT row FROM ({numbered}) WHERE {is_misfit} ORDER BY row LIMIT {SHOWN}").fetchall()
    return line_numbers.of_records(file.path, file.dialect, [row for (row,) in found])
