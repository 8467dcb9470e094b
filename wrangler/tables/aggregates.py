# ruff: noqa: S608 - SQL names columns by position (c0, c1) and takes texts as quoted literals only
"""The same aggregates of many columns, at a cost that stays in line with their number.

DuckDB plans a query of thousands of aggregates in a time that grows with the square of them (200 columns of ten took
17 s). So a wide table is stacked: columns of one kind become one long column of cells, grouped by the column's place.
"""

from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Any, TypeVar

import duckdb

FLAT_COLUMNS = 24
COLUMNS_AT_ONCE = 1_000  # for each column 128 KB are taken in each thread, however few rows there are
Kind = TypeVar("Kind", bound=Hashable)
Item = TypeVar("Item")


def parts(columns: Sequence[Item], most: int | None = None) -> Iterator[Sequence[Item]]:
    """The columns, as many at a time as may be stacked, or `most`."""
    count = most or COLUMNS_AT_ONCE
    for start in range(0, len(columns), count):
        yield columns[start : start + count]


def stack(table: str, columns: Sequence[str]) -> str:
    """The SQL of a long table of all cells of some columns: `k` is the column's place, `c` the cell.

    By places crossed with lists: to unnest a list takes DuckDB a time that grows with the square of its length.
    """
    cells = f"SELECT [{', '.join(columns)}] AS cells FROM {table}"
    return f"SELECT cells[k + 1] AS c, k FROM ({cells}), (SELECT range AS k FROM range({len(columns)}))"


def per_column(
    con: duckdb.DuckDBPyConnection,
    table: str,
    columns: Sequence[tuple[str, Kind]],
    aggregate: Callable[[str, Kind], str],
    where: Callable[[str, Kind], str] | None = None,
) -> list[Any]:
    """One value of the SQL `aggregate(column, kind)` for each column; columns of one kind share their type.

    With `where`, over the rows for which that SQL holds: rare rows are found several times as fast this way as by a
    filter of the aggregate. The value may be None where no row is left.
    """
    if not columns:
        return []
    if len(columns) <= FLAT_COLUMNS and where:
        queries = [f"SELECT {aggregate(*column)} FROM {table} WHERE {where(*column)}" for column in columns]
        return [value for query in queries for (value,) in con.execute(query).fetchall()]
    if len(columns) <= FLAT_COLUMNS:
        selected = ", ".join(aggregate(column, kind) for column, kind in columns)
        [row] = con.execute(f"SELECT {selected} FROM {table}").fetchall()
        return list(row)
    found: dict[int, Any] = {}
    for kind in dict.fromkeys(kind for _, kind in columns):
        places = [place for place, (_, other) in enumerate(columns) if other == kind]
        chosen = f"WHERE {where('c', kind)}" if where else ""
        for part in parts(places):
            stacked = stack(table, [columns[place][0] for place in part])
            query = f"SELECT k, {aggregate('c', kind)} FROM ({stacked}) {chosen} GROUP BY k"
            found |= {part[k]: value for k, value in con.execute(query).fetchall()}
    return [found.get(place) for place in range(len(columns))] if found or where else []
