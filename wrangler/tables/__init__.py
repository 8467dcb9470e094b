"""The stored Parquet table: rows by pages, column profiles, export."""

from wrangler.tables.aggregates import COLUMNS_AT_ONCE, FLAT_COLUMNS, parts, per_column, stack
from wrangler.tables.column_profile import profile
from wrangler.tables.connection import (
    MEMORY_SHARE,
    StoredColumn,
    StoredTable,
    open_database,
    open_table,
    pandas_metadata_of,
)
from wrangler.tables.export import export
from wrangler.tables.export_parent import export_in_child
from wrangler.tables.layout import LEAST_ROWS_PER_GROUP, Kept, names_collide, passing_options
from wrangler.tables.options import EXPORT_PREFIX, ColumnType, ExportLimits
from wrangler.tables.rows import read_rows
from wrangler.tables.sql import literal
from wrangler.tables.writer import Output, Written, complete_metadata, write_draft, write_table

__all__ = [
    "COLUMNS_AT_ONCE",
    "EXPORT_PREFIX",
    "FLAT_COLUMNS",
    "LEAST_ROWS_PER_GROUP",
    "MEMORY_SHARE",
    "ColumnType",
    "ExportLimits",
    "Kept",
    "Output",
    "StoredColumn",
    "StoredTable",
    "Written",
    "complete_metadata",
    "export",
    "export_in_child",
    "literal",
    "names_collide",
    "open_database",
    "open_table",
    "pandas_metadata_of",
    "parts",
    "passing_options",
    "per_column",
    "profile",
    "read_rows",
    "stack",
    "write_draft",
    "write_table",
]
