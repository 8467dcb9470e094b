"""An uploaded Parquet file: footer checked against the limits before a page is read, then converted."""

import re
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from wrangler.importing.column_types import Columnar, kept_columns, native_of
from wrangler.importing.connection import open_for
from wrangler.importing.errors import Code, refusal
from wrangler.importing.options import ImportLimits, Spec
from wrangler.importing.readers.formats import ReasonsByColumn
from wrangler.importing.readers.headers import check_names, check_shape
from wrangler.importing.report import Report
from wrangler.tables import Output, StoredColumn, StoredTable, open_table, pandas_metadata_of, write_table

# Not the file's fault: too little memory, or SQL of ours that is wrong.
DEFECTS = (duckdb.OutOfMemoryException, duckdb.BinderException, duckdb.ParserException, duckdb.CatalogException)
INDEX_LEVEL = re.compile(r"__index_level_\d+__")  # as pandas writes a level of an index that has no name of its own


def read(spec: Spec, report: Report, _name: str) -> list[dict[str, Any]]:
    """Write the typed table of a Parquet file; returns what is known of each column."""
    report.format = "parquet"
    schema = _checked_schema(spec.source, spec.limits)
    with open_for(spec, len(schema)) as con:
        try:
            return _convert(con, schema, spec, report)
        except DEFECTS:
            raise
        except duckdb.Error as error:
            raise _broken() from error


def _broken() -> Exception:
    return refusal(Code.BROKEN_PARQUET, "The Parquet file is damaged or cut short. Write it anew and upload it again.")


def _checked_schema(path: Path, limits: ImportLimits) -> pa.Schema:
    """The footer's schema; sizes that break the budget are refused before any data is touched."""
    try:
        with pq.ParquetFile(path) as file:
            metadata, schema = file.metadata, file.schema_arrow
            inflated = sum(metadata.row_group(i).total_byte_size for i in range(metadata.num_row_groups))
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _broken() from error
    if metadata.num_rows == 0:
        raise refusal(Code.HEADER_ONLY, "The Parquet file has columns and no rows.")
    if len(schema) == 0:
        raise refusal(Code.EMPTY_FILE, "The Parquet file has no columns.")
    if inflated > limits.inflated_bytes:
        message = f"Unpacked, the file has {inflated:,} bytes; at most {limits.inflated_bytes:,} are taken."
        raise refusal(Code.TOO_LARGE, message)
    nested = [field.name for field in schema if pa.types.is_nested(field.type)]
    if nested:
        raise refusal(
            Code.NESTED_COLUMNS,
            f"Columns hold lists, records or other nested values: {', '.join(nested[:10])}. A table has one value "
            "a cell: take such columns apart, or leave them out.",
        )
    check_shape(metadata.num_rows, len(schema), limits)
    return schema


def _convert(con: duckdb.DuckDBPyConnection, schema: pa.Schema, spec: Spec, report: Report) -> list[dict[str, Any]]:
    names = _column_names(schema)
    table = _as_in_arrow(open_table(con, spec.source), schema, names, report)
    check_names([column.name for column in table.columns], spec.options, spec.limits)
    zones = {names[f.name]: str(f.type.tz) for f in schema if pa.types.is_timestamp(f.type) and f.type.tz}
    job = Columnar(spec, report, con, table, zones=zones)
    columns, values = job.convert()
    report.rows = table.rows
    categories = {field.name: field.type.ordered for field in schema if pa.types.is_dictionary(field.type)}
    orders = {names[name]: _categories(spec.source, name) for name, is_ordered in categories.items() if is_ordered}
    for column in columns:
        column["is_ordered"] = column["name"] in orders
    write_table(con, table.sql, values, Output(spec.table, kept_columns(columns), table.rows, orders))
    return columns


def _categories(path: Path, name: str) -> list[str]:
    """All categories of an ordered column in their order, those that no row uses included."""
    with pq.ParquetFile(path, read_dictionary=[name]) as file:
        batch = next(file.iter_batches(1, columns=[name]))
    return [str(value) for value in batch.column(0).dictionary.to_pylist()]


def _index_levels(schema: pa.Schema) -> list[str]:
    """The columns that were the index of a data frame, outermost level first; a range is no column."""
    metadata = pandas_metadata_of((schema.metadata or {}).get(b"pandas"))
    stored = set(schema.names)
    return [name for name in metadata.get("index_columns", []) if isinstance(name, str) and name in stored]


def _column_names(schema: pa.Schema) -> dict[str, str]:
    """The name that each stored column gets: its own, or `index` for a level of an index that has none."""
    names = {name: name for name in schema.names}
    for level in filter(INDEX_LEVEL.fullmatch, _index_levels(schema)):
        taken = set(names.values())
        free = (f"index_{number}" if number > 1 else "index" for number in count(1))
        names[level] = next(name for name in free if name not in taken)
    return names


def _as_in_arrow(table: StoredTable, schema: pa.Schema, names: dict[str, str], report: Report) -> StoredTable:
    """DuckDB's view with what only Arrow's schema holds: categories, and which columns were a data frame's index.

    pandas stores an index behind the columns; here it comes first, where it stands in the data frame.
    """
    levels = _index_levels(schema)
    columns = []
    for column, field in zip(table.columns, schema, strict=True):
        name = names[field.name]
        if pa.types.is_duration(field.type):
            report.converted(name, "duration", table.rows, f"Durations became whole numbers of {field.type.unit}.")
        kind = "category" if pa.types.is_dictionary(field.type) else column.type
        columns.append(StoredColumn(name, kind, column.sql, column.duckdb_type, column.is_zoned))
    order = {names[level]: place for place, level in enumerate(levels)}
    for name in order:
        report.note(f"Column '{name}' was the index of a data frame; it is a column like the others now.")
    columns.sort(key=lambda column: order.get(column.name, len(order)))
    return StoredTable(table.sql, columns, table.rows)


def missing_reasons(spec: Spec, _name: str, reasons: ReasonsByColumn) -> Iterator[Sequence[Any]]:
    """Texts only: a code that is a number has no label here that could name a reason."""
    from wrangler.importing.readers.missing_reasons import columns_of, reason_sql

    with open_for(spec, len(reasons)) as con:
        table, names = open_table(con, spec.source), _column_names(pq.read_schema(spec.source))
        stored = {names[column.name]: native_of(con, table, column, Report()).sql for column in table.columns}
        selected = ", ".join(reason_sql(f"({stored[name]})::VARCHAR", own) for name, own in reasons.items())
        yield from columns_of(con, f"SELECT {selected} FROM {table.sql}")  # noqa: S608 - columns by position, quoted texts
