# ruff: noqa: S608 - SQL names columns by position (c0, c1) and takes texts as quoted literals only
"""Writing the typed table: by DuckDB where it can, by Arrow where names or categories need it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from wrangler.importing.markers import identifier, literal
from wrangler.importing.tables import ROWS_PER_GROUP, Kept, arrow_schema, copy_options, names_collide


def write_table(
    con: duckdb.DuckDBPyConnection,
    query: str,
    columns: Sequence[Kept],
    rows: int,
    target: Path,
    orders: Mapping[str, Sequence[str]],
) -> None:
    """Write the rows of `query` (columns c0, c1, ...) under the names of `columns`; `orders`: ordered categories."""
    if orders or names_collide([column.name for column in columns]):
        _write_by_arrow(con, query, arrow_schema(columns, rows, orders), target, orders)
        return
    renamed = ", ".join(f"c{i} AS {identifier(column.name)}" for i, column in enumerate(columns))
    file = literal(str(target))
    con.execute(f"COPY (SELECT {renamed} FROM ({query})) TO {file} ({copy_options(columns, rows)})")


def _write_by_arrow(
    con: duckdb.DuckDBPyConnection,
    query: str,
    schema: Any,  # noqa: ANN401 - pyarrow has no types
    target: Path,
    orders: Mapping[str, Sequence[str]],
) -> None:
    """DuckDB would rename columns whose names differ by case only, and knows no order of categories."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    batches: Any = con.execute(query).to_arrow_reader(ROWS_PER_GROUP)
    with pq.ParquetWriter(target, schema) as writer:
        for batch in batches:
            arrays = [
                _cast(column, kind, orders.get(name))
                for column, kind, name in zip(batch.columns, schema.types, schema.names, strict=True)
            ]
            writer.write_batch(pa.record_batch(arrays, schema=schema))


def _cast(column: Any, kind: Any, order: Sequence[str] | None) -> Any:  # noqa: ANN401 - pyarrow has no types
    import pyarrow as pa
    import pyarrow.compute as pc

    if order is not None:
        categories = pa.array(order, pa.string())
        places = pc.index_in(column.cast(pa.string()), categories)
        return pa.DictionaryArray.from_arrays(places, categories, ordered=kind.ordered)
    return column.dictionary_encode().cast(kind) if pa.types.is_dictionary(kind) else column.cast(kind)
