# ruff: noqa: S608 - SQL names columns by position (c0, c1) and takes texts as quoted literals only
"""DuckDB connections with a budget, and the SQL of reading a Parquet table by the position of its columns."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from wrangler.tables.sql import literal

MEMORY_SHARE = 0.5
PAGE_MEMORY_BYTES = 1 << 30


@dataclass(frozen=True)
class StoredColumn:
    """A column of a Parquet table: `sql` is its name in queries on `StoredTable.sql`."""

    name: str
    type: str
    sql: str
    duckdb_type: str
    is_zoned: bool


@dataclass(frozen=True)
class StoredTable:
    """A Parquet file seen through DuckDB; columns are known by position, since their names may differ by case only."""

    sql: str
    columns: list[StoredColumn]
    rows: int


def open_database(
    *files: Path, folder: Path | None, memory_bytes: int, threads: int, spill_bytes: int = 0
) -> duckdb.DuckDBPyConnection:
    """An in-memory database that can touch `files` and what lies in `folder`, where it spills, and nothing else."""
    con = duckdb.connect(
        config={
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "memory_limit": f"{memory_bytes // 2**20}MiB",
            "max_temp_directory_size": f"{spill_bytes // 2**20}MiB",
            "temp_directory": str(folder / "spill") if folder else "",
            "threads": threads,
        }
    )
    allowed = ", ".join(literal(str(file)) for file in files)
    folders = literal(f"{folder}/") if folder else ""
    con.execute(
        f"SET TimeZone = 'UTC'; SET enable_progress_bar = true; SET enable_progress_bar_print = false; "
        f"SET progress_bar_time = 0; SET allowed_paths = [{allowed}]; "
        f"SET allowed_directories = [{folders}]; SET enable_external_access = false; SET lock_configuration = true"
    )
    return con


def open_table(con: duckdb.DuckDBPyConnection, path: Path) -> StoredTable:
    file = literal(str(path))
    described = con.execute(f"DESCRIBE SELECT * FROM read_parquet({file})").fetchall()
    schema = con.execute(f"SELECT name, num_children FROM parquet_schema({file})").fetchall()
    names = [name for name, children in schema[1:] if not children]
    categories = _category_names(con, file)
    columns = [
        StoredColumn(
            name=name,
            type="category" if name in categories and kind == "VARCHAR" else _type_of(kind),
            sql=f"c{position}",
            duckdb_type=kind,
            is_zoned=kind == "TIMESTAMP WITH TIME ZONE",
        )
        for position, (name, (_, kind, *_rest)) in enumerate(zip(names, described, strict=True))
    ]
    aliases = ", ".join(column.sql for column in columns)
    return StoredTable(f"read_parquet({file}) AS t({aliases})", columns, count_rows(con, path))


def count_rows(con: duckdb.DuckDBPyConnection, path: Path) -> int:
    """How many rows a Parquet file has, by its footer."""
    [(count,)] = con.execute(f"SELECT num_rows FROM parquet_file_metadata({literal(str(path))})").fetchall()
    return int(count)


def count_columns(con: duckdb.DuckDBPyConnection, path: Path) -> int:
    """How many columns a Parquet file has, at a tenth of the cost of opening its table."""
    query = f"SELECT count(*) FROM parquet_schema({literal(str(path))}) WHERE coalesce(num_children, 0) = 0"
    [(count,)] = con.execute(query).fetchall()
    return int(count)


def _category_names(con: duckdb.DuckDBPyConnection, file: str) -> set[str]:
    query = f"SELECT value FROM parquet_kv_metadata({file}) WHERE key = 'pandas'"
    row = con.execute(query).fetchone()
    columns = pandas_metadata_of(row[0] if row else None).get("columns", [])
    return {str(c.get("name")) for c in columns if isinstance(c, dict) and c.get("pandas_type") == "categorical"}


def pandas_metadata_of(text: str | bytes | None) -> dict[str, list[Any]]:
    """The lists in the pandas metadata of a Parquet file; whatever else stands there is passed over."""
    try:
        metadata = json.loads(text or "{}")
    except ValueError:
        return {}
    return {k: v for k, v in metadata.items() if isinstance(v, list)} if isinstance(metadata, dict) else {}


def iso_sql(column: StoredColumn) -> str:
    """The SQL of an instant as ISO text: days alone as days, zones as UTC, no idle fraction."""
    moment = f"regexp_replace(strftime({column.sql}, '%Y-%m-%dT%H:%M:%S.%f'), '[.]000000$', '')"
    if column.is_zoned:  # rendered here: DuckDB would need pytz to hand out an aware datetime
        return f"{moment} || '+00:00'"
    whole_day = f"{column.sql}::TIMESTAMP = date_trunc('day', {column.sql}::TIMESTAMP)"
    return f"CASE WHEN {whole_day} THEN strftime({column.sql}, '%Y-%m-%d') ELSE {moment} END"


def _type_of(kind: str) -> str:
    if kind in {"FLOAT", "DOUBLE"} or kind.startswith("DECIMAL"):
        return "number"
    if "INT" in kind:
        return "integer"
    if kind.startswith(("TIMESTAMP", "DATE")):
        return "date"
    return "boolean" if kind == "BOOLEAN" else "text"
