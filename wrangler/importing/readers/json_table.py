"""JSON records and JSON lines: typed record by record, staged as Parquet, then converted."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from wrangler.importing.column_types import ISO_DAY_SHAPE, Columnar, iso, kept_columns, matches
from wrangler.importing.connection import open_for
from wrangler.importing.errors import Code, refusal
from wrangler.importing.missing import ISO_DAY, markers_of
from wrangler.importing.options import Spec
from wrangler.importing.readers.formats import ReasonsByColumn
from wrangler.importing.readers.headers import check_names, check_shape
from wrangler.importing.readers.json_records import Record, Records
from wrangler.importing.readers.json_values import Member, inferring_decoder, verbatim_decoder
from wrangler.importing.readers.typed_cells import Marks
from wrangler.importing.report import Report
from wrangler.importing.text_encoding import read_text
from wrangler.tables import Output, StoredColumn, StoredTable, open_table, per_column, write_table

CELLS_AT_ONCE = 1_000_000
SHOWN = 10


@dataclass
class Measured:
    """The records of a file and what their keys hold."""

    records: Records
    rows: int = 0
    members: dict[str, Member] = field(default_factory=dict)


def read(spec: Spec, report: Report, _name: str) -> list[dict[str, Any]]:
    """Write the typed table of the records; returns what is known of each column."""
    text = read_text(spec)
    text.report_to(report)
    measured = _measure(Records(text.path, spec.limits.text_bytes), spec)
    report.format = "jsonl" if measured.records.is_lines else "json"
    members = list(measured.members.values())
    if not members:
        raise refusal(Code.HEADER_ONLY if measured.rows else Code.EMPTY_FILE, "The JSON holds no record with a key.")
    check_names([member.name for member in members], spec.options, spec.limits)
    check_shape(measured.rows, len(members), spec.limits)
    _report_absent(members, measured.rows, report)
    staged = spec.folder / "staged.parquet"
    _stage(measured, staged)
    return _convert(staged, members, spec, report)


def _measure(records: Records, spec: Spec) -> Measured:
    measured = Measured(records)
    members, limits = measured.members, spec.limits
    for record in records.read(inferring_decoder()):
        measured.rows += 1
        for name, value in record.items():
            if name not in members:
                members[name] = Member(name, Marks(markers_of(name, spec.options, standard=())))
                check_shape(measured.rows, len(members), limits)
            members[name].see(value, measured.rows)
        if measured.rows > limits.rows:
            check_shape(measured.rows, len(members), limits)
    return measured


def _report_absent(members: list[Member], rows: int, report: Report) -> None:
    absent = [f"'{member.name}' in {rows - member.present:,}" for member in members if member.present < rows]
    if absent:
        more = " and more" if len(absent) > SHOWN else ""
        report.note(f"Some records lack a key: {', '.join(absent[:SHOWN])}{more}. These cells are missing.")


def _stage(measured: Measured, path: Path) -> None:
    members = list(measured.members.values())
    schema = pa.schema([(member.name, member.arrow_type()) for member in members])
    records = measured.records.read(verbatim_decoder())
    with pq.ParquetWriter(path, schema) as writer:
        for part in _parts(records, max(1, CELLS_AT_ONCE // len(members))):
            arrays = [_array(member, part) for member in members]
            writer.write_batch(pa.record_batch(arrays, schema=schema))


def _parts(records: Iterator[Record], rows: int) -> Iterator[list[Record]]:
    while part := list(islice(records, rows)):
        yield part


def _array(member: Member, part: list[Record]) -> pa.Array:
    try:
        return pa.array([member.convert(record.get(member.name)) for record in part], member.arrow_type())
    except UnicodeEncodeError:
        message = f"Column '{member.name}' holds half a character (a lone surrogate such as \\ud800): no text has that."
        raise refusal(Code.WRONG_ENCODING, message) from None


def _convert(staged: Path, members: list[Member], spec: Spec, report: Report) -> list[dict[str, Any]]:
    with open_for(spec, len(members)) as con:
        table = _with_moments(con, open_table(con, staged), spec, report)
        job = Columnar(spec, report, con, table, marks_apply=False)
        columns, values = job.convert()
        write_table(con, table.sql, values, Output(spec.table, kept_columns(columns), table.rows))
    report.rows = table.rows
    for member, column in zip(members, columns, strict=True):
        column["markers"] = dict(member.markers) | column["markers"]
        member.report_to(report)
    return columns


def _with_moments(con: duckdb.DuckDBPyConnection, table: StoredTable, spec: Spec, report: Report) -> StoredTable:
    """JSON has no dates: texts that all are instants in ISO 8601 are read as such."""
    texts = [c for c in table.columns if c.type == "text" and c.name not in spec.options.types]
    naive, zoned = iso(is_zoned=False), iso(is_zoned=True)

    def counts(sql: str, _: str) -> str:
        tests = {"filled": "true", "naive": naive.holds(sql), "zoned": zoned.holds(sql)}
        tests["days"] = matches(sql, ISO_DAY_SHAPE)
        return "{" + ", ".join(f"'{name}': count({sql}) FILTER ({test})" for name, test in tests.items()) + "}"

    figures = per_column(con, table.sql, [(column.sql, "text") for column in texts], counts)
    moments: dict[str, StoredColumn] = {}
    for column, found in zip(texts, figures, strict=True):
        if found["filled"] and found["filled"] == found["days"] == found["naive"]:
            report.date_formats[column.name] = ISO_DAY
        for is_zoned, kind, reading in ((False, "TIMESTAMP", naive), (True, "TIMESTAMP WITH TIME ZONE", zoned)):
            if found["filled"] and found["filled"] == found["zoned" if is_zoned else "naive"]:
                moment = StoredColumn(column.name, "date", reading.typed(column.sql), kind, is_zoned)
                moments.setdefault(column.sql, moment)
    return replace(table, columns=[moments.get(column.sql, column) for column in table.columns])


def missing_reasons(spec: Spec, _name: str, reasons: ReasonsByColumn) -> Iterator[Sequence[Any]]:
    """The missing reason of each cell of these columns, by parts of the rows; null where its marker gives none."""
    import pyarrow as pa

    from wrangler.importing.readers.missing_reasons import ROWS_AT_ONCE, typed_reason

    records = Records(read_text(spec).path, spec.limits.text_bytes).read(inferring_decoder())
    tests = {name: typed_reason(own) for name, own in reasons.items()}
    while part := list(islice(records, ROWS_AT_ONCE)):
        yield [pa.array([test(record.get(name)) for record in part], pa.string()) for name, test in tests.items()]
