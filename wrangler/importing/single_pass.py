# ruff: noqa: S608 - SQL names columns by position (c0, c1) and takes texts as quoted literals only
"""Converting a text file while it is checked, in one reading of it: the way of files whose sample does not mislead.

DuckDB's COPY gives back no aggregates, and reading the file a second time for them would double the time. So the rare
cells (markers, infinite values, misfits) are counted on their way by sequences, and the plain ones cost one test. The
first cell that does not fit its reading ends the pass: then the file is read in two passes.

All threads wait for each other at a sequence: so the commonest kind of missing cell of each column is not counted, but
is what remains of the nulls that were written.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import duckdb

from wrangler.importing.checks import Check, Plan
from wrangler.importing.evidence import (
    BELOW_MICROSECOND,
    DIGITS_IN_DOUBLE,
    LONGEST_EXACT_ISO,
    Source,
    full,
    significant_digits,
)
from wrangler.importing.markers import EMPTY, QUOTED_EMPTY, STANDARD, has_codes, literal, lookup
from wrangler.importing.readings import DRAFT, V
from wrangler.importing.stacking import per_column

MOST_LETTERS = 3
MISFIT = "wrangler: no fit for column "
BLANK, QUOTED, UNQUOTED, INFINITE, LONG_DIGITS, TOO_LONG, FINE, FAILED = (
    "\0blank", "\0quoted", "\0unquoted", "\0infinite", "\0digits", "\0long", "\0fine", "\0failed",
)  # fmt: skip


@dataclass
class Tally:
    """The sequences that count the rare cells of one column, by what they are; `missing` are those that become NULL."""

    place: int
    commonest: str
    sequences: dict[str, str] = field(default_factory=dict)
    missing: set[str] = field(default_factory=set)

    def count(self, kind: str, value: str | None = None) -> str:
        """The SQL of `value`, or of NULL, that counts each cell it is computed for."""
        if value is None and kind == self.commonest:
            return "NULL"
        sequence = self.sequences.setdefault(kind, f"n{self.place}_{len(self.sequences)}")
        if value is None:
            self.missing.add(kind)
        return f"CASE WHEN nextval('{sequence}') > 0 THEN {value or 'NULL'} END"


@dataclass(frozen=True)
class Empties:
    """Whether an empty field, and a quoted empty field, is missing."""

    plain: bool
    quoted: bool


@dataclass(frozen=True)
class Pass:
    """The SQL of the typed columns over a scan of the file, and the sequences that it counts with."""

    columns: list[str]
    drafts: dict[str, str]
    tallies: list[Tally]

    def source(self, scan: str) -> str:
        """The scan with a draft value beside each text for which there is one, so that it is cast once."""
        drafts = "".join(f", {draft} AS {name}" for name, draft in self.drafts.items())
        return f"(SELECT *{drafts} FROM {scan})"

    def prepare(self, con: duckdb.DuckDBPyConnection) -> None:
        names = [name for tally in self.tallies for name in tally.sequences.values()]
        con.execute("; ".join(f"CREATE OR REPLACE SEQUENCE {name}" for name in names) or "SELECT 1")

    def checks(self, con: duckdb.DuckDBPyConnection, nulls: Sequence[int], rows: int, text_bytes: int) -> list[Check]:
        """What the pass found of each column, given the nulls that it wrote."""
        found = con.execute("SELECT sequence_name, coalesce(last_value, 0) FROM duckdb_sequences()").fetchall()
        counts = dict(found)
        return [
            _check(tally, {kind: counts[name] for kind, name in tally.sequences.items()}, written, rows, text_bytes)
            for tally, written in zip(self.tallies, nulls, strict=True)
        ]


def commonest_missing(
    con: duckdb.DuckDBPyConnection, sample: str, plans: Sequence[Plan], empties: Sequence[Empties]
) -> list[str]:
    """The kind of cell that becomes NULL most often, by column, in some rows."""
    columns = [
        (plan.source.raw, (plan.source.markers, empty if plan.reading.is_text else Empties(plain=True, quoted=True)))
        for plan, empty in zip(plans, empties, strict=True)
    ]
    found = per_column(con, sample, columns, lambda raw, kind: _commonest_sql(raw, *kind))
    return [kind or UNQUOTED for kind in found or [None] * len(columns)]


def _commonest_sql(raw: str, markers: tuple[str, ...], empties: Empties) -> str:
    source = Source(raw, "", markers)
    unquoted, blank = (literal(kind) if empties.plain else "NULL" for kind in (UNQUOTED, BLANK))
    quoted = literal(QUOTED) if empties.quoted else "NULL"
    return (
        f"mode(CASE WHEN {raw} IS NULL THEN {unquoted} WHEN {raw} = '' THEN {quoted} "
        f"WHEN {source.trimmed} = '' THEN {blank} WHEN {source.is_marker} THEN {source.trimmed} END)"
    )


def plan_pass(plans: Sequence[Plan], empties: Sequence[Empties], commonest: Sequence[str], text_bytes: int) -> Pass:
    columns, drafts, tallies = [], {}, []
    for place, (plan, empty, kind) in enumerate(zip(plans, empties, commonest, strict=True)):
        tally = Tally(place, kind)
        tallies.append(tally)
        if plan.reading.is_text:
            columns.append(_text_sql(plan.source, empty, tally, text_bytes))
            continue
        if plan.reading.plain:
            drafts[f"d{place}"] = plan.reading.draft.replace(V, plan.source.raw)
        columns.append(_typed_sql(plan, tally))
    return Pass(columns, drafts, tallies)


def misfit_of(error: duckdb.Error) -> int | None:
    """The place of the column whose cell ended the pass, if that is what went wrong."""
    _, found, place = str(error).partition(MISFIT)
    return int(place.split()[0]) if found else None


def _typed_sql(plan: Plan, tally: Tally) -> str:
    source, reading = plan.source, plan.reading
    value = plan.value(source.raw)
    cases = [f"WHEN {source.raw} IS NULL THEN {tally.count(UNQUOTED)}"]
    if reading.plain:
        draft = f"d{tally.place}"
        plain = reading.plain.replace(V, source.raw).replace(DRAFT, draft)
        if has_codes(source.markers):
            plain = f"({plain}) AND NOT {source.is_marker}"
        cases.insert(0, f"WHEN {plain} THEN {draft}")
    fitting = f"WHEN {reading.holds(value)} THEN {_counted_value(plan, value, tally)}"
    markers = f"WHEN {lookup(source.markers, with_empty=True)}[{source.trimmed}] THEN {_marker_sql(source, tally)}"
    # A standard marker fits no reading, and to look it up is cheaper than to find that out.
    are_standard = set(source.markers) <= set(STANDARD)
    cases += [markers, fitting] if are_standard else [fitting, markers]
    misfit = tally.count(FAILED) if reading.is_asked_for else f"error('{MISFIT}{tally.place} ')"
    return f"CASE {' '.join(cases)} ELSE {misfit} END"


def _counted_value(plan: Plan, value: str, tally: Tally) -> str:
    """The typed value of a cell that fits, with a count of what is lost of it."""
    reading, raw = plan.reading, plan.source.raw
    typed = reading.typed(value)
    if reading.type == "number":
        double = f"try_cast({reading.style.plain(value)} AS DOUBLE)"
        digits = f"CASE WHEN strlen({raw}) > {DIGITS_IN_DOUBLE} THEN strlen({significant_digits(value)}) END"
        both = f"CASE WHEN {digits} > {DIGITS_IN_DOUBLE} THEN {tally.count(LONG_DIGITS, typed)} ELSE {typed} END"
        return f"CASE WHEN isinf({double}) THEN {tally.count(INFINITE)} ELSE {both} END"
    if reading.type == "date" and reading.format is None:
        fine = f"CASE WHEN strlen({raw}) > {LONGEST_EXACT_ISO} THEN {full(value, BELOW_MICROSECOND)} ELSE false END"
        return f"CASE WHEN {fine} THEN {tally.count(FINE, typed)} ELSE {typed} END"
    return typed


def _marker_sql(source: Source, tally: Tally, quoted: str | None = None, blank: str | None = None) -> str:
    """NULL for a cell known to hold a marker, and a count; `quoted` and `blank` stand for empty ones that are kept."""
    raw, words = source.raw, _words(source)
    cases = [f"WHEN {raw} = {literal(word)} THEN {tally.count(word)}" for word in words]
    cases.append(f"WHEN {raw} = '' THEN {tally.count(QUOTED, quoted)}")
    cases.append(f"WHEN {source.trimmed} = '' THEN {tally.count(BLANK, blank)}")
    cases += [f"WHEN {source.trimmed} = {literal(word)} THEN {tally.count(word)}" for word in words]
    return f"CASE {' '.join(cases)} END"


def _words(source: Source) -> list[str]:
    return sorted({marker.strip() for marker in source.markers} - {EMPTY, QUOTED_EMPTY})


def _begins_like(raw: str, words: Sequence[str]) -> str:
    """Whether a text begins as one of the words does; said of all texts if to compare them costs more than to look."""
    signs = max((word[0] for word in words if word < "A"), default=" ")
    letters = sorted({word[0] for word in words if word >= "A"})
    if len(letters) > MOST_LETTERS:
        return "true"
    ranges = [f"({raw} >= {literal(letter)} AND {raw} < {literal(chr(ord(letter) + 1))})" for letter in letters]
    return f"({' OR '.join([f'{raw} < {literal(chr(ord(signs) + 1))}', *ranges])})"


def _text_sql(source: Source, empties: Empties, tally: Tally, text_bytes: int) -> str:
    """Texts as they are; only short ones, and those with blanks around, can be markers.

    Blanks are looked for first: to cut them off costs more than to see that there are none.
    """
    raw = source.raw
    marker = _marker_sql(source, tally, None if empties.quoted else literal(""), None if empties.plain else raw)
    words = lookup(source.markers, with_empty=True)
    longest = max((len(word.encode()) for word in _words(source)), default=0)
    is_word = f"strlen({raw}) <= {longest} AND {_begins_like(raw, _words(source))} AND {words}[{raw}]"
    is_padded_word = f"({raw} < '!' OR ends_with({raw}, ' ')) AND {words}[{source.trimmed}]"
    return (
        f"CASE WHEN {raw} IS NULL THEN {tally.count(UNQUOTED, None if empties.plain else literal(''))} "
        f"WHEN ({is_word}) OR ({is_padded_word}) THEN {marker} "
        f"WHEN strlen({raw}) > {text_bytes} THEN {tally.count(TOO_LONG)} ELSE {raw} END"
    )


def _check(tally: Tally, counts: dict[str, int], nulls: int, rows: int, text_bytes: int) -> Check:
    told = Counter(counts)
    told[tally.commonest] += nulls - sum(counts[kind] for kind in tally.missing)
    unquoted = told.pop(UNQUOTED, 0)
    special = {kind: told.pop(kind, 0) for kind in (BLANK, QUOTED, INFINITE, LONG_DIGITS, TOO_LONG, FINE, FAILED)}
    markers = {word: count for word, count in told.items() if count}
    empty = special[BLANK] + special[QUOTED]
    if empty:
        markers[EMPTY] = empty
    filled = rows - unquoted
    found = Check(
        rows=rows,
        filled=filled,
        quoted_empty=special[QUOTED],
        longest_bytes=text_bytes + 1 if special[TOO_LONG] else 0,
        markers=markers,
        infinite=special[INFINITE],
        long_digits=special[LONG_DIGITS],
        below_microsecond=special[FINE],
    )
    return replace(found, fitting=filled - sum(markers.values()) - special[FAILED])
