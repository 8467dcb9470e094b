# ruff: noqa: S608 - SQL names columns by position (c0, c1) and takes texts as quoted literals only
"""A table of very many columns: computed a part of them at a time, put side by side a group of rows at a time.

To cast thousands of columns in one query takes room for 2,048 cells of each several times over, in each thread: 4 GB
for 10,000 columns of however few rows.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb

from wrangler.importing.markers import literal
from wrangler.importing.stacking import parts
from wrangler.importing.tables import passing_options

LEAST_ROWS_PER_GROUP = 1_024
CELLS_AT_ONCE = 10_000_000


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
