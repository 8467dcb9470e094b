"""Values that may stand for "missing" though no marker says so (-999, 9999, ?): proposed, never applied."""

from typing import Any

import duckdb

from wrangler.importing.database import StoredColumn, StoredTable
from wrangler.importing.markers import STANDARD, literal
from wrangler.importing.report import Report
from wrangler.importing.stacking import per_column

NUMBERS = (-1, -9, -99, -999, -9999, -99999, 99, 999, 9999, 99999, 999999)
WORDS = (
    "?", ".", "-", "--", "unknown", "missing", "not available", "not applicable", "n.a.", "n/d", "nd", "#value!",
    "#ref!", "#div/0!", "#name?", "#null!", "#num!", "undefined", "nil", "(null)", "\\n", "-999", "-9999", "9999",
    "refused", "unspecified", "not stated", "no answer",
)  # fmt: skip
LEAST_REPEATS = 2


def propose_sentinels(con: duckdb.DuckDBPyConnection, table: StoredTable, report: Report) -> None:
    """Note in the report which values of which columns look like markers, how often they occur, and why."""
    columns = [column for column in table.columns if column.type in _QUERIES]
    found = per_column(con, table.sql, [(c.sql, c.type) for c in columns], lambda sql, kind: _QUERIES[kind](sql))
    for column, figures in zip(columns, found, strict=True):
        if column.type in {"text", "category"}:
            _propose_words(column, dict(figures or {}), report)
        else:
            _propose_numbers(column, figures, report)


def _words_sql(column: str) -> str:
    words = sorted({*WORDS, *(marker.lower() for marker in STANDARD if marker)})
    known = ", ".join(f"{literal(word)}: true" for word in words)
    longest = max(map(len, words))
    word = f"CASE WHEN strlen({column}) <= {longest} AND MAP {{{known}}}[lower(trim({column}))] THEN {column} END"
    return f"histogram({word})"


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
