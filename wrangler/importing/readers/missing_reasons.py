# ruff: noqa: S608 - SQL names columns by position (c0, c1) and takes texts as quoted literals only
"""Which kind of marker a missing cell held, cell by cell, for columns in which several kinds occur.

The file is read once more, those columns only; where no column has several kinds this module is not even loaded.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from wrangler.importing.column_types import native_of
from wrangler.importing.connection import open_for
from wrangler.importing.missing import OTHER
from wrangler.importing.options import Spec
from wrangler.importing.readers.typed_cells import Marks
from wrangler.importing.report import Report
from wrangler.tables import literal, open_table

ROWS_AT_ONCE = 100_000
REASON_TYPE = pa.dictionary(pa.int8(), pa.string())
ReasonsByColumn = Mapping[str, Mapping[str, str]]
Batches = Iterator[Sequence[pa.Array]]


def write_markers(spec: Spec, form: str, kinds: ReasonsByColumn) -> None:
    """Write `spec.markers`: the named columns, in each cell the kind of its marker, null where it held none.

    `kinds` gives the kind of each marker by column. A cell that just says that it is missing holds null too: that it
    is missing the table reports, and more the cell does not.
    """
    known_reasons = {
        name: {marker: kind for marker, kind in own.items() if kind != OTHER} for name, own in kinds.items()
    }
    schema = pa.schema([(name, REASON_TYPE) for name in known_reasons])
    read = _READERS.get(form, _of_statistics)
    with pq.ParquetWriter(spec.markers, schema) as writer:
        for batch in read(spec, form, known_reasons):
            arrays = [array.dictionary_encode().cast(REASON_TYPE) for array in batch]
            writer.write_batch(pa.record_batch(arrays, schema=schema))


def _of_text(spec: Spec, _form: str, kinds: ReasonsByColumn) -> Batches:
    from wrangler.importing.readers.delimited import open_file

    file = open_file(spec, Report())
    columns = {name: f"c{place}" for place, name in enumerate(file.dialect.names)}
    with open_for(spec, len(columns)) as con:
        selected = ", ".join(_reason_sql(columns[name], own) for name, own in kinds.items())
        yield from _columns(con, f"SELECT {selected} FROM {file.scan()}")


def _of_parquet(spec: Spec, _form: str, kinds: ReasonsByColumn) -> Batches:
    """Texts only: a code that is a number has no label here that could name a kind."""
    from wrangler.importing.readers.parquet import INDEX_NAME

    with open_for(spec, len(kinds)) as con:
        table = open_table(con, spec.source)
        stored = {column.name: native_of(con, table, column, Report()).sql for column in table.columns}
        selected = ", ".join(
            _reason_sql(f"({stored.get(name) or stored[INDEX_NAME]})::VARCHAR", own) for name, own in kinds.items()
        )
        yield from _columns(con, f"SELECT {selected} FROM {table.sql}")


def _of_sheet(spec: Spec, _form: str, kinds: ReasonsByColumn) -> Batches:
    from wrangler.importing.readers.workbook import open_sheet

    sheet = open_sheet(spec, Report())
    places = {name: sheet.names.index(name) for name in kinds}
    rows = sheet.rows()
    tests = {name: _typed_reason(own) for name, own in kinds.items()}
    while part := list(islice(rows, ROWS_AT_ONCE)):
        yield [pa.array([test(row[places[name]]) for row in part], pa.string()) for name, test in tests.items()]


def _of_json(spec: Spec, _form: str, kinds: ReasonsByColumn) -> Batches:
    from wrangler.importing.readers.json_records import Records
    from wrangler.importing.readers.json_values import weighing_decoder
    from wrangler.importing.text_encoding import read_text

    records = Records(read_text(spec).path, spec.limits.text_bytes).read(weighing_decoder())
    tests = {name: _typed_reason(own) for name, own in kinds.items()}
    while part := list(islice(records, ROWS_AT_ONCE)):
        yield [pa.array([test(record.get(name)) for record in part], pa.string()) for name, test in tests.items()]


def _of_statistics(spec: Spec, form: str, kinds: ReasonsByColumn) -> Batches:
    from wrangler.importing.readers.statistical import Source, variable_of

    source = Source(spec.source, form, spec.options.encoding)
    _, known_reasons = source.read(metadataonly=True)
    variables = {name: variable_of(name, known_reasons, spec, form) for name in kinds}
    for piece in source.pieces(ROWS_AT_ONCE):
        yield [
            pa.array([kinds[name].get(variable.marker_of(value) or "") for value in piece[name]], pa.string())
            for name, variable in variables.items()
        ]


_READERS: Mapping[str, Callable[[Spec, str, ReasonsByColumn], Batches]] = {
    "text": _of_text,
    "parquet": _of_parquet,
    "json": _of_json,
    **dict.fromkeys(("xlsx", "xlsb", "ods"), _of_sheet),
}


def _reason_sql(cell: str, kinds: Mapping[str, str]) -> str:
    pairs = ", ".join(f"{literal(marker.strip())}: {literal(kind)}" for marker, kind in kinds.items())
    return f"MAP {{{pairs}}}[trim({cell})]"


def _typed_reason(kinds: Mapping[str, str]) -> Callable[[Any], str | None]:
    """The kind of a cell that has a type of its own."""
    marks = Marks(list(kinds))
    return lambda cell: kinds.get(marks.of(cell) or "")


def _columns(con: duckdb.DuckDBPyConnection, query: str) -> Batches:
    """By a cursor of its own, since the connection may still hold the answer to another question."""
    batches: Any = con.cursor().sql(query).to_arrow_reader(ROWS_AT_ONCE)
    for batch in batches:
        yield batch.columns
