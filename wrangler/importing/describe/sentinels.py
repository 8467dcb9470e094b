"""Values that may stand for "missing" though they are no marker (-999, 9999, ?): proposed, never applied."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

import duckdb

from wrangler.importing.missing import STANDARD
from wrangler.importing.report import Report
from wrangler.tables import FLAT_COLUMNS, StoredColumn, StoredTable, literal, parts, per_column

NINES = tuple(int("9" * digits) for digits in range(2, 10))
SURVEY = (7, 8, 77, 88, 97, 98, 777, 888, 997, 998, 7777, 8888, 9997, 9998)
NUMBERS = (0, -1, 8, 9, -9, *NINES, *(-code for code in NINES), *SURVEY[2:], *(-code for code in SURVEY))
WORDS = (
    "?", ".", "-", "--", "unknown", "missing", "not available", "not applicable", "n.a.", "n/d", "nd", "#value!",
    "#ref!", "#div/0!", "#name?", "#null!", "#num!", "undefined", "nil", "(null)", "\\n", "refused", "unspecified",
    "not stated", "no answer", "no response", "don't know", "dont know", "do not know", "dk", "declined",
    "prefer not to say", "inapplicable", "not asked", "blank", "empty",
)  # fmt: skip
LEAST_REPEATS = 2
# A code that might be a value as well, such as -1 below 0 or 99 above 49, is one only if it is rare.
MOST_SHARE_BESIDE = 0.15
# Zero is proposed where all others stand well above it: this part of their spread, and more than a step or two.
ZERO_GAP_SHARE = 0.2
LEAST_ZERO_GAP = 5
# On a short scale, such as 1 to 5, the usual codes 8 and 9 stand apart from it by some steps.
LONGEST_SCALE = 6
LEAST_SCALE_GAP = 3
# Values thin out towards their ends, so a rare code beyond an end is one, too, if it is more frequent than all values
# in the last part of their spread together.
EDGE_SHARE = 0.1
LEAST_PILE = 3


def propose_sentinels(
    con: duckdb.DuckDBPyConnection, table: StoredTable, padded: Collection[StoredColumn], report: Report
) -> None:
    """Note in the report which values of which columns look like markers, how often they occur, and why.

    `padded` are the columns of texts with blanks around: in others, none need be cut off before a look-up.
    """
    words, numbers = _words_found(con, table, padded), _numbers_found(con, table)
    for column in table.columns:
        if column.sql in words:
            _propose_words(column, words[column.sql], report)
        elif column.sql in numbers:
            _propose_numbers(column, numbers[column.sql], report)


def _words_found(
    con: duckdb.DuckDBPyConnection, table: StoredTable, padded: Collection[StoredColumn]
) -> dict[str, dict[str, Any]]:
    """The columns of texts with words that are usual as markers, with counts."""
    texts = [column for column in table.columns if column.type in {"text", "category"}]
    queries = [(c.sql, _PADDED if c in padded else _CLEAN) for c in texts]
    found = per_column(con, table.sql, queries, _histogram, lambda sql, is_word: is_word.format(sql))
    with_words = [(sql, dict(words)) for (sql, _), words in zip(queries, found, strict=True) if words]
    coded = [(sql, "") for sql, words in with_words if any(map(_is_number, words))]
    counts = per_column(con, table.sql, coded, _numbers_among_sql)
    numbers = dict(zip([sql for sql, _ in coded], counts, strict=True))
    return {sql: {"found": words, **(numbers.get(sql) or {})} for sql, words in with_words}


def _numbers_found(con: duckdb.DuckDBPyConnection, table: StoredTable) -> dict[str, dict[str, Any]]:
    """The columns with numbers that are usual as codes and may stand apart from the others, with figures of both."""
    kinds = [(column.sql, column.type) for column in _with_codes_outside(con, table)]
    found = per_column(con, table.sql, kinds, _histogram, lambda sql, _: f"{sql} IN ({_listed(NUMBERS)})")
    others = per_column(con, table.sql, kinds, _others_sql, _is_other_sql)
    all_figures = {
        sql: {"found": dict(codes or {}), **(figures or {})}
        for (sql, _), codes, figures in zip(kinds, found, others, strict=True)
    }
    piled = [(sql, (f["low"], f["high"])) for sql, f in all_figures.items() if _is_piled_beyond(f)]
    for part in parts(piled, FLAT_COLUMNS):  # hardly two of them are of one kind
        for (sql, _), counts in zip(part, per_column(con, table.sql, part, _near_ends_sql), strict=True):
            all_figures[sql] |= counts
    return all_figures


def _is_piled_beyond(figures: dict[str, Any]) -> bool:
    """Whether some code beyond the other values is there several times."""
    low, high = figures.get("low"), figures.get("high")
    return low is not None and any(
        count >= LEAST_PILE and not low <= code <= high for code, count in figures["found"].items()
    )


def _near_ends_sql(column: str, ends: tuple[float, float]) -> str:
    low, high = ends
    near = EDGE_SHARE * (high - low)
    return (
        f"{{'near_low': count(*) FILTER ({column} BETWEEN {low!r} AND {low + near!r}), "
        f"'near_high': count(*) FILTER ({column} BETWEEN {high - near!r} AND {high!r})}}"
    )


def _with_codes_outside(con: duckdb.DuckDBPyConnection, table: StoredTable) -> list[StoredColumn]:
    """The columns of numbers whose least or greatest value is a usual code: in others no code can stand apart."""
    columns = [column for column in table.columns if column.type in {"integer", "number"}]
    kinds = [(column.sql, column.type) for column in columns]
    edges = per_column(con, table.sql, kinds, lambda sql, _: f"[min({sql}), max({sql})]")
    return [column for column, ends in zip(columns, edges, strict=True) if not set(NUMBERS).isdisjoint(ends)]


def _listed(values: Iterable[int | str]) -> str:
    return ", ".join(literal(value) if isinstance(value, str) else str(value) for value in values)


_KNOWN = _listed(sorted({*WORDS, *(marker.lower() for marker in STANDARD if marker), *map(str, NUMBERS[1:])}))
_CLEAN, _PADDED = f"lower({{}}) IN ({_KNOWN})", f"lower(trim({{}})) IN ({_KNOWN})"


def _histogram(column: str, _: str) -> str:
    return f"histogram({column})"


def _numbers_among_sql(column: str, _: str) -> str:
    is_number = f"try_cast({column} AS DOUBLE) IS NOT NULL"
    is_signed = f"starts_with({column}, '-')"
    return (
        f"{{'numbers': count(*) FILTER ({is_number}), 'signed': count(*) FILTER ({is_number} AND {is_signed}), "
        f"'filled': count({column})}}"
    )


def _others_sql(column: str, _: str) -> str:
    positive = f"min({column}) FILTER ({column} > 0)"
    return f"{{'low': min({column}), 'high': max({column}), 'positive': {positive}, 'others': count(*)}}"


def _is_other_sql(column: str, _: str) -> str:
    """Zero is left out of the others only where it is a candidate itself: it is a value far more often than a code.

    A look-up in a query takes a third of the time that one in a list takes where there are missing cells.
    """
    return f"{column} NOT IN (SELECT unnest([{_listed(NUMBERS[1:])}]))"


def _propose_words(column: StoredColumn, figures: dict[str, Any], report: Report) -> None:
    found = figures["found"]
    numbers = {value: count for value, count in found.items() if _is_number(value)}
    are_words = bool(numbers) and figures["numbers"] == sum(numbers.values()) < figures["filled"] / 2
    signed = {value: count for value, count in numbers.items() if value.strip().startswith("-")}
    are_unsigned = bool(signed) and figures["signed"] == sum(signed.values()) < figures["filled"] * MOST_SHARE_BESIDE
    for value, count in sorted(found.items(), key=lambda item: -item[1]):
        if value not in numbers:
            report.suspect_marker(column.name, value, count, "this text often stands for a missing value")
        elif are_words:
            reason = "it is usual as a code for missing, and all other values are words"
            report.suspect_marker(column.name, value, count, reason)
        elif are_unsigned and value in signed:
            reason = "it is usual as a code for missing, and no other value has a minus sign"
            report.suspect_marker(column.name, value, count, reason)


def _is_number(word: str) -> bool:
    return word.strip().lstrip("-").isdigit()


def _propose_numbers(column: StoredColumn, figures: dict[str, Any], report: Report) -> None:
    found, low, high = figures["found"], figures.get("low"), figures.get("high")
    if low is None or high is None:
        return
    filled = figures["others"] + sum(count for value, count in found.items() if value)
    near = (figures.get("near_low", filled), figures.get("near_high", filled))
    others = Others(low, high, figures["positive"] or 0, filled, near, is_whole=column.type == "integer")
    for value, count in sorted(found.items()):
        repeats = count >= LEAST_REPEATS or abs(value) > max(abs(low), abs(high), 1) * 5
        if repeats and others.leave_out(value, count):
            least = low if value else figures["positive"]
            where = "below" if value < least else "above"
            report.suspect_marker(
                column.name,
                f"{value:g}" if isinstance(value, float) else str(value),
                count,
                f"it stands far {where} all other values ({least:g} to {high:g}) and is usual as a code for missing",
            )


@dataclass(frozen=True)
class Others:
    """The values of a column that are no usual code."""

    low: float
    high: float
    positive: float
    filled: int
    near_ends: tuple[int, int]
    is_whole: bool

    def leave_out(self, value: float, count: int) -> bool:
        """Whether a usual code stands apart from them."""
        spread = max(self.high - self.low, 1)
        is_rare = count < MOST_SHARE_BESIDE * self.filled
        if value == 0:
            spread = max(self.high - self.positive, 1)
            gap = max(spread * ZERO_GAP_SHARE, LEAST_ZERO_GAP if self.is_whole else 0)
            return is_rare and self.low >= 0 and self.positive >= gap
        if value in {8, 9}:
            return self.is_whole and self.low >= 0 and self.high <= min(LONGEST_SCALE, value - LEAST_SCALE_GAP)
        if is_rare and self._is_piled(value, count):
            return True
        if value < 0:
            is_apart = self.low >= 0 or value < self.low - spread / 2
            return is_apart and (is_rare or value < self.low - 1)
        is_apart = value > self.high + spread or value < self.low - spread
        return is_apart and (is_rare or _digits(value) > _digits(self.high))

    def _is_piled(self, value: float, count: int) -> bool:
        """Whether more of it stand beyond an end than there are values near that end."""
        near_low, near_high = self.near_ends
        near = near_low if value < self.low else near_high
        return count >= LEAST_PILE and not self.low <= value <= self.high and count > near


def _digits(value: float) -> int:
    return len(str(int(abs(value))))
