"""A sheet of a workbook (xlsx, xlsb, ods): checked against the limits, read by calamine, staged, then converted."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from wrangler.importing.column_types import Columnar, kept_columns
from wrangler.importing.connection import open_for
from wrangler.importing.errors import Code, refusal
from wrangler.importing.missing import markers_of
from wrangler.importing.options import Spec
from wrangler.importing.readers.formats import ReasonsByColumn
from wrangler.importing.readers.headers import check_names, check_shape
from wrangler.importing.readers.typed_cells import Marks, Stage, as_text
from wrangler.importing.readers.zip_limits import broken_workbook, check_workbook
from wrangler.importing.report import Report
from wrangler.tables import Output, open_table, write_table

ROWS_AT_ONCE = 20_000


@dataclass
class Sheet:
    """One sheet as a table: where its header stands and which of its columns are used."""

    cells: CalamineSheet
    header_row: int
    has_header: bool
    names: list[str]
    places: list[int]

    @property
    def first_row(self) -> int:
        """The number, as a spreadsheet shows it, of the first row below the header."""
        return self.header_row + (2 if self.has_header else 1)

    def rows(self) -> Iterator[list[Any]]:
        for row in islice(self.cells.iter_rows(), self.first_row - 1, None):
            yield [row[place] if place < len(row) else "" for place in self.places]


def read(spec: Spec, report: Report, name: str) -> list[dict[str, Any]]:
    """Write the typed table of one sheet; returns what is known of each column."""
    report.format = name
    with _refuse_damage():
        return _read(spec, report)


@contextmanager
def _refuse_damage() -> Iterator[None]:
    """Calamine reports damage by its own error, or by a panic, a class that Python cannot import."""
    try:
        yield
    except CalamineError:
        raise broken_workbook() from None
    except BaseException as panic:  # a panic is no Exception; anything else is raised again
        if type(panic).__name__ != "PanicException":
            raise
        raise broken_workbook() from panic


def _read(spec: Spec, report: Report) -> list[dict[str, Any]]:
    errors = check_workbook(spec.source, spec.limits)
    if errors:
        report.note(f"{errors:,} cells of the workbook hold an error such as #N/A or #DIV/0!; they became missing.")
    sheet = open_sheet(spec, report)
    check_names(sheet.names, spec.options, spec.limits)
    stages = [Stage(name, Marks(markers_of(name, spec.options))) for name in sheet.names]
    rows = _measure(sheet, stages)
    if rows == 0:
        raise refusal(Code.HEADER_ONLY, f"The sheet '{sheet.cells.name}' has a header and no rows below it.")
    check_shape(rows, len(stages), spec.limits)
    staged = spec.folder / "staged.parquet"
    _stage(sheet, stages, staged)
    return _convert(staged, sheet, stages, spec, report)


def open_sheet(spec: Spec, report: Report) -> Sheet:
    try:
        with CalamineWorkbook.from_path(spec.source) as book:
            if not book.sheet_names:
                raise broken_workbook()
            name = _chosen(book.sheet_names, spec.options.sheet)
            report.sheets, report.sheet = list(book.sheet_names), name
            cells = book.get_sheet_by_name(name)
    except OSError as error:  # a member that ends too early, or does not inflate
        raise broken_workbook() from error
    if len(report.sheets) > 1 and spec.options.sheet is None:
        report.note(
            f"The workbook has {len(report.sheets)} sheets; the first, '{name}', was read. Set `sheet` for another."
        )
    return _layout(cells, spec, report)


def _chosen(names: list[str], asked: str | int | None) -> str:
    if asked is None:
        return names[0]
    if isinstance(asked, int) and 0 <= asked < len(names):
        return names[asked]
    if isinstance(asked, str) and asked in names:
        return asked
    listed = ", ".join(f"{position}: '{name}'" for position, name in enumerate(names))
    message = f"The workbook has no sheet {asked!r}. It has {listed}."
    raise refusal(Code.UNKNOWN_SHEET, message, option="/sheet")


def _layout(cells: CalamineSheet, spec: Spec, report: Report) -> Sheet:
    """The header is the first row with anything in it; columns without name and values are no columns."""
    header_row, first = next(
        (
            (number, row)
            for number, row in enumerate(cells.iter_rows())
            if number >= spec.options.skip_lines and any(value != "" for value in row)
        ),
        (0, []),
    )
    if not first:
        raise refusal(Code.EMPTY_FILE, f"The sheet '{cells.name}' is empty.")
    has_header = spec.options.header is not False
    if has_header and spec.options.header is None and all(isinstance(v, float | int) for v in first if v != ""):
        raise refusal(
            Code.HEADER_MISSING,
            "The first row holds only numbers, so it seems that there are no column names. Set `header` to false if "
            "the first row is data, or to true if these are the names.",
            option="/header",
            lines=[header_row + 1],
        )
    used = _used_columns(cells, header_row)
    if len(used) < len(first):
        report.note("Columns without a name and without a value were left out.")
    names = [as_text(first[place]) if has_header else f"column_{number}" for number, place in enumerate(used, 1)]
    return Sheet(cells, header_row, has_header, names, used)


def _used_columns(cells: CalamineSheet, header_row: int) -> list[int]:
    used: set[int] = set()
    for row in islice(cells.iter_rows(), header_row, None):
        if len(used) < len(row):
            used.update(place for place, value in enumerate(row) if value != "")
    return sorted(used)


def _measure(sheet: Sheet, stages: list[Stage]) -> int:
    rows = 0
    for row in sheet.rows():
        rows += 1
        for stage, value in zip(stages, row, strict=True):
            stage.see(value, sheet.first_row + rows - 1)
    return rows


def _stage(sheet: Sheet, stages: list[Stage], path: Path) -> None:
    """The sheet as Parquet, each column of one type, markers already taken out."""
    schema = pa.schema([(stage.name, stage.arrow_type()) for stage in stages])
    rows = sheet.rows()
    with pq.ParquetWriter(path, schema) as writer:
        while part := list(islice(rows, ROWS_AT_ONCE)):
            columns = zip(*part, strict=True)
            arrays = [
                pa.array([stage.convert(value) for value in column], field.type)
                for stage, column, field in zip(stages, columns, schema, strict=True)
            ]
            writer.write_batch(pa.record_batch(arrays, schema=schema))


def _convert(staged: Path, sheet: Sheet, stages: list[Stage], spec: Spec, report: Report) -> list[dict[str, Any]]:
    with open_for(spec, len(stages)) as con:
        table = open_table(con, staged)
        job = Columnar(spec, report, con, table, first_row=sheet.first_row, marks_apply=False)
        columns, values = job.convert()
        write_table(con, table.sql, values, Output(spec.table, kept_columns(columns), table.rows))
    report.rows = table.rows
    for stage, column in zip(stages, columns, strict=True):
        column["markers"] = dict(stage.markers) | column["markers"]
        stage.report_to(report)
    return columns


def missing_reasons(spec: Spec, _name: str, reasons: ReasonsByColumn) -> Iterator[Sequence[Any]]:
    """The missing reason of each cell of these columns, by parts of the rows; null where its marker gives none."""
    import pyarrow as pa

    from wrangler.importing.readers.missing_reasons import ROWS_AT_ONCE, typed_reason

    sheet = open_sheet(spec, Report())
    places = {name: sheet.names.index(name) for name in reasons}
    rows = sheet.rows()
    tests = {name: typed_reason(own) for name, own in reasons.items()}
    while part := list(islice(rows, ROWS_AT_ONCE)):
        yield [pa.array([test(row[places[name]]) for row in part], pa.string()) for name, test in tests.items()]
