"""Days that may stand for "missing" (1900-01-01, 9999-12-31): proposed by evidence, never applied."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import duckdb

from wrangler.importing.report import Report
from wrangler.tables import StoredColumn, StoredTable, per_column

# Where programs begin to count days, the first and last days that they know, and what people type for "never".
DAYS = (
    "0001-01-01", "1753-01-01", "1800-01-01", "1899-12-30", "1899-12-31", "1900-01-01", "1900-01-02", "1901-01-01",
    "1904-01-01", "1960-01-01", "1970-01-01", "1980-01-01", "2099-12-31", "2100-01-01", "2999-12-31", "3000-01-01",
    "9999-01-01", "9999-12-31",
)  # fmt: skip
LEAST_REPEATS = 2
LEAST_SPREAD = timedelta(days=366)
# Within the range of the other days, a day is proposed only if it occurs far more often than any of them.
LEAST_PILE = 5
TIMES_ANY_OTHER = 5
_LISTED = ", ".join(f"TIMESTAMP '{day}'" for day in DAYS)


@dataclass(frozen=True)
class Others:
    """The days of a column that are not in `DAYS`: the first, the last, and how often the most frequent occurs."""

    low: datetime
    high: datetime
    most: int

    def reason_against(self, day: datetime, count: int) -> str | None:
        """Why a day that occurs `count` times is hardly a value like them; None when it may well be."""
        spread = max(self.high - self.low, LEAST_SPREAD)
        distance = max(self.low - day, day - self.high)
        if count >= LEAST_REPEATS and distance > spread:
            where = "before" if day < self.low else "after"
            return f"it stands far {where} all other days ({self.low:%Y-%m-%d} to {self.high:%Y-%m-%d})"
        if count >= max(LEAST_PILE, TIMES_ANY_OTHER * self.most):
            return f"it occurs {count:,} times, and no other day more than {self.most:,} times"
        return None


def propose_days(con: duckdb.DuckDBPyConnection, table: StoredTable, forms: Mapping[str, str], report: Report) -> None:
    """Note in the report which days of which columns look like markers, how often they occur, and why.

    Only in the columns of `forms`, which gives how a day is written: a marker is a text, and must be found in the file
    again.
    """
    dates = [c for c in table.columns if c.type == "date" and not c.is_zoned and c.name in forms]
    kinds = [(column.sql, "date") for column in dates]
    found = per_column(
        con, table.sql, kinds, lambda sql, _: f"histogram({sql})", lambda sql, _: f"{sql} IN ({_LISTED})"
    )
    suspects = [(column, dict(days)) for column, days in zip(dates, found, strict=True) if days]
    repeated = [(column, days) for column, days in suspects if max(days.values()) >= LEAST_REPEATS]
    for column, days in _with_days_only(con, table, repeated):
        others = _others(con, table, column)
        for day, count in sorted(days.items()):
            reason = others.reason_against(day, count) if others else None
            if reason:
                written = _written(con, day, forms[column.name])
                report.suspect_marker(column.name, written, count, f"{reason}, and is usual as a code for missing")


def _with_days_only(
    con: duckdb.DuckDBPyConnection, table: StoredTable, columns: Sequence[tuple[StoredColumn, dict[datetime, int]]]
) -> list[tuple[StoredColumn, dict[datetime, int]]]:
    kinds = [(column.sql, "date") for column, _ in columns]
    test = "bool_and({0}::TIMESTAMP = date_trunc('day', {0}::TIMESTAMP))"
    are_days = per_column(con, table.sql, kinds, lambda sql, _: test.format(sql))
    return [one for one, holds in zip(columns, are_days, strict=True) if holds]


def _others(con: duckdb.DuckDBPyConnection, table: StoredTable, column: StoredColumn) -> Others | None:
    counted = (
        f"SELECT {column.sql} AS day, count(*) AS n FROM {table.sql} WHERE {column.sql} NOT IN ({_LISTED}) GROUP BY 1"  # noqa: S608
    )
    figures: tuple[Any, ...] = con.execute(f"SELECT min(day), max(day), max(n) FROM ({counted})").fetchall()[0]  # noqa: S608
    return None if figures[0] is None else Others(*figures)


def _written(con: duckdb.DuckDBPyConnection, day: datetime, form: str) -> str:
    """As the file has it: a date is read in a format only where it comes back as it was written."""
    [(text,)] = con.execute("SELECT strftime(?::TIMESTAMP, ?)", [day, form]).fetchall()
    return str(text)
