# ruff: noqa: S608 - SQL names columns by position (c0, c1) and takes texts as quoted literals only
"""CSV and its kin to typed Parquet, by DuckDB, out of core: one pass to weigh the evidence, one to convert."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb

from wrangler.importing.column_types import SAMPLE, Check, Choice, Plan, Source, TypeInference, check, kept_columns
from wrangler.importing.connection import open_for
from wrangler.importing.errors import Code, conversion_refusal, refusal
from wrangler.importing.missing import EMPTY, QUOTED_EMPTY, markers_of
from wrangler.importing.options import Spec
from wrangler.importing.progress import following
from wrangler.importing.readers.delimited import line_numbers
from wrangler.importing.readers.delimited.dialect import Dialect
from wrangler.importing.readers.delimited.file import File, open_file
from wrangler.importing.readers.delimited.rare_cells import Empties, Part, count_rare, watch
from wrangler.importing.readers.delimited.single_pass import MISFIT, TOO_LONG, Stop, plan_pass, stop_of
from wrangler.importing.readers.delimited.unparsed_values import report_lines
from wrangler.importing.readers.formats import ReasonsByColumn
from wrangler.importing.readers.headers import check_names, check_shape
from wrangler.importing.report import Report
from wrangler.tables import Kept, Output, complete_metadata, literal, names_collide, write_draft, write_table

SHOWN = 10
MOST_AT_ONCE = 200
TRIES_AT_ONCE = 3
CONVERTING = (0.1, 0.8)  # from which share of an import to which


def read(spec: Spec, report: Report, _name: str) -> list[dict[str, Any]]:
    """Write the typed table of a text file; returns what is known of each column."""
    try:
        return _read(spec, report)
    except duckdb.InvalidInputException as error:
        if "invalid state" not in str(error):
            raise
        message = "A quote is opened or closed in the middle of a field, so that fields cannot be distinguished."
        raise refusal(Code.BROKEN_QUOTES, f"{message} Double the quotes within fields, or set `quote`.") from error


def _read(spec: Spec, report: Report) -> list[dict[str, Any]]:
    file = open_file(spec, report)
    names = file.dialect.names
    check_names(names, spec.options, spec.limits)
    sources = [Source(f"c{i}", name, markers_of(name, spec.options)) for i, name in enumerate(names)]
    with open_for(spec, len(names)) as con:
        inference = TypeInference(con, file.scan(), file.scan(is_sample=True), spec.options, report, spec.folder)
        choices = inference.propose(sources)
        draft = spec.folder / "draft.parquet"
        with following(con, spec.folder, "converting", CONVERTING):
            is_written = _fits_one_pass(choices) and _convert_at_once(con, file, choices, draft)
        if is_written:
            inference.report_changes(choices, _written_texts(draft, choices))
            report_lines(choices, con, file, report)
            columns = [_summary(choice, con, file, spec, report) for choice in choices]
            complete_metadata(draft, kept_columns(columns), report.rows)
            draft.replace(spec.table)
            return columns
        checks = check(con, file.scan(rejects=True), [choice.plan for choice in choices])
        _refuse_broken_lines(con, file)
        inference.infer(choices, _checked(file, checks, choices))
        report_lines(choices, con, file, report)
        columns = [_summary(choice, con, file, spec, report) for choice in choices]
        values = [_typed_sql(choice, file.dialect) for choice in choices]
        write_table(con, file.scan(), values, Output(spec.table, kept_columns(columns), report.rows))
    return columns


def _fits_one_pass(choices: list[Choice]) -> bool:
    """Not for types that can be inferred only from all rows, nor for what DuckDB alone does not write."""
    names = [choice.column.source.name for choice in choices]
    is_odd = any(choice.may_be_twin or choice.plan.reading.type == "category" for choice in choices)
    return len(choices) <= MOST_AT_ONCE and not is_odd and not names_collide(names)


def _convert_at_once(con: duckdb.DuckDBPyConnection, file: File, choices: list[Choice], draft: Path) -> bool:
    """Write the table in one pass; False when the sample misled too often."""
    parts = [
        Part(place, choice.plan, Empties(*_empties_missing(choice.column.source, file.dialect)))
        for place, choice in enumerate(choices)
    ]
    for _ in range(TRIES_AT_ONCE):
        watch(con, SAMPLE, parts)
        once = plan_pass(parts, file.limits.text_bytes)
        kept = [Kept(c.column.source.name, c.left[0].type, has_missing=True, zone=_zone(c)) for c in choices]
        try:
            written = write_draft(con, once.source(file.scan(rejects=True)), once.columns, kept, draft)
        except duckdb.InvalidInputException as error:
            stop = stop_of(error)
            if stop is None:
                raise
            if not _apply_stop(stop, choices, parts):
                return False
            continue
        _refuse_broken_lines(con, file)
        checks = count_rare(con, file.scan(), parts, written)
        for choice, found in zip(choices, _checked(file, checks, choices), strict=True):
            choice.found = found
        return True
    return False


def _apply_stop(stop: Stop, choices: list[Choice], parts: list[Part]) -> bool:
    """Change what ended the pass; False where that is to be reported by a check of all rows."""
    part = parts[stop.place]
    if stop.kind == MISFIT:
        choices[stop.place].move_on()
        part.plan = choices[stop.place].plan
    elif stop.kind == TOO_LONG:
        return False
    else:
        part.watched.add(stop.kind)
    return True


def _zone(choice: Choice) -> str | None:
    return "UTC" if choice.plan.reading.is_zoned else None


def _written_texts(path: Path, choices: list[Choice]) -> str:
    names = ", ".join(choice.column.source.raw for choice in choices)
    return f"read_parquet({literal(str(path))}) AS t({names})"


def _refuse_broken_lines(con: duckdb.DuckDBPyConnection, file: File) -> None:
    """Whatever line did not fit the header in the first pass over all rows is refused by its number."""
    rejects = con.execute(
        "SELECT DISTINCT ON (line_byte_position) line_byte_position, error_type, csv_line "
        "FROM reject_errors ORDER BY line_byte_position"
    ).fetchall()
    if rejects:
        raise line_numbers.broken_lines(file.path, file.dialect, rejects)


def _checked(file: File, checks: list[Check], choices: list[Choice]) -> list[Check]:
    """What the first pass over all rows found, if the table may be taken."""
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
    """Type, missing cells and markers of a column whose type is inferred."""
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
        _report_failures(choice.plan, failures, con, file, (spec, report))
    return {
        "name": source.name,
        "type": reading.type,
        "missing": sum(markers.values()) + found.infinite + failures,
        "markers": markers,
        "zone": _zone(choice),
    }


def _report_failures(
    plan: Plan, count: int, con: duckdb.DuckDBPyConnection, file: File, into: tuple[Spec, Report]
) -> None:
    """Values that do not fit the type asked for: refused by line, unless they may become missing."""
    spec, report = into
    name, reading = plan.source.name, plan.reading
    numbered = f"SELECT row_number() OVER () AS row, {plan.source.value} AS v FROM {file.scan()}"
    failing = f"SELECT row, v FROM ({numbered}) WHERE v IS NOT NULL AND NOT {reading.holds('v')}"
    examples = con.execute(f"{failing} ORDER BY row LIMIT {SHOWN}").fetchall()
    lines = line_numbers.of_records(file.path, file.dialect, [row for row, _ in examples])
    listed = ", ".join(f"line {line}: {value!r}" for line, (_, value) in zip(lines, examples, strict=True))
    if spec.options.conversion_failures == "refuse":
        raise conversion_refusal(name, reading.type, count, listed, lines)
    report.converted(name, "failed", count, f"Values that are no {reading.type} became missing: {listed}.")


def missing_reasons(spec: Spec, _name: str, reasons: ReasonsByColumn) -> Iterator[Sequence[Any]]:
    """The missing reason of each cell of these columns, by parts of the rows; null where its marker gives none."""
    from wrangler.importing.readers.missing_reasons import columns_of, reason_sql

    file = open_file(spec, Report())
    columns = {name: f"c{place}" for place, name in enumerate(file.dialect.names)}
    with open_for(spec, len(columns)) as con:
        selected = ", ".join(reason_sql(columns[name], own) for name, own in reasons.items())
        yield from columns_of(con, f"SELECT {selected} FROM {file.scan()}")
