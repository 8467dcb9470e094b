# ruff: noqa: S608 - SQL names columns by position (c0, c1) and takes texts as quoted literals only
"""Converting a text file while it is checked, in one reading of it, where its sample is representative.

The pass only converts. The first cell that does not fit its reading ends it, and so does the first of a kind that has
to be counted and is not watched for: the pass begins anew with another reading, or watching. (Sequences could count on
the way, but put the whole pass on one thread.)
"""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from wrangler.importing.column_types import CAST_VALUE, VALUE
from wrangler.importing.missing import STANDARD, has_codes, lookup
from wrangler.importing.readers.delimited.rare_cells import BLANK, QUOTED, UNQUOTED, Part
from wrangler.tables import literal

STOP = "wrangler: the pass ended at"
MISFIT, TOO_LONG = "misfit", "too_long"


@dataclass(frozen=True)
class Pass:
    """The SQL of the typed columns over a scan of the file."""

    columns: list[str]
    drafts: dict[str, str]

    def source(self, scan: str) -> str:
        """The scan with a draft value beside each text for which there is one, so that it is cast once."""
        drafts = "".join(f", {draft} AS {name}" for name, draft in self.drafts.items())
        return f"(SELECT *{drafts} FROM {scan})"


@dataclass(frozen=True)
class Stop:
    """What ended a pass: the kind of cell, and the place of its column."""

    kind: str
    place: int


def stop_of(error: duckdb.Error) -> Stop | None:
    """What ended the pass, if it is that which went wrong."""
    _, found, details = str(error).partition(STOP)
    if not found:
        return None
    kind, place = details.split()[:2]
    return Stop(kind, int(place))


def plan_pass(parts: Sequence[Part], text_bytes: int) -> Pass:
    columns, drafts = [], {}
    for part in parts:
        if part.plan.reading.is_text:
            columns.append(_text_sql(part, text_bytes))
            continue
        if part.plan.reading.plain:
            drafts[_draft(part)] = part.plan.reading.draft.replace(VALUE, part.raw)
        columns.append(_typed_sql(part))
    return Pass(columns, drafts)


def _draft(part: Part) -> str:
    return f"d{part.place}"


def _stop(part: Part, kind: str) -> str:
    return f"error('{STOP} {kind} {part.place} ')"


def _kept(part: Part, kind: str, value: str) -> str:
    """A value that is kept, if cells of its kind are counted."""
    return value if kind in part.watched else _stop(part, kind)


def _typed_sql(part: Part) -> str:
    source, reading = part.plan.source, part.plan.reading
    value = part.plan.value(source.raw)
    cases = [f"WHEN {source.raw} IS NULL THEN NULL"]
    if reading.plain:
        plain = reading.plain.replace(VALUE, source.raw).replace(CAST_VALUE, _draft(part))
        if has_codes(source.markers):
            plain = f"({plain}) AND NOT {source.is_marker}"
        cases.insert(0, f"WHEN {plain} THEN {_draft(part)}")
    fitting = f"WHEN {reading.holds(value)} THEN {_fitting_sql(part, value)}"
    markers = f"WHEN {lookup(source.markers, with_empty=True)}[{source.trimmed}] THEN NULL"
    # A standard marker fits no reading, and to look it up is cheaper than to find that out.
    are_standard = set(source.markers) <= set(STANDARD)
    cases += [markers, fitting] if are_standard else [fitting, markers]
    misfit = "NULL" if reading.is_asked_for else _stop(part, MISFIT)
    return f"CASE {' '.join(cases)} ELSE {misfit} END"


def _fitting_sql(part: Part, value: str) -> str:
    """The typed value of a cell that fits; what is lost of it is counted."""
    reading, raw = part.plan.reading, part.raw
    typed = reading.typed(value)
    cases = [f"WHEN {sql} THEN {_kept(part, kind, typed)}" for kind, sql in part.cells.kept(raw).items()]
    if reading.type == "number":
        cases.insert(0, f"WHEN {part.cells.is_infinite(raw)} THEN NULL")
    return f"CASE {' '.join(cases)} ELSE {typed} END" if cases else typed


def _text_sql(part: Part, text_bytes: int) -> str:
    """Texts as they are but for markers; empty ones may be kept."""
    raw, empties = part.raw, part.empties
    empty = "NULL" if empties.plain else _kept(part, UNQUOTED, literal(""))
    quoted = "NULL" if empties.quoted else _kept(part, QUOTED, literal(""))
    blank = "NULL" if empties.plain else _kept(part, BLANK, raw)
    marker = f"CASE WHEN {raw} = '' THEN {quoted} WHEN trim({raw}) = '' THEN {blank} END"
    return (
        f"CASE WHEN {raw} IS NULL THEN {empty} WHEN {part.cells.is_marker(raw)} THEN {marker} "
        f"WHEN strlen({raw}) > {text_bytes} THEN {_stop(part, TOO_LONG)} ELSE {raw} END"
    )
