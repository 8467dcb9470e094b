"""The Parquet file that an import leaves: row groups, and metadata that give pandas the promised dtypes."""

import base64
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from wrangler.tables.options import ColumnType
from wrangler.tables.sql import literal

if TYPE_CHECKING:
    import pyarrow as pa

ROWS_PER_GROUP = 100_000
# DuckDB tries a dictionary of up to a fifth of the rows, which takes longer and makes no smaller file.
VALUES_PER_DICTIONARY = 5_000
# Memory for that many is taken for each column at once, however few values it has: 256 KB, 1.3 GB for 5,000 columns.
VALUES_PER_GROUP = 2_000_000
LEAST_ROWS_PER_GROUP = 4_096
CELLS_PER_GROUP = 20_000_000
MOST_ROWS = 2**63
PANDAS_TYPES = {
    "text": ("unicode", "str"),
    "integer": ("int64", "int64"),
    "number": ("float64", "float64"),
    "boolean": ("bool", "bool"),
    "date": ("datetime", "datetime64[us]"),
    "category": ("categorical", "int32"),
}
NULLABLE_DTYPES = {"integer": "Int64", "boolean": "boolean"}


@dataclass(frozen=True)
class Kept:
    """One column as it is written: its type and whether it has missing cells."""

    name: str
    type: ColumnType
    has_missing: bool
    zone: str | None = None


def pandas_metadata(columns: Sequence[Kept], rows: int) -> str:
    """What `pandas.read_parquet` needs to give back Int64, boolean, str and the rest, as JSON."""
    index = {"kind": "range", "name": None, "start": 0, "stop": rows, "step": 1}
    unnamed = {"name": None, "field_name": None, "pandas_type": "unicode", "numpy_type": "str"}
    return json.dumps(
        {
            "index_columns": [index],
            "column_indexes": [{**unnamed, "metadata": {"encoding": "UTF-8"}}],
            "columns": [_pandas_column(column) for column in columns],
            "attributes": {},
            "creator": {"library": "wrangler", "version": "1"},
            "pandas_version": "3.1.0",
        }
    )


def draft_metadata(columns: Sequence[Kept]) -> str:
    """The longest form of it, while rows and missing cells are not known yet."""
    return pandas_metadata([replace(column, has_missing=True) for column in columns], MOST_ROWS)


def _pandas_column(column: Kept) -> dict[str, Any]:
    pandas_type, numpy_type = PANDAS_TYPES[column.type]
    metadata: dict[str, Any] | None = None
    if column.has_missing:
        numpy_type = NULLABLE_DTYPES.get(column.type, numpy_type)
    if column.zone:
        pandas_type, numpy_type, metadata = "datetimetz", "datetime64[us]", {"timezone": column.zone}
    if column.type == "category":
        metadata = {"num_categories": 0, "ordered": False}
    return {
        "name": column.name,
        "field_name": column.name,
        "pandas_type": pandas_type,
        "numpy_type": numpy_type,
        "metadata": metadata,
    }


def arrow_schema(columns: Sequence[Kept], rows: int, ordered: Collection[str] = ()) -> "pa.Schema":
    """The same columns as a pyarrow schema, the pandas metadata within; `ordered` names categories with an order."""
    import pyarrow as pa

    types = {
        "text": pa.string(),
        "integer": pa.int64(),
        "number": pa.float64(),
        "boolean": pa.bool_(),
    }
    fields = []
    for column in columns:
        if column.type == "date":
            kind = pa.timestamp("us", column.zone)
        elif column.type == "category":
            kind = pa.dictionary(pa.int32(), pa.string(), ordered=column.name in ordered)
        else:
            kind = types[column.type]
        fields.append(pa.field(column.name, kind))
    return pa.schema(fields, metadata={"pandas": pandas_metadata(columns, rows)})


def copy_options(columns: Sequence[Kept], rows: int) -> str:
    """The options of DuckDB's COPY for such a file; only categories and zones need Arrow's own schema in it."""
    metadata = {"pandas": pandas_metadata(columns, rows)}
    if any(column.type == "category" or column.zone not in {None, "UTC"} for column in columns):
        schema = arrow_schema(columns, rows)
        metadata["ARROW:schema"] = base64.b64encode(schema.serialize().to_pybytes()).decode()
    return parquet_options(metadata, len(columns))


def rows_per_group(columns: int) -> int:
    """Fewer in wide tables: a group is written from memory, and read to its end for a page of its rows."""
    return max(LEAST_ROWS_PER_GROUP, min(ROWS_PER_GROUP, CELLS_PER_GROUP // max(1, columns)))


def parquet_options(metadata: Mapping[str, str], columns: int) -> str:
    """The options of DuckDB's COPY for a file of so many columns with such key-value metadata."""
    values = min(VALUES_PER_DICTIONARY, VALUES_PER_GROUP // max(1, columns))
    pairs = ", ".join(f"{literal(key)}: {literal(value)}" for key, value in metadata.items())
    return (
        f"FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE {rows_per_group(columns)}, "
        f"DICTIONARY_SIZE_LIMIT {values}, WRITE_BLOOM_FILTER false, KV_METADATA {{{pairs}}}"
    )


def passing_options(rows: int) -> str:
    """The options of COPY for a file that is soon deleted, so many rows in a group: no memory goes to dictionaries.

    By default each column of texts takes 1 MB for its own.
    """
    dictionary = "DICTIONARY_SIZE_LIMIT 1, STRING_DICTIONARY_PAGE_SIZE_LIMIT 4096"
    return f"FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE {rows}, {dictionary}"


def names_collide(names: list[str]) -> bool:
    """Whether two names differ by case only: DuckDB would silently rename the second."""
    return len({name.lower() for name in names}) < len(names)
