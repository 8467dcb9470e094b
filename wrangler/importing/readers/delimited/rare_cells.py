"""Counting what a conversion in one pass leaves uncounted: what the missing cells held, and what kept cells lost.

DuckDB's COPY reports no more than the missing cells of each column. Only columns with missing cells, and those in which
cells of a kept kind are watched for, are read again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb

from wrangler.importing.column_types import (
    BELOW_MICROSECOND,
    DIGITS_IN_DOUBLE,
    LONGEST_EXACT_ISO,
    Check,
    Plan,
    Reading,
    Source,
    matches,
    significant_digits,
)
from wrangler.importing.missing import EMPTY, QUOTED_EMPTY, lookup
from wrangler.tables import FLAT_COLUMNS, Written, literal, per_column

MOST_LETTERS = 3
UNQUOTED, QUOTED, BLANK = "unquoted", "quoted", "blank"
LONG_DIGITS, FINE, INFINITE = "long_digits", "below_microsecond", "infinite"


@dataclass(frozen=True)
class Empties:
    """Whether an empty field, and a quoted empty field, is missing."""

    plain: bool
    quoted: bool


@dataclass(frozen=True)
class Cells:
    """How the cells of a column are read; `raw` is their name in the SQL."""

    reading: Reading
    markers: tuple[str, ...]
    empties: Empties

    def kept(self, raw: str) -> dict[str, str]:
        """The kinds of cells that are kept and have to be counted all the same, with the SQL that detects one."""
        if self.reading.is_text:
            return self._kept_empties(raw)
        value = Plan(Source(raw, "", self.markers), self.reading).value(raw)
        if self.reading.type == "number":
            digits = f"strlen({significant_digits(value)}) > {DIGITS_IN_DOUBLE} AND isfinite({self._double(raw)})"
            return {LONG_DIGITS: f"CASE WHEN strlen({raw}) > {DIGITS_IN_DOUBLE} THEN {digits} ELSE false END"}
        if self.reading.type == "date" and self.reading.format is None:
            fine = matches(value, BELOW_MICROSECOND)
            return {FINE: f"CASE WHEN strlen({raw}) > {LONGEST_EXACT_ISO} THEN {fine} ELSE false END"}
        return {}

    @property
    def can_fail_at_infinity(self) -> bool:
        """Whether a cell that became missing without a marker may have been infinite as well as no number."""
        return self.reading.type == "number" and self.reading.is_asked_for

    def is_infinite(self, raw: str) -> str:
        return f"isinf({self._double(raw)})"

    def is_marker(self, raw: str) -> str:
        """Only short texts, and those with blanks around, can be markers.

        Blanks are looked for first: to cut them off costs more than to see that there are none.
        """
        words, known = words_of(self.markers), lookup(self.markers, with_empty=True)
        longest = max((len(word.encode()) for word in words), default=0)
        is_word = f"strlen({raw}) <= {longest} AND {_begins_like(raw, words)} AND {known}[{raw}]"
        is_padded_word = f"({raw} < '!' OR ends_with({raw}, ' ')) AND {known}[trim({raw})]"
        return f"(({is_word}) OR ({is_padded_word}))"

    def _kept_empties(self, raw: str) -> dict[str, str]:
        plain, quoted = self.empties.plain, self.empties.quoted
        kinds = {} if quoted else {QUOTED: f"{raw} = ''"}
        return kinds if plain else {**kinds, UNQUOTED: f"{raw} IS NULL", BLANK: f"{raw} <> '' AND trim({raw}) = ''"}

    def _double(self, raw: str) -> str:
        value = Plan(Source(raw, "", self.markers), self.reading).value(raw)
        return f"try_cast({self.reading.style.plain(value)} AS DOUBLE)"


Kind = tuple[Cells, frozenset[str]]


@dataclass
class Part:
    """One column of the pass; `watched` are the kept kinds of which there are cells."""

    place: int
    plan: Plan
    empties: Empties
    watched: set[str] = field(default_factory=set)

    @property
    def raw(self) -> str:
        return self.plan.source.raw

    @property
    def cells(self) -> Cells:
        return Cells(self.plan.reading, self.plan.source.markers, self.empties)


def watch(con: duckdb.DuckDBPyConnection, sample: str, parts: Sequence[Part]) -> None:
    """Watch for the kept kinds of which there are cells in some rows."""
    found = per_column(con, sample, [(part.raw, part.cells) for part in parts], _kept_sql)
    for part, counts in zip(parts, found, strict=False):
        part.watched |= {kind for kind, count in counts.items() if count and kind != "rows"}


def count_rare(con: duckdb.DuckDBPyConnection, table: str, parts: Sequence[Part], written: Written) -> list[Check]:
    """What a pass over all rows finds of each column, given what was written of them."""
    asked = [part for part in parts if part.watched or written.nulls[part.place]]
    where = _is_rare_sql if len(asked) > FLAT_COLUMNS else None
    columns = [(part.raw, (part.cells, frozenset(part.watched))) for part in asked]
    found = per_column(con, table, columns, _rare_sql, where)
    counts = {part.place: struct for part, struct in zip(asked, found, strict=False)}
    return [_check(part, counts.get(part.place) or {}, written) for part in parts]


def words_of(markers: tuple[str, ...]) -> list[str]:
    return sorted({marker.strip() for marker in markers} - {EMPTY, QUOTED_EMPTY})


def _begins_like(raw: str, words: Sequence[str]) -> str:
    """Whether a text begins as one of the words does; true of all where comparing costs more than looking up."""
    signs = max((word[0] for word in words if word < "A"), default=" ")
    letters = sorted({word[0] for word in words if word >= "A"})
    if len(letters) > MOST_LETTERS:
        return "true"
    ranges = [f"({raw} >= {literal(letter)} AND {raw} < {literal(chr(ord(letter) + 1))})" for letter in letters]
    return f"({' OR '.join([f'{raw} < {literal(chr(ord(signs) + 1))}', *ranges])})"


def _kept_sql(raw: str, cells: Cells) -> str:
    counts = {"rows": "count(*)"} | {kind: f"count(*) FILTER ({sql})" for kind, sql in cells.kept(raw).items()}
    return _struct(counts)


def _rare_sql(raw: str, kind: Kind) -> str:
    """What the missing cells held. A CASE finds the markers in half the time of a filter, which tests every cell."""
    cells, watched = kind
    counts = {UNQUOTED: f"count(*) - count({raw})", QUOTED: f"count(*) FILTER ({raw} = '')"}
    counts["markers"] = f"histogram(CASE WHEN {cells.is_marker(raw)} THEN trim({raw}) END)"
    counts |= {kind: f"count(*) FILTER ({sql})" for kind, sql in cells.kept(raw).items() if kind in watched}
    if cells.can_fail_at_infinity:
        counts[INFINITE] = f"count(*) FILTER ({cells.is_infinite(raw)})"
    return _struct(counts)


def _is_rare_sql(raw: str, kind: Kind) -> str:
    cells, watched = kind
    tests = [f"{raw} IS NULL", cells.is_marker(raw)]
    tests += [sql for kind, sql in cells.kept(raw).items() if kind in watched]
    tests += [cells.is_infinite(raw)] if cells.can_fail_at_infinity else []
    return " OR ".join(f"({test})" for test in tests)


def _struct(counts: dict[str, str]) -> str:
    return "{" + ", ".join(f"'{kind}': {sql}" for kind, sql in counts.items()) + "}"


def _check(part: Part, counts: dict[str, Any], written: Written) -> Check:
    """Cells that became missing without a marker were infinite, or do not fit the type asked for."""
    reading, nulls = part.plan.reading, written.nulls[part.place]
    markers, unquoted = dict(counts.get("markers") or {}), counts.get(UNQUOTED, 0)
    filled = written.rows - unquoted
    values = filled - sum(markers.values())
    others = 0 if reading.is_text else nulls - unquoted - sum(markers.values())
    infinite = counts.get(INFINITE, 0) if reading.is_asked_for else others
    return Check(
        rows=written.rows,
        filled=filled,
        quoted_empty=counts.get(QUOTED, 0),
        longest_bytes=0,
        markers=markers,
        fitting=values - (others - infinite),
        infinite=infinite,
        long_digits=counts.get(LONG_DIGITS, 0),
        below_microsecond=counts.get(FINE, 0),
    )
