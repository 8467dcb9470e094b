# ruff: noqa: S608 - SQL names columns by position (c0, c1) and takes texts as quoted literals only
"""Writing the typed table: by DuckDB where it can, by Arrow where names or categories need it."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from wrangler.tables.aggregates import COLUMNS_AT_ONCE, parts
from wrangler.tables.layout import (
    Kept,
    arrow_schema,
    copy_options,
    draft_metadata,
    names_collide,
    pandas_metadata,
    parquet_options,
    passing_options,
    rows_per_group,
)
from wrangler.tables.sql import identifier, literal

if TYPE_CHECKING:
    import pyarrow as pa

LEAST_ROWS_PER_GROUP = 1_024
CELLS_AT_ONCE = 10_000_000

FOOTER_END_BYTES = 8


@dataclass(frozen=True)
class Output:
    """The table to be written: its columns, its rows, where to.

    `orders` holds categories in their order; that of the columns in `unranked` is no ranking.
    """

    target: Path
    columns: Sequence[Kept]
    rows: int
    orders: Mapping[str, Sequence[str]] = field(default_factory=dict)
    unranked: frozenset[str] = frozenset()


def write_table(con: duckdb.DuckDBPyConnection, source: str, values: Sequence[str], output: Output) -> None:
    """Write the SQL `values`, one for each column, of every row of `source`."""
    columns = output.columns
    if len(columns) > COLUMNS_AT_ONCE:
        _write_by_arrow(side_by_side(con, source, values, output.target.parent), output)
        return
    if output.orders or names_collide([column.name for column in columns]):
        selected = ", ".join(f"{value} AS c{i}" for i, value in enumerate(values))
        reader: Any = con.sql(f"SELECT {selected} FROM {source}").to_arrow_reader(rows_per_group(len(columns)))
        _write_by_arrow((batch.columns for batch in reader), output)
        return
    named = ", ".join(f"{value} AS {identifier(c.name)}" for value, c in zip(values, columns, strict=True))
    options = copy_options(columns, output.rows)
    con.execute(f"COPY (SELECT {named} FROM {source}) TO {literal(str(output.target))} ({options})")


@dataclass(frozen=True)
class Written:
    """What a draft turned out to hold: its rows, and the missing cells of each column."""

    rows: int
    nulls: list[int]


def write_draft(
    con: duckdb.DuckDBPyConnection, source: str, values: Sequence[str], columns: Sequence[Kept], target: Path
) -> Written:
    """Write the SQL `values` of every row of `source`, before its rows and missing cells are known.

    `complete_metadata` then replaces the draft of the metadata that pandas needs.
    """
    named = ", ".join(f"{value} AS {identifier(c.name)}" for value, c in zip(values, columns, strict=True))
    options = parquet_options({"pandas": draft_metadata(columns)}, len(columns))
    file = literal(str(target))
    con.execute(f"COPY (SELECT {named} FROM {source}) TO {file} ({options})")
    [(rows,)] = con.execute(f"SELECT num_rows FROM parquet_file_metadata({file})").fetchall()
    by_column = "SELECT column_id, sum(stats_null_count)::BIGINT FROM parquet_metadata({}) GROUP BY column_id"
    nulls = dict(con.execute(by_column.format(file)).fetchall())
    return Written(int(rows), [int(nulls.get(place, 0)) for place in range(len(columns))])


def complete_metadata(target: Path, columns: Sequence[Kept], rows: int) -> None:
    """Replace the draft of the pandas metadata in the footer, padded with blanks to the same length."""
    draft = draft_metadata(columns).encode()
    with target.open("r+b") as file:
        file.seek(-FOOTER_END_BYTES, os.SEEK_END)
        length = int.from_bytes(file.read(4), "little")
        start = file.seek(-FOOTER_END_BYTES - length, os.SEEK_END)
        place = file.read(length).index(draft)
        file.seek(start + place)
        file.write(pandas_metadata(columns, rows).encode().ljust(len(draft)))


def _write_by_arrow(groups: Iterable[Sequence[Any]], output: Output) -> None:
    """DuckDB would rename columns whose names differ by case only, and knows no order of categories."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    orders = output.orders
    schema = arrow_schema(output.columns, output.rows, orders.keys() - output.unranked)
    with pq.ParquetWriter(output.target, schema) as writer:
        for columns in groups:
            arrays = [
                _cast(column, kind, orders.get(name))
                for column, kind, name in zip(columns, schema.types, schema.names, strict=True)
            ]
            writer.write_batch(pa.record_batch(arrays, schema=schema))


def _cast(column: "pa.Array", kind: "pa.DataType", order: Sequence[str] | None) -> "pa.Array":
    import pyarrow as pa
    import pyarrow.compute as pc

    if order is not None:
        categories = pa.array(order, pa.string())
        places = pc.index_in(column.cast(pa.string()), categories)
        return pa.DictionaryArray.from_arrays(places, categories, ordered=kind.ordered)
    return column.dictionary_encode().cast(kind) if pa.types.is_dictionary(kind) else column.cast(kind)


def side_by_side(con: duckdb.DuckDBPyConnection, source: str, values: Sequence[str], folder: Path) -> Iterator[Any]:
    """Arrow's columns for the SQL `values` of every row of `source`, for one row group after the other."""
    rows = max(LEAST_ROWS_PER_GROUP, CELLS_AT_ONCE // len(values))
    paths: list[Path] = []
    for part in parts(values):
        paths.append(folder / f"part-{len(paths)}.parquet")
        selected = ", ".join(f"{value} AS c{place}" for place, value in enumerate(part))
        con.execute(f"COPY (SELECT {selected} FROM {source}) TO {literal(str(paths[-1]))} ({passing_options(rows)})")
    for tables in zip(*(_steps(path, rows) for path in paths), strict=True):
        yield [column.combine_chunks() for table in tables for column in table.columns]
    for path in paths:
        path.unlink()


def _steps(path: Path, rows: int) -> Iterator[Any]:
    """Tables of so many rows, whatever the row groups are that DuckDB made of them; the last may have fewer."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        held = file.schema_arrow.empty_table()
        for group in range(file.num_row_groups):
            held = pa.concat_tables([held, file.read_row_group(group, use_threads=False)])
            while held.num_rows >= rows:
                yield held.slice(0, rows)
                held = held.slice(rows)
    if held.num_rows:
        yield held
