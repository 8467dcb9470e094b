"""Checking chosen readings against every row of the file, and counting what is missing, in one pass."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import duckdb

from wrangler.importing.column_types.casts import CAST_VALUE, VALUE, Reading
from wrangler.importing.column_types.evidence import (
    BELOW_MICROSECOND,
    DIGITS_IN_DOUBLE,
    LONGEST_EXACT_ISO,
    Source,
    matches,
    significant_digits,
)
from wrangler.importing.missing import has_codes, lookup
from wrangler.tables import literal, per_column


@dataclass(frozen=True)
class Plan:
    """One text column and the way it is to be read."""

    source: Source
    reading: Reading

    def value(self, raw: str) -> str:
        """The trimmed text of the cell `raw`, markers that read as numbers taken out."""
        if not has_codes(self.source.markers):
            return f"trim({raw})"
        return f"CASE WHEN {Source(raw, '', self.source.markers).is_marker} THEN NULL ELSE trim({raw}) END"


@dataclass(frozen=True)
class Check:
    """What a pass over all rows found of one column."""

    rows: int
    filled: int
    quoted_empty: int
    longest_bytes: int
    markers: dict[str, int] = field(default_factory=dict)
    fitting: int = 0
    infinite: int = 0
    long_digits: int = 0
    below_microsecond: int = 0

    @property
    def unquoted_empty(self) -> int:
        return self.rows - self.filled

    @property
    def misfits(self) -> int:
        """Values that are neither missing nor come back from the reading as they are."""
        return self.filled - sum(self.markers.values()) - self.fitting


NOTHING = Check(rows=0, filled=0, quoted_empty=0, longest_bytes=0)


def check(con: duckdb.DuckDBPyConnection, table: str, plans: Sequence[Plan]) -> list[Check]:
    """One check for each plan, in order; none if the table has no rows."""
    columns = [(plan.source.raw, (plan.reading, plan.source.markers)) for plan in plans]
    found = per_column(con, table, columns, lambda raw, kind: _check_sql(raw, *kind))
    return [Check(**{**struct, "markers": dict(struct["markers"] or {})}) for struct in found]


def _check_sql(raw: str, reading: Reading, markers: tuple[str, ...]) -> str:
    """The aggregates of one column.

    Markers are looked up only in cells that do not fit, and in texts only in short ones: the look-up costs more than
    all the rest.
    """
    counts = {
        "rows": "count(*)",
        "filled": f"count({raw})",
        "quoted_empty": f"count(*) FILTER ({raw} = '')",
        "longest_bytes": f"coalesce(max(strlen({raw})), 0)",
    }
    words = lookup(markers, with_empty=True)
    if reading.is_text:
        longest = max((len(marker.encode()) for marker in markers), default=0) + 8
        short = f"CASE WHEN strlen({raw}) <= {longest} OR strlen(trim({raw})) <= {longest} THEN trim({raw}) END"
        counts["markers"] = f"histogram(CASE WHEN {words}[{short}] THEN trim({raw}) END)"
        return _struct(counts)
    value, fits = Plan(Source(raw, "", markers), reading).value(raw), _fits_sql(raw, reading, markers)
    counts |= {
        "markers": f"histogram(CASE WHEN {raw} IS NULL OR {fits} THEN NULL "
        f"WHEN {words}[trim({raw})] THEN trim({raw}) END)",
        "fitting": f"count(*) FILTER ({fits})",
    }
    if reading.type == "number":
        double = f"try_cast({reading.style.plain(value)} AS DOUBLE)"
        digits = f"CASE WHEN strlen({raw}) > {DIGITS_IN_DOUBLE} THEN strlen({significant_digits(value)}) END"
        counts["infinite"] = f"count(*) FILTER (isinf({double}))"
        counts["long_digits"] = f"count(*) FILTER ({digits} > {DIGITS_IN_DOUBLE})"
    if reading.type == "date" and reading.format is None:
        fine = f"CASE WHEN strlen({raw}) > {LONGEST_EXACT_ISO} THEN {matches(value, BELOW_MICROSECOND)} ELSE false END"
        counts["below_microsecond"] = f"count(*) FILTER ({fine})"
    return _struct(counts)


def count_fitting(con: duckdb.DuckDBPyConnection, table: str, plans: Sequence[Plan]) -> list[int]:
    """How many cells come back from each plan's reading as they are."""
    columns = [(plan.source.raw, (plan.reading, plan.source.markers)) for plan in plans]
    return per_column(con, table, columns, lambda raw, kind: f"count(*) FILTER ({_fits_sql(raw, *kind)})")


def _fits_sql(raw: str, reading: Reading, markers: tuple[str, ...]) -> str:
    fits = reading.holds(Plan(Source(raw, "", markers), reading).value(raw))
    if not reading.plain or has_codes(markers):
        return fits
    draft = f"({reading.draft.replace(VALUE, raw)})"
    return f"CASE WHEN {reading.plain.replace(VALUE, raw).replace(CAST_VALUE, draft)} THEN true ELSE {fits} END"


def _struct(counts: dict[str, str]) -> str:
    return "{" + ", ".join(f"{literal(name)}: {sql}" for name, sql in counts.items()) + "}"
