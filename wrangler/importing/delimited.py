# ruff: noqa: S608 - SQL names columns by position (c0, c1) and takes texts as quoted literals only
"""CSV and its kin to typed Parquet, by DuckDB, out of core: one pass to weigh the evidence, one to convert."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from wrangler.importing import line_numbers
from wrangler.importing.column_types import Chooser, Column, Plan
from wrangler.importing.database import MEMORY_SHARE, open_database
from wrangler.importing.dialect import Dialect, find_dialect
from wrangler.importing.encoding import read_text
from wrangler.importing.evidence import Counts, Source, count_values, look_closer, styles_of
from wrangler.importing.line_ends import with_one_line_end
from wrangler.importing.markers import EMPTY, QUOTED_EMPTY, literal, markers_of
from wrangler.importing.names import check_names
from wrangler.importing.options import ImportLimits
from wrangler.importing.refusals import Code, refusal
from wrangler.importing.report import Report
from wrangler.importing.shape import check_shape
from wrangler.importing.spec import Spec
from wrangler.importing.tables import Kept
from wrangler.importing.writing import write_table

SHOWN = 10
REJECTS_KEPT = 1000


@dataclass(frozen=True)
class File:
    """A checked text file with its dialect; `scan` gives the SQL that reads it as text columns."""

    path: Path
    dialect: Dialect
    limits: ImportLimits

    def scan(self, *, rejects: bool = False) -> str:
        columns = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(self.dialect.first)))
        keep = f", store_rejects=true, rejects_limit={REJECTS_KEPT}" if rejects else ""
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
    memory = int(spec.limits.memory_bytes * MEMORY_SHARE)
    with open_database(spec.folder, memory_bytes=memory, threads=spec.limits.threads) as con:
        counts = _weigh(con, file, sources)
        plans = _plan(con, file, sources, counts, spec, report)
        failures = {plan.source.raw: _failures(con, file, plan, spec, report) for plan in plans}
        columns = [
            _summary(plan, count, failures[plan.source.raw], file.dialect)
            for plan, count in zip(plans, counts, strict=True)
        ]
        report.rows = counts[0].rows
        _write(con, file, plans, columns, spec, report.rows)
    return columns


def _open_file(spec: Spec, report: Report) -> File:
    text = read_text(spec)
    dialect = find_dialect(text.path, spec.options)
    path, changed = with_one_line_end(text, dialect.quote, spec.folder)
    if changed:
        report.note("Line ends of several kinds were made one kind; nothing inside quotes was touched.")
    report.format = "tsv" if dialect.delimiter == "\t" else "csv"
    report.encoding = text.encoding
    report.delimiter = dialect.delimiter
    report.quote = dialect.quote
    report.notes += [*text.notes, *dialect.notes]
    return File(path, dialect, spec.limits)


def _weigh(con: duckdb.DuckDBPyConnection, file: File, sources: list[Source]) -> list[Counts]:
    """Count what each column holds; whatever line does not fit the header is refused by its number."""
    counts = count_values(con, file.scan(rejects=True), sources)
    rejects = con.execute(
        "SELECT DISTINCT ON (line_byte_position) line_byte_position, error_type, csv_line, error_message "
        "FROM reject_errors ORDER BY line_byte_position"
    ).fetchall()
    if rejects:
        raise line_numbers.broken_lines(file.path, file.dialect, rejects)
    rows = counts[0].rows
    if rows == 0:
        raise refusal(Code.HEADER_ONLY, "The file has a header line and no rows below it.")
    check_shape(rows, len(counts), file.limits)
    long = next((s for s, c in zip(sources, counts, strict=True) if c.longest_bytes > file.limits.text_bytes), None)
    if long:
        raise refusal(
            Code.TEXT_TOO_LONG, f"Column '{long.name}' holds a text of over {file.limits.text_bytes:,} bytes."
        )
    return counts


def _plan(
    con: duckdb.DuckDBPyConnection,
    file: File,
    sources: list[Source],
    counts: list[Counts],
    spec: Spec,
    report: Report,
) -> list[Plan]:
    styles = styles_of(spec.options)
    unclear = [s for s, c in zip(sources, counts, strict=True) if _is_unclear(c)]
    details = {}
    if unclear:
        found = look_closer(con, file.scan(), unclear, styles.values())
        details = dict(zip((source.raw for source in unclear), found, strict=True))
    chooser = Chooser(spec.options, styles, report)
    plans = chooser.choose([Column(s, c, details.get(s.raw)) for s, c in zip(sources, counts, strict=True)])
    report.decimal, report.thousands = chooser.style.decimal, chooser.style.thousands
    return plans


def _is_unclear(counts: Counts) -> bool:
    """Whether a column may be something other than text, and is not simply whole numbers or booleans."""
    settled = counts.values in {0, counts.integers, counts.booleans}
    return not settled and counts.digits_first + counts.numbers > 0


def _failures(con: duckdb.DuckDBPyConnection, file: File, plan: Plan, spec: Spec, report: Report) -> int:
    """How many values do not fit the type that was asked for; refused by line unless they may become missing."""
    if not plan.is_asked_for or plan.type in {"text", "category"}:
        return 0
    name = plan.source.name
    numbered = f"SELECT row_number() OVER () AS row, {plan.source.value} AS v FROM {file.scan()}"
    failing = f"FROM ({numbered}) WHERE v IS NOT NULL AND ({plan.sql.format(v='v')}) IS NULL"
    failed = con.execute(f"SELECT count(*) {failing}").fetchone()
    count = int(failed[0]) if failed else 0
    if not count:
        return 0
    examples = con.execute(f"SELECT row, v {failing} ORDER BY row LIMIT {SHOWN}").fetchall()
    lines = line_numbers.of_records(file.path, file.dialect, [row for row, _ in examples])
    told = ", ".join(f"line {line}: {value!r}" for line, (_, value) in zip(lines, examples, strict=True))
    if spec.options.conversion_failures == "refuse":
        raise refusal(
            Code.CONVERSION_FAILED,
            f"{count:,} values of column '{name}' are no {plan.type}: {told}. Correct them, choose another type, or "
            "set `conversion_failures` to missing.",
            option="/types/" + name.replace("~", "~0").replace("/", "~1"),
            lines=lines,
        )
    report.converted(name, "failed", count, f"Values that are no {plan.type} became missing: {told}.")
    return count


def _empties_missing(source: Source, dialect: Dialect) -> tuple[bool, bool]:
    """Whether an empty field, and a quoted empty field, of a text column is missing."""
    plain = EMPTY in source.markers
    return plain, QUOTED_EMPTY in source.markers or (plain and dialect.quotes_everything)


def _text_sql(source: Source, dialect: Dialect) -> str:
    """The text as it stands, blanks at its ends included, unless it stands for missing."""
    plain, quoted = _empties_missing(source, dialect)
    tests = [source.is_marker]
    if plain:
        tests.append(f"{source.raw} IS NULL OR ({source.raw} <> '' AND {source.trimmed} = '')")
    if quoted:
        tests.append(f"{source.raw} = ''")
    return f"CASE WHEN {' OR '.join(tests)} THEN NULL ELSE coalesce({source.raw}, '') END"


def _summary(plan: Plan, counts: Counts, failures: int, dialect: Dialect) -> dict[str, Any]:
    plain, quoted = _empties_missing(plan.source, dialect)
    is_text = plan.type in {"text", "category"}
    markers = dict(counts.markers)
    if counts.unquoted_empty + counts.blank and (plain or not is_text):
        markers[EMPTY] = counts.unquoted_empty + counts.blank
    if counts.quoted_empty and (quoted or not is_text):
        markers[QUOTED_EMPTY] = counts.quoted_empty
    return {
        "name": plan.source.name,
        "type": plan.type,
        "missing": sum(markers.values()) + plan.infinite + failures,
        "markers": markers,
        "zone": "UTC" if plan.is_zoned else None,
    }


def _write(
    con: duckdb.DuckDBPyConnection,
    file: File,
    plans: list[Plan],
    columns: list[dict[str, Any]],
    spec: Spec,
    rows: int,
) -> None:
    kept = [Kept(c["name"], c["type"], c["missing"] > 0, c["zone"]) for c in columns]
    selected = ", ".join(f"{_typed_sql(plan, file.dialect)} AS {plan.source.raw}" for plan in plans)
    write_table(con, f"SELECT {selected} FROM {file.scan()}", kept, rows, spec.table, {})


def _typed_sql(plan: Plan, dialect: Dialect) -> str:
    if plan.type in {"text", "category"}:
        return _text_sql(plan.source, dialect)
    return plan.sql.format(v=plan.source.value)
