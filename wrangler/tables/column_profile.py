# ruff: noqa: S608 - SQL names columns by position (c0, c1) and takes texts as quoted literals only
"""Statistics of each column of a stored table, computed by DuckDB on the file, never by loading it."""

import math
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import duckdb

from wrangler.tables.aggregates import COLUMNS_AT_ONCE, per_column, stack
from wrangler.tables.cell_units import CellUnit, unit_of
from wrangler.tables.connection import PAGE_MEMORY_BYTES, StoredColumn, StoredTable, iso_sql, open_database, open_table
from wrangler.tables.rows import json_safe
from wrangler.tables.sql import literal

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
BINS = 20
TOP = 10
CANDIDATES = 50
WIDE_COLUMNS = 200
CELLS_AT_ONCE = 20_000_000
LEAST_AT_ONCE = 100

COLUMNS_PER_QUERY = 20
EXACT_ROWS = 200_000

Figures: TypeAlias = dict[str, Any]


def profile(path: Path) -> dict[str, Any]:
    """Per column: count, missing, distinct; numbers with moments, quantiles and a histogram; others with top values.

    A mean, deviation or edge that no finite float holds, such as the deviation of 1.7e308 and -1.7e308, is None.
    """
    with open_database(path, folder=None, memory_bytes=PAGE_MEMORY_BYTES, threads=2) as con:
        table = open_table(con, path)
        is_exact = table.rows <= EXACT_ROWS
        found = wide_figures(con, table) if is_exact and is_wide(table) else _figures(con, table, is_exact=is_exact)
    return {
        "rows": table.rows,
        "columns": [
            _column_profile(c, table.rows, *found_figures)
            for c, found_figures in zip(table.columns, found, strict=True)
        ],
        "distinct_is_exact": is_exact,
        "quantiles_are_exact": is_exact,
    }


def _figures(con: duckdb.DuckDBPyConnection, table: StoredTable, *, is_exact: bool) -> list[tuple[dict[str, Any], Any]]:
    """The figures of each column, and its histogram or most frequent values."""
    found: list[tuple[dict[str, Any], Any]] = []
    for start in range(0, len(table.columns), COLUMNS_PER_QUERY):
        part = table.columns[start : start + COLUMNS_PER_QUERY]
        plain = _row(con, f"SELECT {', '.join(figures_sql(c, is_exact=is_exact) for c in part)} FROM {table.sql}")
        figures = with_own_units(con, table, list(zip(part, plain, strict=True)), is_exact=is_exact)
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
    unit = unit_of_figures(column, figures)
    place = bin_sql(unit.sql(sql), repr(unit.read(figures["min"])), repr(step_of(figures, unit)))
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
    spread: dict[Any, int] | None,
) -> dict[str, Any]:
    found_figures: Figures = {
        name: json_safe(value) for name, value in figures.items() if name not in {"quantiles", "frequent"}
    }
    found_figures = {"name": column.name, "type": column.type, "missing": rows - figures["count"], **found_figures}
    if is_number(column):
        quantiles = figures["quantiles"] or [None] * len(QUANTILES)
        found_figures["quantiles"] = {str(q): json_safe(v) for q, v in zip(QUANTILES, quantiles, strict=True)}
        found_figures["histogram"] = _bins(unit_of_figures(column, figures), figures, dict(spread or {}))
    elif column.type != "date":
        counted = sorted(dict(spread or {}).items(), key=lambda item: (-item[1], item[0]))
        found_figures["top"] = [{"value": value, "count": count} for value, count in counted[:TOP]]
    return found_figures


def _bins(unit: CellUnit, figures: Figures, found: dict[int, int]) -> dict[str, list[Any]]:
    low, high = figures["min"], figures["max"]
    if low is None:
        return {"edges": [], "counts": []}
    if low == high:
        return {"edges": [float(low), float(high)], "counts": [figures["count"] - figures["infinite"]]}
    first, step = unit.read(low), step_of(figures, unit)
    edges = [unit.place(first + step * number) for number in range(BINS)] + [float(high)]
    return {"edges": edges, "counts": [found.get(number, 0) for number in range(BINS)]}


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
        figures = with_own_units(con, table, list(zip(part, figures, strict=True)), is_exact=True)
        found_figures = list(zip(part, figures, strict=True))
        spreads = _histograms(con, table, found_figures) | _top_values(con, table, part)
        found += [(known, spreads.get(column.sql)) for column, known in found_figures]
    return found


