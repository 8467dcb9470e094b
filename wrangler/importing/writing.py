# ruff: noqa: S608 - SQL names columns by position (c0, c1) and takes texts as quoted literals only
"""Writing the typed table: by DuckDB where it can, by Arrow where names or categories need it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from wrangler.importing.markers import identifier, literal
from wrangler.importing.tables import ROWS_PER_GROUP, Kept, arrow_schema, copy_options, names_collide


@dataclass(frozen=True)
class Output:
    """The table to be written: its columns, its rows, where to; `orders` holds the ordered categories."""

    target: Path
    columns: Sequence[Kept]
    rows: int
    orders: Mapping[str, Sequence[str]] = field(default_factory=dict)


def write_table(con: duckdb.DuckDBPyConnection, source: str, values: Sequence[str], output: Output) -> None:
    """Write the SQL `values`, one for each column, of every row of `source`."""
    columns = output.columns
    if output.orders or names_collide([column.name for column in columns]):
        selected = ", ".join(f"{value} AS c{i}" for i, value in enumerate(values))
        _write_by_arrow(con, f"SELECT {selected} FROM {source}", output)
        return
    named = ", ".join(f"{value} AS {identifier(c.name)}" for value, c in zip(values, columns, strict=True))
    options = copy_options(columns, output.rows)
    con.execute(f"COPY (SELECT {named} FROM {source}) TO {literal(str(output.target))} ({options})")


def _write_by_arrow(con: duckdb.DuckDBPyConnection, query: str, output: Output) -> None:
    """DuckDB would rename columns whose names differ by case only, and knows no order of categories."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    orders = output.orders
    schema = arrow_schema(output.columns, output.rows, orders)
    batches: Any = con.sql(query).to_arrow_reader(ROWS_PER_GROUP)
    with pq.ParquetWriter(output.target, schema) as writer:
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
