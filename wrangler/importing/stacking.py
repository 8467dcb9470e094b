# ruff: noqa: S608 - SQL names columns by position (c0, c1) and takes texts as quoted literals only
"""The same aggregates of many columns, at a cost that stays in line with their number.

DuckDB plans a query of thousands of aggregates in a time that grows with the square of them (200 columns of ten took
17 s). So a wide table is stacked: columns of one kind become one long column of cells, grouped by the column's place.
"""

from collections.abc import Callable, Hashable, Sequence
from typing import Any, TypeVar

import duckdb

FLAT_COLUMNS = 24
Kind = TypeVar("Kind", bound=Hashable)


def stack(table: str, columns: Sequence[str]) -> str:
    """The SQL of a long table of all cells of some columns: `k` is the column's place, `c` the cell."""
    return f"SELECT unnest([{', '.join(columns)}]) AS c, unnest(range({len(columns)})) AS k FROM {table}"


def per_column(
    con: duckdb.DuckDBPyConnection,
    table: str,
    columns: Sequence[tuple[str, Kind]],
    aggregate: Callable[[str, Kind], str],
) -> list[Any]:
    """One value of the SQL `aggregate(column, kind)` for each column; columns of one kind share their type."""
    if not columns:
        return []
    if len(columns) <= FLAT_COLUMNS:
        selected = ", ".join(aggregate(column, kind) for column, kind in columns)
        [row] = con.execute(f"SELECT {selected} FROM {table}").fetchall()
        return list(row)
    found: dict[int, Any] = {}
    for kind in dict.fromkeys(kind for _, kind in columns):
        places = [place for place, (_, other) in enumerate(columns) if other == kind]
        stacked = stack(table, [columns[place][0] for place in places])
        query = f"SELECT k, {aggregate('c', kind)} FROM ({stacked}) GROUP BY k"
        found |= {places[k]: value for k, value in con.execute(query).fetchall()}
    return [found[place] for place in range(len(columns))] if found else []
