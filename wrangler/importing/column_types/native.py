# ruff: noqa: S608 - SQL names columns by position (c0, c1) and takes texts as quoted literals only
"""What the types of a stored table become: nothing is rounded, cut or rendered as text unreported."""

from dataclasses import dataclass, field

import duckdb

from wrangler.importing.errors import Code, refusal
from wrangler.importing.report import Report
from wrangler.tables import ColumnType, StoredColumn, StoredTable

EXACT_IN_DOUBLE = 2**53
LARGEST_INTEGER = 2**63 - 1
SMALL = frozenset({"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"})
BIG = frozenset({"UBIGINT", "HUGEINT", "UHUGEINT", "BIGNUM"})
RENDERED = frozenset({"TIME", "TIME WITH TIME ZONE", "TIME_NS", "INTERVAL", "UUID", "JSON", '"NULL"'})
NESTED = ("STRUCT", "MAP", "UNION", "VARIANT", "GEOMETRY")
MOMENTS = frozenset({"DATE", "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"})


@dataclass(frozen=True)
class Native:
    """Our type for a stored column, its SQL, and the counted changes of values that come with it.

    `stored` is the column as it lies in the file; `whole_sql` does in place of `sql` where none of its values is lost.
    """

    type: ColumnType
    stored: str
    sql: str
    whole_sql: str = ""
    tests: dict[str, str] = field(default_factory=dict)
    changes: dict[str, str] = field(default_factory=dict)


def native_of(con: duckdb.DuckDBPyConnection, table: StoredTable, column: StoredColumn, report: Report) -> Native:
    """The type of one column, chosen by its stored type and, for big numbers, by the values that occur."""
    kind, sql = column.duckdb_type, column.sql
    if kind in MOMENTS or kind == "TIMESTAMP WITH TIME ZONE":
        return _moment(kind, sql)
    if kind in {"FLOAT", "DOUBLE"}:
        return _floating(sql)
    if kind in BIG or kind.startswith("DECIMAL"):
        return _exact(con, table, column, report)
    if kind == "BLOB":
        return _binary(con, table, column)
    simple: dict[str, Native] = {
        "VARCHAR": Native("category" if column.type == "category" else "text", sql, sql, sql),
        "BOOLEAN": Native("boolean", sql, sql),
        **{name: Native("integer", sql, f"{sql}::BIGINT") for name in SMALL},
        **{name: _rendered(name, sql) for name in RENDERED},
    }
    if kind in simple:
        return simple[kind]
    if kind.startswith("ENUM"):
        return Native("category", sql, f"{sql}::VARCHAR")
    raise refusal(
        Code.NESTED_COLUMNS,
        f"Column '{column.name}' holds lists, records or other nested values ({kind[:60]}). A table has one value a "
        "cell: take such columns apart, or leave them out.",
    )


def _rendered(kind: str, sql: str) -> Native:
    words = f"Values of type {kind} became text."
    return Native("text", sql, f"{sql}::VARCHAR", tests={"rendered": f"{sql} IS NOT NULL"}, changes={"rendered": words})


def _floating(sql: str) -> Native:
    return Native(
        "number",
        sql,
        f"CASE WHEN isfinite({sql}) THEN {sql}::DOUBLE END",
        f"{sql}::DOUBLE",
        {"infinite": f"isinf({sql})"},
        {"infinite": "Infinite values became missing."},
    )


def _moment(kind: str, sql: str) -> Native:
    if kind == "TIMESTAMP WITH TIME ZONE":
        return Native("date", sql, f"CASE WHEN isfinite({sql}) THEN {sql} END")
    typed = f"CASE WHEN isfinite({sql}) THEN {sql}::TIMESTAMP END"
    if kind != "TIMESTAMP_NS":
        return Native("date", sql, typed)
    return Native(
        "date",
        sql,
        typed,
        "",
        {"truncated": f"epoch_ns({sql}) % 1000 <> 0"},
        {"truncated": "Fractions of a second below a microsecond were cut off."},
    )


def _exact(con: duckdb.DuckDBPyConnection, table: StoredTable, column: StoredColumn, report: Report) -> Native:
    """Big integers and decimals: integer or number where every value keeps all its digits, else text."""
    sql = column.sql
    scale = int(column.duckdb_type.rstrip(")").split(",")[1]) if "," in column.duckdb_type else 0
    query = f"SELECT min({sql})::VARCHAR, max({sql})::VARCHAR FROM {table.sql}"
    [bounds] = con.execute(query).fetchall()
    digits = [int(bound.replace(".", "")) for bound in bounds if bound is not None]
    largest = max((abs(number) for number in digits), default=0)
    if scale == 0 and largest <= LARGEST_INTEGER:
        return Native("integer", sql, f"{sql}::BIGINT")
    if scale > 0 and largest <= EXACT_IN_DOUBLE:
        return Native("number", sql, f"{sql}::DOUBLE")
    report.suspect(
        column.name,
        "big_integers",
        f"Kept as text: values of type {column.duckdb_type} have more digits than a number keeps.",
    )
    return Native("text", sql, f"{sql}::VARCHAR")


def _binary(con: duckdb.DuckDBPyConnection, table: StoredTable, column: StoredColumn) -> Native:
    """Bytes are taken as text where all of them are UTF-8: some writers do not declare their texts as texts."""
    decoded = f"try(decode({column.sql}))"
    query = f"SELECT count(*) FROM {table.sql} WHERE {column.sql} IS NOT NULL AND {decoded} IS NULL"
    [(broken,)] = con.execute(query).fetchall()
    if broken:
        raise refusal(
            Code.BINARY_COLUMN,
            f"Column '{column.name}' holds bytes that are no text ({broken:,} values). Leave it out.",
        )
    return Native("text", column.sql, decoded)
