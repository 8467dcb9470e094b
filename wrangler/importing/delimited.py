# ruff: noqa: S608 - SQL names columns by position (c0, c1) and takes texts as quoted literals only
"""CSV and its kin to typed Parquet, by DuckDB, out of core: one pass to weigh the evidence, one to convert."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from wrangler.importing import line_numbers
from wrangler.importing.checks import Check, Plan, check
from wrangler.importing.columnar import kept_columns
from wrangler.importing.database import open_for
from wrangler.importing.dialect import Dialect, find_dialect
from wrangler.importing.encoding import read_text
from wrangler.importing.evidence import Source
from wrangler.importing.line_ends import count_blank_lines, with_one_line_end
from wrangler.importing.markers import EMPTY, QUOTED_EMPTY, literal, markers_of
from wrangler.importing.names import check_names
from wrangler.importing.options import ImportLimits
from wrangler.importing.refusals import Code, conversion_refusal, refusal
from wrangler.importing.report import Report
from wrangler.importing.settling import Choice, Settler
from wrangler.importing.shape import check_shape
from wrangler.importing.spec import Spec
from wrangler.importing.writing import Output, write_table

SHOWN = 10


@dataclass(frozen=True)
class File:
    """A checked text file with its dialect; `scan` gives the SQL that reads it as text columns."""

    path: Path
    dialect: Dialect
    limits: ImportLimits

    def scan(self, *, rejects: bool = False, is_sample: bool = False) -> str:
        columns = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(self.dialect.first)))
        keep = ", ignore_errors=true" if is_sample else ""
        keep = f", store_rejects=true, rejects_limit={line_numbers.REJECTS_KEPT}" if rejects else keep
        quote = literal(self.dialect.quote)
        return (
            f"read_csv({literal(str(self.path))}, auto_detect=false, columns={{{columns}}}, "
            f"header={self.dialect.has_header}, skip={self.dialect.skip}, delim={literal(self.dialect.delimiter)}, "
            f"quote={quote}, escape={quote}, nullstr='', allow_quoted_nulls=false, strict_mode=true, "
            f"max_line_size={self.limits.text_bytes}{keep})"
        )


def read_delimited(spec: Spec, report: Report) -> list[dict[str, Any]]:
    """Write the typed table of a text file; returns what is known of each column."""
    file = _open_file(spec, report)
    names = file.dialect.names
    check_names(names, spec.options, spec.limits)
    sources = [Source(f"c{i}", name, markers_of(name, spec.options)) for i, name in enumerate(names)]
    with open_for(spec) as con:
        settler = Settler(con, file.scan(), file.scan(is_sample=True), spec.options, report)
        choices = settler.propose(sources)
        settler.settle(choices, _first_check(con, file, choices))
        columns = [_summary(choice, con, file, spec, report) for choice in choices]
        values = [_typed_sql(choice, file.dialect) for choice in choices]
        write_table(con, file.scan(), values, Output(spec.table, kept_columns(columns), report.rows))
    return columns


def _open_file(spec: Spec, report: Report) -> File:
    text = read_text(spec)
    dialect = find_dialect(text.path, spec.options)
    path, changed = with_one_line_end(text, dialect.quote, spec.folder)
    if changed:
        report.note("Line ends of several kinds were made one kind; nothing inside quotes was touched.")
    blank = count_blank_lines(path, dialect.quote) if text.has_blank_lines and len(dialect.first) > 1 else 0
    if blank:
        report.note(f"Blank lines were passed over: {blank:,}.")
    report.format = "tsv" if dialect.delimiter == "\t" else "csv"
    report.encoding = text.encoding
    report.delimiter = dialect.delimiter
    report.quote = dialect.quote
    report.notes += [*text.notes, *dialect.notes]
    return File(path, dialect, spec.limits)


def _first_check(con: duckdb.DuckDBPyConnection, file: File, choices: list[Choice]) -> list[Check]:
    """The first pass over all rows; whatever line does not fit the header is refused by its number."""
    checks = check(con, file.scan(rejects=True), [choice.plan for choice in choices])
    rejects = con.execute(
        "SELECT DISTINCT ON (line_byte_position) line_byte_position, error_type, csv_line "
        "FROM reject_errors ORDER BY line_byte_position"
    ).fetchall()
    if rejects:
        raise line_numbers.broken_lines(file.path, file.dialect, rejects)
    rows = checks[0].rows if checks else 0
    if rows == 0:
        raise refusal(Code.HEADER_ONLY, "The file has a header line and no rows below it.")
    check_shape(rows, len(checks), file.limits)
    limit = file.limits.text_bytes
    for choice, found in zip(choices, checks, strict=True):
        if found.longest_bytes > limit:
            name = choice.column.source.name
            raise refusal(Code.TEXT_TOO_LONG, f"Column '{name}' holds a text of over {limit:,} bytes.")
    return checks


def _empties_missing(source: Source, dialect: Dialect) -> tuple[bool, bool]:
    """Whether an empty field, and a quoted empty field, of a text column is missing."""
    plain = EMPTY in source.markers
    return plain, QUOTED_EMPTY in source.markers or (plain and dialect.quotes_everything)


def _typed_sql(choice: Choice, dialect: Dialect) -> str:
    """The typed value, tested for no more than the check found: idle tests of thousands of columns cost minutes."""
    source, reading, found = choice.column.source, choice.plan.reading, choice.found
    if not reading.is_text:
        is_finite = not found.infinite and not any("n" in marker.lower() for marker in found.markers)
        return reading.typed(choice.plan.value(source.raw), is_finite=is_finite)
    plain, quoted = _empties_missing(source, dialect)
    words = ", ".join(literal(word) for word in found.markers if word != EMPTY)
    blanks = found.markers.get(EMPTY, 0) - found.quoted_empty
    tests = (
        (words, f"{source.trimmed} IN ({words})"),
        (plain and blanks, f"({source.raw} <> '' AND {source.trimmed} = '')"),
        (quoted and found.quoted_empty, f"{source.raw} = ''"),
    )
    needed = " OR ".join(test for is_needed, test in tests if is_needed)
    text = source.raw if plain or not found.unquoted_empty else f"coalesce({source.raw}, '')"
    return f"CASE WHEN {needed} THEN NULL ELSE {text} END" if needed else text


def _summary(choice: Choice, con: duckdb.DuckDBPyConnection, file: File, spec: Spec, report: Report) -> dict[str, Any]:
    """Type, holes and markers of a settled column."""
    source, reading, found = choice.column.source, choice.plan.reading, choice.found
    report.rows = found.rows
    plain, quoted = _empties_missing(source, file.dialect)
    markers = {marker: count for marker, count in found.markers.items() if marker != EMPTY}
    empty = found.unquoted_empty + found.markers.get(EMPTY, 0) - found.quoted_empty
    if empty and (plain or not reading.is_text):
        markers[EMPTY] = empty
    if found.quoted_empty and (quoted or not reading.is_text):
        markers[QUOTED_EMPTY] = found.quoted_empty
    failures = 0
    if reading.is_asked_for and not reading.is_text and found.misfits:
        failures = found.misfits
        _tell_failures(choice.plan, failures, con, file, (spec, report))
    return {
        "name": source.name,
        "type": reading.type,
        "missing": sum(markers.values()) + found.infinite + failures,
        "markers": markers,
        "zone": "UTC" if reading.is_zoned else None,
    }


def _tell_failures(
    plan: Plan, count: int, con: duckdb.DuckDBPyConnection, file: File, into: tuple[Spec, Report]
) -> None:
    """Values that do not fit the type asked for: refused by line, unless they may become missing."""
    spec, report = into
    name, reading = plan.source.name, plan.reading
    numbered = f"SELECT row_number() OVER () AS row, {plan.source.value} AS v FROM {file.scan()}"
    failing = f"SELECT row, v FROM ({numbered}) WHERE v IS NOT NULL AND NOT {reading.holds('v')}"
    examples = con.execute(f"{failing} ORDER BY row LIMIT {SHOWN}").fetchall()
    lines = line_numbers.of_records(file.path, file.dialect, [row for row, _ in examples])
    told = ", ".join(f"line {line}: {value!r}" for line, (_, value) in zip(lines, examples, strict=True))
    if spec.options.conversion_failures == "refuse":
        raise conversion_refusal(name, reading.type, count, told, lines)
    report.converted(name, "failed", count, f"Values that are no {reading.type} became missing: {told}.")
