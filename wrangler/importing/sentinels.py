# ruff: noqa: S608 - SQL names columns by position (c0, c1) and takes texts as quoted literals only
"""Values that may stand for "missing" though no marker says so (-999, 9999, ?): proposed, never applied."""

from typing import Any

import duckdb

from wrangler.importing.database import StoredColumn, StoredTable
from wrangler.importing.markers import STANDARD, literal
from wrangler.importing.report import Report

COLUMNS_PER_QUERY = 100
NUMBERS = (-1, -9, -99, -999, -9999, -99999, 99, 999, 9999, 99999, 999999)
WORDS = (
    "?", ".", "-", "--", "unknown", "missing", "not available", "not applicable", "n.a.", "n/d", "nd", "#value!",
    "#ref!", "#div/0!", "#name?", "#null!", "#num!", "undefined", "nil", "(null)", "\\n", "-999", "-9999", "9999",
    "refused", "unspecified", "not stated", "no answer",
)  # fmt: skip
LEAST_REPEATS = 2


def propose_sentinels(con: duckdb.DuckDBPyConnection, table: StoredTable, report: Report) -> None:
    """Note in the report which values of which columns look like markers, how often they occur, and why."""
    for start in range(0, len(table.columns), COLUMNS_PER_QUERY):
        part = [c for c in table.columns[start : start + COLUMNS_PER_QUERY] if c.type in _QUERIES]
        if not part:
            continue
        row = con.execute(f"SELECT {', '.join(_QUERIES[c.type](c.sql) for c in part)} FROM {table.sql}").fetchone()
        for column, found in zip(part, row or (), strict=True):
            if column.type in {"text", "category"}:
                _propose_words(column, dict(found or {}), report)
            else:
                _propose_numbers(column, found, report)


def _words_sql(column: str) -> str:
    words = sorted({*WORDS, *(marker.lower() for marker in STANDARD if marker)})
    known = ", ".join(f"{literal(word)}: true" for word in words)
    return f"histogram({column}) FILTER (MAP {{{known}}}[lower(trim({column}))] IS NOT NULL)"


def _numbers_sql(column: str) -> str:
    known = ", ".join(str(number) for number in NUMBERS)
    others = f"FILTER ({column} NOT IN ({known}))"
    return (
        f"{{'found': histogram({column}) FILTER ({column} IN ({known})), 'low': min({column}) {others}, "
        f"'high': max({column}) {others}, 'filled': count({column})}}"
    )


_QUERIES = {"text": _words_sql, "category": _words_sql, "integer": _numbers_sql, "number": _numbers_sql}


def _propose_words(column: StoredColumn, found: dict[str, int], report: Report) -> None:
    for value, count in sorted(found.items(), key=lambda item: -item[1]):
        report.suspect_marker(column.name, value, count, "this text often stands for a missing value")


def _propose_numbers(column: StoredColumn, figures: dict[str, Any], report: Report) -> None:
    low, high = figures["low"], figures["high"]
    if low is None:
        return
    for value, count in sorted(dict(figures["found"] or {}).items()):
        spread = max(high - low, 1)
        below = value < 0 and (low >= 0 or value < low - spread / 2)
        above = value > high + spread
        repeats = count >= LEAST_REPEATS or abs(value) > max(abs(low), abs(high), 1) * 5
        if (below or above) and repeats:
            where = "below" if below else "above"
            report.suspect_marker(
                column.name,
                f"{value:g}",
                count,
                f"it stands far {where} all other values ({low:g} to {high:g}) and is usual as a code for missing",
            )
