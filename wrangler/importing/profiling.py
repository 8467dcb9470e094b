# ruff: noqa: S608 - SQL names columns by position (c0, c1) and takes texts as quoted literals only
"""Statistics of each column of a stored table, computed by DuckDB on the file, never by loading it."""

from pathlib import Path
from typing import Any

import duckdb

from wrangler.importing.database import PAGE_MEMORY_BYTES, StoredColumn, StoredTable, open_database, open_table
from wrangler.importing.figures import BINS, QUANTILES, TOP, bin_sql, figures_sql, has_spread, is_number, step_of
from wrangler.importing.markers import literal
from wrangler.importing.rows import json_safe
from wrangler.importing.wide_profile import is_wide, wide_figures

COLUMNS_PER_QUERY = 20
EXACT_ROWS = 200_000


def profile(path: Path) -> dict[str, Any]:
    """Per column: count, missing, distinct; numbers with moments, quantiles and a histogram; others with top values."""
    with open_database(path, folder=None, memory_bytes=PAGE_MEMORY_BYTES, threads=2) as con:
        table = open_table(con, path)
        is_exact = table.rows <= EXACT_ROWS
        found = wide_figures(con, table) if is_exact and is_wide(table) else _figures(con, table, is_exact=is_exact)
    return {
        "rows": table.rows,
        "columns": [_column_profile(c, table.rows, *told) for c, told in zip(table.columns, found, strict=True)],
        "distinct_is_exact": is_exact,
        "quantiles_are_exact": is_exact,
    }


def _figures(con: duckdb.DuckDBPyConnection, table: StoredTable, *, is_exact: bool) -> list[tuple[dict[str, Any], Any]]:
    """The figures of each column, and its histogram or most frequent values."""
    found: list[tuple[dict[str, Any], Any]] = []
    for start in range(0, len(table.columns), COLUMNS_PER_QUERY):
        part = table.columns[start : start + COLUMNS_PER_QUERY]
        figures = _row(con, f"SELECT {', '.join(figures_sql(c, is_exact=is_exact) for c in part)} FROM {table.sql}")
        wanted = [_spread_sql(c, f) for c, f in zip(part, figures, strict=True)]
        found += zip(figures, _row(con, f"SELECT {', '.join(wanted)} FROM {table.sql}"), strict=True)
    return found


def _row(con: duckdb.DuckDBPyConnection, query: str) -> tuple[Any, ...]:
    return con.execute(query).fetchone() or ()


def _spread_sql(column: StoredColumn, figures: dict[str, Any]) -> str:
    """Histogram of numbers; the most frequent values of everything else."""
    sql = column.sql
    if not is_number(column):
        return _top_sql(sql, figures.get("frequent") or [])
    if not has_spread(column, figures):
        return "NULL"
    place = bin_sql(f"{sql}::DOUBLE", repr(float(figures["min"])), repr(step_of(figures)))
    return f"histogram({place}) FILTER (isfinite({sql}::DOUBLE))"


def _top_sql(sql: str, frequent: list[str]) -> str:
    """Exact counts of the values that an estimate found to be the most frequent."""
    if not frequent:
        return "NULL"
    known = ", ".join(f"{literal(value)}: true" for value in frequent)
    return f"histogram({sql}::VARCHAR) FILTER (MAP {{{known}}}[{sql}::VARCHAR] IS NOT NULL)"


def _column_profile(
    column: StoredColumn,
    rows: int,
    figures: dict[str, Any],
    spread: Any,  # noqa: ANN401 - a list or a dict
) -> dict[str, Any]:
    told = {name: json_safe(value) for name, value in figures.items() if name not in {"quantiles", "frequent"}}
    told = {"name": column.name, "type": column.type, "missing": rows - figures["count"], **told}
    if is_number(column):
        quantiles = figures["quantiles"] or [None] * len(QUANTILES)
        told["quantiles"] = {str(q): json_safe(v) for q, v in zip(QUANTILES, quantiles, strict=True)}
        told["histogram"] = _bins(figures["min"], figures["max"], figures["count"], dict(spread or {}))
    elif column.type != "date":
        counted = sorted(dict(spread or {}).items(), key=lambda item: (-item[1], item[0]))
        told["top"] = [{"value": value, "count": count} for value, count in counted[:TOP]]
    return told


def _bins(low: Any, high: Any, count: int, found: dict[int, int]) -> dict[str, list[float] | list[int]]:  # noqa: ANN401 - int or float
    if low is None:
        return {"edges": [], "counts": []}
    if low == high:
        return {"edges": [float(low), float(high)], "counts": [count]}
    step = (float(high) - float(low)) / BINS
    edges = [float(low) + step * number for number in range(BINS)] + [float(high)]
    return {"edges": edges, "counts": [found.get(number, 0) for number in range(BINS)]}
