# ruff: noqa: S608 - SQL names columns by position (c0, c1) and takes texts as quoted literals only
"""Statistics of each column of a stored table, computed by DuckDB on the file, never by loading it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb

from wrangler.importing.database import PAGE_MEMORY_BYTES, StoredColumn, StoredTable, iso_sql, open_database, open_table
from wrangler.importing.markers import literal
from wrangler.importing.rows import json_safe

COLUMNS_PER_QUERY = 20
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
BINS = 20
TOP = 10
CANDIDATES = 50
EXACT_ROWS = 200_000


def profile(path: Path) -> dict[str, Any]:
    """Per column: count, missing, distinct; numbers with moments, quantiles and a histogram; others with top values."""
    with open_database(path, folder=None, memory_bytes=PAGE_MEMORY_BYTES, threads=2) as con:
        table = open_table(con, path)
        columns = []
        for start in range(0, len(table.columns), COLUMNS_PER_QUERY):
            columns += _profile_part(con, table, table.columns[start : start + COLUMNS_PER_QUERY])
    return {
        "rows": table.rows,
        "columns": columns,
        "distinct_is_exact": table.rows <= EXACT_ROWS,
        "quantiles_are_exact": table.rows <= EXACT_ROWS,
    }


def _profile_part(con: duckdb.DuckDBPyConnection, table: StoredTable, part: list[StoredColumn]) -> list[dict[str, Any]]:
    is_exact = table.rows <= EXACT_ROWS
    figures = _row(con, f"SELECT {', '.join(_figures_sql(c, is_exact=is_exact) for c in part)} FROM {table.sql}")
    wanted = [_spread_sql(c, f) for c, f in zip(part, figures, strict=True)]
    spreads = _row(con, f"SELECT {', '.join(wanted)} FROM {table.sql}")
    return [
        _column_profile(column, table.rows, found, spread)
        for column, found, spread in zip(part, figures, spreads, strict=True)
    ]


def _row(con: duckdb.DuckDBPyConnection, query: str) -> tuple[Any, ...]:
    return con.execute(query).fetchone() or ()


def _is_number(column: StoredColumn) -> bool:
    return column.type in {"integer", "number"}


def _figures_sql(column: StoredColumn, *, is_exact: bool) -> str:
    sql = column.sql
    distinct = f"count(DISTINCT {sql})" if is_exact else f"approx_count_distinct({sql})"
    parts = {"count": f"count({sql})", "distinct": distinct}
    if _is_number(column):
        number = f"CASE WHEN isfinite({sql}::DOUBLE) THEN {sql}::DOUBLE END"
        finite = sql if column.type == "integer" else number
        quantile = "quantile_cont" if is_exact else "approx_quantile"
        parts |= {
            "min": f"min({finite})",
            "max": f"max({finite})",
            "infinite": f"count(*) FILTER (isinf({sql}::DOUBLE))",
            "mean": f"avg({number})",
            "std": f"CASE WHEN count({number}) > 1 THEN sqrt(var_samp({number})) END",
            "quantiles": f"{quantile}({number}, {list(QUANTILES)})",
            "zeros": f"count(*) FILTER ({sql} = 0)",
        }
    elif column.type == "date":
        low, high = (iso_sql(replace(column, sql=f"{which}({sql})")) for which in ("min", "max"))
        parts |= {"min": low, "max": high}
    elif column.type in {"text", "category"}:
        parts |= {"shortest": f"min(length({sql}))", "longest": f"max(length({sql}))"}
    if column.type in {"text", "category", "boolean"}:
        parts["frequent"] = f"approx_top_k({sql}::VARCHAR, {CANDIDATES})"
    return "{" + ", ".join(f"'{name}': {value}" for name, value in parts.items()) + "}"


def _spread_sql(column: StoredColumn, figures: dict[str, Any]) -> str:
    """Histogram of numbers; the most frequent values of everything else."""
    sql = column.sql
    if not _is_number(column):
        return _top_sql(sql, figures.get("frequent") or [])
    low, high = figures["min"], figures["max"]
    if low is None or low == high:
        return "NULL"
    step = (float(high) - float(low)) / BINS
    place = f"least({BINS - 1}, floor(({sql}::DOUBLE - {float(low)!r}) / {step!r}))::INTEGER"
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
    if _is_number(column):
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
