# ruff: noqa: S608 - SQL names columns by position (c0, c1) and takes texts as quoted literals only
"""Pages of rows out of a Parquet table, at the same cost at any offset."""

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from wrangler.tables.connection import PAGE_MEMORY_BYTES, StoredTable, count_columns, iso_sql, open_database, open_table
from wrangler.tables.sql import literal

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

Row = tuple[Any, ...]
COLUMNS_AT_ONCE = 200
MIDNIGHT = "T00:00:00"

SAFE_INTEGER = 2**53
WIDE_COLUMNS = 200  # beyond, DuckDB takes longer to plan than Arrow to read
CELLS_PER_PAGE = 200_000


def read_rows(path: Path, *, offset: int, limit: int) -> list[dict[str, Any]]:
    """Rows `offset` to `offset + limit` as dicts of JSON-safe values; fewer where a page would hold too many cells.

    Missing is None, instants are ISO texts, whole numbers beyond 2^53 (which JavaScript would round) are texts.
    """
    with open_database(path, folder=None, memory_bytes=PAGE_MEMORY_BYTES, threads=1) as con:
        count = count_columns(con, path)
        limit = min(limit, max(1, CELLS_PER_PAGE // max(1, count)))
        if count <= WIDE_COLUMNS:
            table = open_table(con, path)
            names, rows = [column.name for column in table.columns], _read(con, table, path, (offset, offset + limit))
        else:
            names, rows = read_wide(path, offset, offset + limit)
    return [dict(zip(names, map(json_safe, row), strict=True)) for row in rows]


def _read(con: duckdb.DuckDBPyConnection, table: StoredTable, path: Path, span: tuple[int, int]) -> list[Row]:
    selected = ", ".join(iso_sql(c) if c.type == "date" else c.sql for c in table.columns)
    aliases = ", ".join(column.sql for column in table.columns)
    source = f"read_parquet({literal(str(path))}, file_row_number=true) AS t({aliases}, row_number)"
    query = f"SELECT {selected} FROM {source} WHERE row_number >= ? AND row_number < ? ORDER BY row_number"
    return con.execute(query, list(span)).fetchall()


def json_safe(value: object) -> str | float | None:
    """A cell as JSON can carry it without loss."""
    make = _MAKERS.get(type(value))
    return make(value) if make else (value if value is None else str(value))


_MAKERS: dict[type, Callable[[Any], str | float | None]] = {
    bool: bool,
    str: str,
    int: lambda value: value if abs(value) <= SAFE_INTEGER else str(value),
    float: lambda value: value if math.isfinite(value) else None,
}


def read_wide(path: Path, start: int, stop: int) -> tuple[list[str], list[Row]]:
    """The names of all columns, and the rows from `start` to before `stop`; instants are ISO texts."""
    import pyarrow.parquet as pq

    rows: list[Row] = []
    with pq.ParquetFile(path) as file:
        names: list[str] = file.schema_arrow.names
        for group, first, last in _spans(file.metadata, start, stop):
            columns: list[list[Any]] = []
            for place in range(0, len(names), COLUMNS_AT_ONCE):
                wanted = names[place : place + COLUMNS_AT_ONCE]
                part = file.read_row_group(group, columns=wanted, use_threads=False)
                columns += [_cells(part.column(name).slice(first, last - first)) for name in wanted]
            rows += zip(*columns, strict=True)
    return names, rows


def _spans(metadata: "pq.FileMetaData", start: int, stop: int) -> Iterator[tuple[int, int, int]]:
    """Row groups that hold some of the rows, each with the first and, exclusively, the last of them."""
    before = 0
    for group in range(metadata.num_row_groups):
        count = metadata.row_group(group).num_rows
        first, last = max(start - before, 0), min(stop - before, count)
        if first < last:
            yield group, first, last
        before += count


def _cells(column: "pa.ChunkedArray") -> list[Any]:
    import pyarrow as pa

    if not pa.types.is_timestamp(column.type):
        cells: list[Any] = column.to_pylist()
        return cells
    return [None if text is None else _iso(text) for text in column.cast(pa.string()).to_pylist()]


def _iso(text: str) -> str:
    """Arrow's text of an instant as everywhere else: days alone as days, zones as UTC, no idle fraction."""
    moment, is_zoned = text.removesuffix("Z").replace(" ", "T"), text.endswith("Z")
    whole, _, fraction = moment.partition(".")
    digits = fraction[:6] if fraction.strip("0") else ""
    moment = f"{whole}.{digits}" if digits.strip("0") else whole
    return f"{moment}+00:00" if is_zoned else moment.removesuffix(MIDNIGHT)
