# ruff: noqa: S608 - SQL names columns by position (c0, c1) and takes texts as quoted literals only
"""What the values of text columns look like, counted by DuckDB over some rows or over all of them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb

from wrangler.importing.missing import lookup
from wrangler.importing.options import ImportOptions
from wrangler.tables import literal, parts, stack

ISO_DAY_SHAPE = r"\d{4}-\d{2}-\d{2}"
ISO_SHAPE = r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}([.]\d{1,9})?)?( ?(Z|[+-]\d{2}(:?\d{2})?))?)?"
BELOW_MICROSECOND = r".*:\d{2}[.]\d{6}\d*[1-9].*"
LONGEST_EXACT_ISO = 26
ZONED_SHAPE = r".*\d{2}:\d{2}.* ?(Z|[+-]\d{2}(:?\d{2})?)"
DATE_FORMATS = {
    "%d.%m.%Y": r"\d{1,2}[.]\d{1,2}[.]\d{4}",
    "%Y/%m/%d": r"\d{4}/\d{1,2}/\d{1,2}",
    "%d/%m/%Y": r"\d{1,2}/\d{1,2}/\d{4}",
    "%m/%d/%Y": r"\d{1,2}/\d{1,2}/\d{4}",
    "%d-%m-%Y": r"\d{1,2}-\d{1,2}-\d{4}",
    "%m-%d-%Y": r"\d{1,2}-\d{1,2}-\d{4}",
}
EXACT_IN_DOUBLE = 2**53
DIGITS_IN_DOUBLE = 17
FREQUENT = 100
VALUES = "{values}"


@dataclass(frozen=True)
class Source:
    """One text column: `raw` is its name in SQL, `markers` what counts as missing in it."""

    raw: str
    name: str
    markers: tuple[str, ...]

    @property
    def trimmed(self) -> str:
        return f"trim({self.raw})"

    @property
    def is_marker(self) -> str:
        words = lookup(self.markers)
        return f"coalesce({words}[{self.trimmed}], false)" if words else "false"

    @property
    def value(self) -> str:
        """The trimmed text where there is one that is no marker, else NULL."""
        return f"CASE WHEN {self.trimmed} = '' OR {self.is_marker} THEN NULL ELSE {self.trimmed} END"


@dataclass(frozen=True)
class Style:
    """How numbers are written: decimal mark and, if any, mark between groups of three digits."""

    decimal: str
    thousands: str | None = None

    @property
    def is_plain(self) -> bool:
        return self.decimal == "." and self.thousands is None

    @property
    def pattern(self) -> str:
        decimal, body = re.escape(self.decimal), r"\d+"
        if self.thousands:
            body = rf"(\d+|\d{{1,3}}({re.escape(self.thousands)}\d{{3}})+)"
        return rf"[+-]?({body}({decimal}\d*)?|{decimal}\d+)([eE][+-]?\d+)?"

    def plain(self, value: str) -> str:
        """The SQL of `value` written as DuckDB casts it."""
        if self.thousands:
            value = f"replace({value}, {literal(self.thousands)}, '')"
        return value if self.decimal == "." else f"replace({value}, ',', '.')"


@dataclass(frozen=True)
class Details:
    """How many values of one column have this or that shape."""

    values: int = 0
    canonical: int = 0
    booleans: int = 0
    whole: int = 0
    dotted: int = 0
    comma: int = 0
    comma_sure: int = 0
    zero_first: int = 0
    plus_long: int = 0
    grouped: int = 0
    big_whole: int = 0
    beyond_integer: int = 0
    infinite_words: int = 0
    iso_shaped: int = 0
    iso_days: int = 0
    zoned: int = 0
    odd_number: str | None = None
    formats: dict[str, int] = field(default_factory=dict)


def styles_of(options: ImportOptions) -> dict[str, Style]:
    """The ways of writing numbers to be tried, by their decimal mark."""
    marks = [options.decimal] if options.decimal else [".", ","]
    return {mark: Style(mark, options.thousands if options.thousands != mark else None) for mark in marks}


def look(
    con: duckdb.DuckDBPyConnection, table: str, sources: Sequence[Source], styles: Sequence[Style]
) -> dict[str, Details]:
    """The shapes of the values in some rows, by the column's `raw` name.

    Columns are stacked into one long column first, so that the query does not grow with their number: the time that
    DuckDB takes to plan thousands of aggregates grows with the square of it.
    """
    return _look(con, table, sources, styles, f"SELECT k, v FROM ({VALUES})")


def look_at_frequent(
    con: duckdb.DuckDBPyConnection, table: str, sources: Sequence[Source], styles: Sequence[Style]
) -> dict[str, Details]:
    """The same of the most frequent values in all rows: for columns that are empty where a sample is taken."""
    frequent = f"SELECT k, unnest(approx_top_k(v, {FREQUENT})) AS v FROM ({VALUES}) WHERE v IS NOT NULL GROUP BY k"
    return _look(con, table, sources, styles, frequent)


def _look(
    con: duckdb.DuckDBPyConnection, table: str, sources: Sequence[Source], styles: Sequence[Style], choose: str
) -> dict[str, Details]:
    found: dict[str, Details] = {}
    for markers in dict.fromkeys(source.markers for source in sources):
        same = [source.raw for source in sources if source.markers == markers]
        for part in parts(same):
            values = f"SELECT k, {Source('c', '', markers).value} AS v FROM ({stack(table, part)})"
            chosen = choose.replace(VALUES, values)
            rows = con.execute(f"SELECT k, {_details_sql('v', styles)} FROM ({chosen}) GROUP BY k").fetchall()
            found |= {part[place]: _details(struct) for place, struct in rows}
    return {source.raw: found.get(source.raw, Details()) for source in sources}


def _details(struct: dict[str, Any]) -> Details:
    formats = {fmt: struct.pop(f"format_{index}") for index, fmt in enumerate(DATE_FORMATS)}
    return Details(formats=formats, **struct)


def matches(value: str, pattern: str) -> str:
    """The SQL of a full match."""
    return f"regexp_full_match({value}, {literal(pattern)})"


def _details_sql(value: str, styles: Sequence[Style]) -> str:
    counts = _number_sql(value, styles) | _date_sql(value)
    body = ", ".join(f"'{name}': count(*) FILTER ({sql})" for name, sql in counts.items())
    is_number = " OR ".join(matches(value, style.pattern) for style in styles)
    return f"{{'values': count({value}), {body}, 'odd_number': min({value}) FILTER (NOT ({is_number}))}}"


def _number_sql(value: str, styles: Sequence[Style]) -> dict[str, str]:
    by_mark = {style.decimal: style for style in styles}
    dot, comma = by_mark.get("."), by_mark.get(",")
    is_number = "(" + " OR ".join(matches(value, style.pattern) for style in styles) + ")"
    return {
        "canonical": f"try_cast({value} AS BIGINT)::VARCHAR = {value}",
        "booleans": f"lower({value}) IN ('true', 'false')",
        "whole": matches(value, r"[+-]?\d+"),
        "dotted": matches(value, dot.pattern) if dot else "false",
        "comma": matches(value, comma.pattern) if comma else "false",
        "comma_sure": f"contains({value}, ',') AND NOT " + matches(value, r"[+-]?[1-9]\d{0,2}(,\d{3})+"),
        "zero_first": matches(value, r"[+-]?0\d.*") + f" AND {is_number}",
        "plus_long": matches(value, r"[+]\d{7,}"),
        "grouped": matches(value, r"[+-]?[1-9]\d{0,2}([.,' _]\d{3})+([.,]\d+)?"),
        "big_whole": matches(value, r"[+-]?\d{16,}") + f" AND abs(try_cast({value} AS DOUBLE)) >= {EXACT_IN_DOUBLE}",
        "beyond_integer": matches(value, r"[+-]?\d{19,}") + f" AND try_cast({value} AS BIGINT) IS NULL",
        "infinite_words": matches(f"lower({value})", r"[+-]?inf(inity)?"),
    }


def significant_digits(value: str) -> str:
    """The SQL of the digits that count in a number's text: no zeros in front, no exponent."""
    return rf"regexp_replace(regexp_extract({value}, '^[^eE]*'), '^[^1-9]+|[^0-9]', '', 'g')"


def _date_sql(value: str) -> dict[str, str]:
    counts = {
        "iso_shaped": matches(value, ISO_SHAPE),
        "iso_days": matches(value, ISO_DAY_SHAPE),
        "zoned": matches(value, ISO_SHAPE) + " AND " + matches(value, ZONED_SHAPE),
    }
    for index, (fmt, shape) in enumerate(DATE_FORMATS.items()):
        counts[f"format_{index}"] = matches(value, shape) + f" AND try_strptime({value}, '{fmt}') IS NOT NULL"
    return counts
