# ruff: noqa: S608 - SQL names columns by position (c0, c1) and takes texts as quoted literals only
"""What the values of text columns look like, counted by DuckDB over the whole file, never over a sample."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import duckdb

from wrangler.importing.markers import literal, lookup
from wrangler.importing.options import ImportOptions

COLUMNS_PER_QUERY = 200
ISO_SHAPE = r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}([.]\d{1,9})?)?( ?(Z|[+-]\d{2}(:?\d{2})?))?)?"
ZONED_SHAPE = r".*\d{2}:\d{2}.* ?(Z|[+-]\d{2}(:?\d{2})?)"
DATE_FORMATS = {
    "%d.%m.%Y": r"\d{1,2}[.]\d{1,2}[.]\d{4}",
    "%Y/%m/%d": r"\d{4}/\d{1,2}/\d{1,2}",
    "%d/%m/%Y": r"\d{1,2}/\d{1,2}/\d{4}",
    "%m/%d/%Y": r"\d{1,2}/\d{1,2}/\d{4}",
    "%d-%m-%Y": r"\d{1,2}-\d{1,2}-\d{4}",
    "%m-%d-%Y": r"\d{1,2}-\d{1,2}-\d{4}",
}


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
class Counts:
    """Figures of one column over all rows."""

    rows: int
    unquoted_empty: int
    quoted_empty: int
    blank: int
    markers: dict[str, int]
    values: int
    integers: int
    numbers: int
    booleans: int
    digits_first: int
    longest_bytes: int


@dataclass(frozen=True)
class Style:
    """How numbers are written: decimal mark and, if any, mark between groups of three digits."""

    decimal: str
    thousands: str | None = None

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
    """Figures of one column that holds, or nearly holds, something other than text."""

    whole: int = 0
    dotted: int = 0
    comma: int = 0
    comma_sure: int = 0
    zero_first: int = 0
    plus_long: int = 0
    grouped: int = 0
    big_whole: int = 0
    beyond_integer: int = 0
    infinite: int = 0
    infinite_words: int = 0
    long_digits: int = 0
    iso: int = 0
    iso_shaped: int = 0
    zoned: int = 0
    below_microsecond: int = 0
    odd_number: str | None = None
    formats: dict[str, int] = field(default_factory=dict)


def styles_of(options: ImportOptions) -> dict[str, Style]:
    """The ways of writing numbers to be weighed, by their decimal mark."""
    marks = [options.decimal] if options.decimal else [".", ","]
    return {mark: Style(mark, options.thousands if options.thousands != mark else None) for mark in marks}


def count_values(con: duckdb.DuckDBPyConnection, table: str, sources: Sequence[Source]) -> list[Counts]:
    """The first look: one pass over the file for every couple of hundred columns."""
    found: list[Counts] = []
    for start in range(0, len(sources), COLUMNS_PER_QUERY):
        part = sources[start : start + COLUMNS_PER_QUERY]
        row = _one_row(con, f"SELECT count(*), {', '.join(_count_sql(s) for s in part)} FROM {table}")
        rows, structs = row[0], row[1:]
        found += [Counts(rows=rows, **{**struct, "markers": dict(struct["markers"] or {})}) for struct in structs]
    return found


def _one_row(con: duckdb.DuckDBPyConnection, query: str) -> tuple[Any, ...]:
    """The only row of an aggregate, fetched to the end: rejected lines are not on record before."""
    [row] = con.execute(query).fetchall()
    return tuple(row)


def _count_sql(source: Source) -> str:
    raw, value = source.raw, source.value
    return f"""{{
        'unquoted_empty': count(*) - count({raw}),
        'quoted_empty': count(*) FILTER ({raw} = ''),
        'blank': count(*) FILTER ({raw} <> '' AND {source.trimmed} = ''),
        'markers': histogram({source.trimmed}) FILTER ({source.is_marker}),
        'values': count({value}),
        'integers': count(*) FILTER (try_cast({value} AS BIGINT)::VARCHAR = {value}),
        'numbers': count(try_cast({value} AS DOUBLE)),
        'booleans': count(*) FILTER (lower({value}) IN ('true', 'false')),
        'digits_first': count(*) FILTER ({value} >= '+' AND {value} < ':'),
        'longest_bytes': coalesce(max(strlen({raw})), 0)
    }}"""


def look_closer(
    con: duckdb.DuckDBPyConnection, table: str, sources: Sequence[Source], styles: Iterable[Style]
) -> list[Details]:
    """The second look, at the columns only that may be numbers, booleans or dates."""
    found: list[Details] = []
    kept = list(styles)
    for start in range(0, len(sources), COLUMNS_PER_QUERY):
        part = sources[start : start + COLUMNS_PER_QUERY]
        inner = ", ".join(f"{source.value} AS {source.raw}" for source in part)
        query = f"SELECT {', '.join(_detail_sql(s.raw, kept) for s in part)} FROM (SELECT {inner} FROM {table})"
        names = {f.name for f in fields(Details)} - {"formats"}
        for struct in _one_row(con, query):
            formats = {fmt: struct[f"format_{i}"] for i, fmt in enumerate(DATE_FORMATS)}
            found.append(Details(formats=formats, **{name: struct[name] for name in names}))
    return found


def _full(value: str, pattern: str) -> str:
    return f"regexp_full_match({value}, {literal(pattern)})"


def _number_sql(value: str, styles: list[Style]) -> dict[str, str]:
    by_mark = {style.decimal: style for style in styles}
    dot, comma = by_mark.get("."), by_mark.get(",")
    first = dot or styles[0]
    is_number = "(" + " OR ".join(_full(value, style.pattern) for style in styles) + ")"
    as_double = f"try_cast({first.plain(value)} AS DOUBLE)"
    significant = rf"regexp_replace(regexp_extract({value}, '^[^eE]*'), '^[^1-9]+|[^0-9]', '', 'g')"
    return {
        "whole": _full(value, r"[+-]?\d+"),
        "dotted": _full(value, dot.pattern) if dot else "false",
        "comma": _full(value, comma.pattern) if comma else "false",
        "comma_sure": f"contains({value}, ',') AND NOT " + _full(value, r"[+-]?[1-9]\d{0,2}(,\d{3})+"),
        "zero_first": _full(value, r"[+-]?0\d.*") + f" AND {is_number}",
        "plus_long": _full(value, r"[+]\d{7,}"),
        "grouped": _full(value, r"[+-]?[1-9]\d{0,2}([.,' _]\d{3})+([.,]\d+)?"),
        "big_whole": _full(value, r"[+-]?\d{16,}") + f" AND abs(try_cast({value} AS DOUBLE)) >= 9007199254740992",
        "beyond_integer": _full(value, r"[+-]?\d{19,}") + f" AND try_cast({value} AS BIGINT) IS NULL",
        "infinite": f"isinf({as_double}) AND " + _full(value, first.pattern),
        "infinite_words": _full(f"lower({value})", r"[+-]?inf(inity)?"),
        "long_digits": f"strlen({value}) > 17 AND {is_number} AND strlen({significant}) > 17",
    }


def _date_sql(value: str) -> dict[str, str]:
    counts = {
        "iso": _full(value, ISO_SHAPE) + f" AND try_cast({value} AS TIMESTAMP) >= TIMESTAMP '0001-01-01'",
        "iso_shaped": _full(value, ISO_SHAPE),
        "zoned": _full(value, ZONED_SHAPE),
        "below_microsecond": _full(value, r".*:\d{2}[.]\d{6}\d*[1-9].*"),
    }
    for index, (fmt, shape) in enumerate(DATE_FORMATS.items()):
        counts[f"format_{index}"] = _full(value, shape) + f" AND try_strptime({value}, '{fmt}') IS NOT NULL"
    return counts


def _detail_sql(value: str, styles: list[Style]) -> str:
    counts = _number_sql(value, styles) | _date_sql(value)
    body = ", ".join(f"'{name}': count(*) FILTER ({sql})" for name, sql in counts.items())
    is_number = " OR ".join(_full(value, style.pattern) for style in styles)
    return f"{{{body}, 'odd_number': min({value}) FILTER (NOT ({is_number}))}}"