def _histograms(
    con: duckdb.DuckDBPyConnection, table: StoredTable, found_figures: list[tuple[StoredColumn, dict[str, Any]]]
) -> dict[str, dict[Any, int]]:
    """By column, how many numbers lie in which bin."""
    spread = [(column, known) for column, known in found_figures if has_spread(column, known)]
    units = [unit_of_figures(column, known) for column, known in spread]
    stacked = stack(table.sql, [unit.sql(column.sql) for (column, _), unit in zip(spread, units, strict=True)])
    lows = [unit.read(known["min"]) for (_, known), unit in zip(spread, units, strict=True)]
    steps = [step_of(known, unit) for (_, known), unit in zip(spread, units, strict=True)]
    place = bin_sql("c", f"({lows}::DOUBLE[])[k + 1]", f"({steps}::DOUBLE[])[k + 1]")
    query = f"SELECT k, {place} AS v, count(*) FROM ({stacked}) WHERE c IS NOT NULL GROUP BY k, v"
    return _by_column(con, query, [column.sql for column, _ in spread])


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


def is_number(column: StoredColumn) -> bool:
    return column.type in {"integer", "number"}


def figures_sql(column: StoredColumn, *, is_exact: bool) -> str:
    sql = column.sql
    distinct = f"count(DISTINCT {sql})" if is_exact else f"approx_count_distinct({sql})"
    parts = {"count": f"count({sql})", "distinct": distinct}
    if is_number(column):
        number = CellUnit().sql(sql)
        finite = sql if column.type == "integer" else number
        parts |= {
            "min": f"min({finite})",
            "max": f"max({finite})",
            "infinite": f"count(*) FILTER (isinf({sql}::DOUBLE))",
            **moments_sql(number, is_exact=is_exact),
            "zeros": f"count(*) FILTER ({sql} = 0)",
        }
    elif column.type == "date":
        low, high = (iso_sql(replace(column, sql=f"{which}({sql})")) for which in ("min", "max"))
        parts |= {"min": low, "max": high}
    elif column.type in {"text", "category"}:
        parts |= {"shortest": f"min(length({sql}))", "longest": f"max(length({sql}))"}
    if column.type in {"text", "category", "boolean"}:
        parts["frequent"] = f"approx_top_k({sql}::VARCHAR, {CANDIDATES})"
    return _struct(parts)


def moments_sql(number: str, *, is_exact: bool) -> dict[str, str]:
    """Mean, standard deviation and quantiles of the SQL of a number that is finite or NULL."""
    quantile = "quantile_cont" if is_exact else "approx_quantile"
    return {
        "mean": f"avg({number})",
        "std": f"CASE WHEN count({number}) > 1 THEN sqrt(var_samp({number})) END",
        "quantiles": f"{quantile}({number}, {list(QUANTILES)})",
    }


def unit_of_figures(column: StoredColumn, figures: Figures) -> CellUnit:
    """The unit in which a number column with these figures is computed with."""
    return unit_of(column, figures["min"], figures["max"])


def with_own_units(
    con: duckdb.DuckDBPyConnection,
    table: StoredTable,
    found_figures: list[tuple[StoredColumn, Figures]],
    *,
    is_exact: bool,
) -> list[Figures]:
    """The figures of each column; mean, deviation and quantiles computed anew where numbers need a unit of their own.

    Only then is the table read again: which columns need it is known by their lowest and highest numbers.
    """
    found = [figures for _, figures in found_figures]
    units = [unit_of_figures(column, figures) if is_number(column) else CellUnit() for column, figures in found_figures]
    extreme = [place for place, unit in enumerate(units) if not unit.is_plain]
    for start in range(0, len(extreme), COLUMNS_PER_QUERY):
        part = extreme[start : start + COLUMNS_PER_QUERY]
        wanted = [
            _struct(moments_sql(units[place].sql(found_figures[place][0].sql), is_exact=is_exact)) for place in part
        ]
        for place, moments in zip(part, _row(con, f"SELECT {', '.join(wanted)} FROM {table.sql}"), strict=True):
            unit, known = units[place], found[place]
            found[place] = known | {"mean": unit.place(moments["mean"]), "std": unit.size(moments["std"])}
            # Quantiles interpolate: only a range that is no finite number, or digits that are lost, can spoil them.
            if unit.offset or not math.isfinite(float(known["max"]) - float(known["min"])):
                found[place]["quantiles"] = [unit.place(value) for value in moments["quantiles"]]
    return found


def _struct(parts: dict[str, str]) -> str:
    return "{" + ", ".join(f"'{name}': {value}" for name, value in parts.items()) + "}"


def bin_sql(number: str, low: str, step: str) -> str:
    """The place, from 0, of the bin in which a number lies; of an infinite one NULL, as none could be cast."""
    return f"CASE WHEN isfinite({number}) THEN least({BINS - 1}, floor(({number} - {low}) / {step}))::INTEGER END"


def has_spread(column: StoredColumn, figures: dict[str, Any]) -> bool:
    """Whether a histogram of it has more than one bin."""
    return is_number(column) and figures["min"] is not None and figures["min"] != figures["max"]


def step_of(figures: Figures, unit: CellUnit) -> float:
    """How wide a bin is, in the unit of its column."""
    return (unit.read(figures["max"]) - unit.read(figures["min"])) / BINS
