# ruff: noqa: S608 - SQL names columns by position (c0, c1) and takes texts as quoted literals only
"""The figures of a table of very many columns and few rows: stacked, since to plan a query for each is what costs."""

from dataclasses import replace
from typing import Any

import duckdb

from wrangler.importing.database import StoredColumn, StoredTable
from wrangler.importing.figures import TOP, bin_sql, figures_sql, has_spread, is_number, step_of
from wrangler.importing.stacking import COLUMNS_AT_ONCE, per_column, stack

WIDE_COLUMNS = 200
CELLS_AT_ONCE = 20_000_000
LEAST_AT_ONCE = 100


def is_wide(table: StoredTable) -> bool:
    return len(table.columns) > WIDE_COLUMNS


def wide_figures(con: duckdb.DuckDBPyConnection, table: StoredTable) -> list[tuple[dict[str, Any], Any]]:
    """The figures of each column, and its histogram or most frequent values, all exact."""
    count = min(COLUMNS_AT_ONCE, max(LEAST_AT_ONCE, CELLS_AT_ONCE // max(1, table.rows)))
    found: list[tuple[dict[str, Any], Any]] = []
    for start in range(0, len(table.columns), count):
        part = table.columns[start : start + count]
        kinds = [(column.sql, replace(column, name="", sql="")) for column in part]
        figures = per_column(
            con, table.sql, kinds, lambda sql, kind: figures_sql(replace(kind, sql=sql), is_exact=True)
        )
        told = list(zip(part, figures, strict=True))
        spreads = _histograms(con, table, told) | _top_values(con, table, part)
        found += [(known, spreads.get(column.sql)) for column, known in told]
    return found


def _histograms(
    con: duckdb.DuckDBPyConnection, table: StoredTable, told: list[tuple[StoredColumn, dict[str, Any]]]
) -> dict[str, dict[Any, int]]:
    """By column, how many numbers lie in which bin."""
    spread = [(column.sql, known) for column, known in told if has_spread(column, known)]
    stacked = stack(table.sql, [f"{sql}::DOUBLE" for sql, _ in spread])
    lows, steps = [float(known["min"]) for _, known in spread], [step_of(known) for _, known in spread]
    place = bin_sql("c", f"({lows}::DOUBLE[])[k + 1]", f"({steps}::DOUBLE[])[k + 1]")
    query = f"SELECT k, {place} AS v, count(*) FROM ({stacked}) WHERE isfinite(c) GROUP BY k, v"
    return _by_column(con, query, [sql for sql, _ in spread])


def _top_values(
    con: duckdb.DuckDBPyConnection, table: StoredTable, part: list[StoredColumn]
) -> dict[str, dict[Any, int]]:
    """By column that holds neither numbers nor dates, its most frequent values."""
    columns = [column.sql for column in part if not is_number(column) and column.type != "date"]
    stacked = stack(table.sql, [f"{sql}::VARCHAR" for sql in columns])
    counted = f"SELECT k, c, count(*) AS n FROM ({stacked}) WHERE c IS NOT NULL GROUP BY k, c"
    query = f"SELECT k, c, n FROM ({counted}) QUALIFY row_number() OVER (PARTITION BY k ORDER BY n DESC, c) <= {TOP}"
    return _by_column(con, query, columns)


def _by_column(con: duckdb.DuckDBPyConnection, query: str, columns: list[str]) -> dict[str, dict[Any, int]]:
    found: dict[str, dict[Any, int]] = {sql: {} for sql in columns}
    for place, value, count in con.execute(query).fetchall() if columns else ():
        found[columns[place]][value] = count
    return found
