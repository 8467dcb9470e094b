"""The DuckDB connection of one import, with its budget."""

import duckdb

from wrangler.importing.options import Spec
from wrangler.tables import MEMORY_SHARE, open_database

IMPORT_MEMORY_BYTES = 512 << 20  # more makes no import of a narrow table faster: what does not fit is spilled
MEMORY_BYTES_PER_COLUMN = 200 << 10  # what DuckDB sets aside for the cells of a column, few as they may be
COLUMNS_OF_ALL_THREADS = 1_000  # beyond, more threads gain nothing and hold on to twice the address space


def open_for(spec: Spec, columns: int) -> duckdb.DuckDBPyConnection:
    """The database of one import, of a table of so many columns."""
    needed = max(IMPORT_MEMORY_BYTES, columns * MEMORY_BYTES_PER_COLUMN)
    memory = min(int(spec.limits.memory_bytes * MEMORY_SHARE), needed)
    threads = spec.limits.threads if columns <= COLUMNS_OF_ALL_THREADS else 1
    spill = spec.limits.inflated_bytes
    return open_database(spec.source, folder=spec.folder, memory_bytes=memory, threads=threads, spill_bytes=spill)
