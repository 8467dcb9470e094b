# ruff: noqa: S608 - SQL names columns by position (c0, c1) and takes texts as quoted literals only
"""A Parquet file, uploaded or staged from a workbook, to Wrangler's own Parquet: checked, counted, typed, by DuckDB."""

import math
from dataclasses import dataclass, field
from typing import Any

import duckdb

from wrangler.importing.column_types.casts import asked
from wrangler.importing.column_types.evidence import Source, Style
from wrangler.importing.column_types.native import Native, native_of
from wrangler.importing.errors import Code, conversion_refusal, refusal
from wrangler.importing.missing import EMPTY, codes_of, days_of, markers_of
from wrangler.importing.options import Spec
from wrangler.importing.report import Report
from wrangler.tables import ColumnType, Kept, StoredColumn, StoredTable, literal

COLUMNS_PER_QUERY = 20
SHOWN = 10


@dataclass(frozen=True)
class Plan:
    """How one stored column becomes one of ours; `value` is its SQL with markers taken out, `sql` the typed one.

    `codes` are the markers that stand for missing among its numbers, or days, by their SQL.
    """

    source: Source
    native: Native
    type: ColumnType
    value: str
    sql: str
    zone: str | None
    codes: dict[str, str]
    is_asked_for: bool


@dataclass
class Columnar:
    """The conversion of one stored table; markers apply if the options name any and `marks_apply`."""

    spec: Spec
    report: Report
    con: duckdb.DuckDBPyConnection
    table: StoredTable
    first_row: int = 1
    marks_apply: bool = True
    zones: dict[str, str] = field(default_factory=dict)

    def convert(self) -> tuple[list[dict[str, Any]], list[str]]:
        """What is known of each column, and the SQL of its values; what cannot be kept is refused."""
        plans = [self._plan_column(column) for column in self.table.columns]
        summaries: list[dict[str, Any]] = []
        values: list[str] = []
        for start in range(0, len(plans), COLUMNS_PER_QUERY):
            part = plans[start : start + COLUMNS_PER_QUERY]
            query = f"SELECT {', '.join(_counts_sql(plan) for plan in part)} FROM {self.table.sql}"
            [figures] = self.con.execute(query).fetchall()
            for plan, counts in zip(part, figures, strict=True):
                summaries.append(self._summary(plan, counts))
                values.append(plan.native.whole_sql if self._is_whole(plan, counts) else plan.sql)
        return summaries, values

    def _is_whole(self, plan: Plan, counts: dict[str, Any]) -> bool:
        """Whether no value is lost, so that idle tests, which slow wide tables down, can be left out."""
        return not plan.is_asked_for and bool(plan.native.whole_sql) and counts["stored"] == counts["typed"]

    def _plan_column(self, column: StoredColumn) -> Plan:
        options = self.spec.options
        native = native_of(self.con, self.table, column, self.report)
        source = Source(f"({native.sql})", column.name, self._markers(column.name))
        codes = {} if column.is_zoned else _codes(native.type, source.markers)
        value = native.sql
        if native.type in {"text", "category"}:
            value = f"CASE WHEN {_text_is_missing(source)} THEN NULL ELSE {native.sql} END"
        elif codes:
            value = f"CASE WHEN ({native.sql}) NOT IN ({', '.join(codes)}) THEN ({native.sql}) END"
        wanted = options.types.get(column.name)
        zone = self.zones.get(column.name, "UTC") if column.is_zoned else None
        if wanted is None or wanted == native.type:
            return Plan(source, native, native.type, value, value, zone, codes, is_asked_for=False)
        mark = options.decimal or "."
        style = Style(mark, options.thousands if options.thousands != mark else None)
        text = f"trim(({value})::VARCHAR)"
        reading = asked(wanted, style, options)
        sql = f"({value})::VARCHAR" if reading.is_text else reading.typed(text)
        return Plan(source, native, wanted, value, sql, None, codes, is_asked_for=True)

    def _markers(self, name: str) -> tuple[str, ...]:
        """Only those asked for: a stored table has missing cells of its own, so that its "NA" is a value."""
        return markers_of(name, self.spec.options, standard=()) if self.marks_apply else ()

    def _summary(self, plan: Plan, counts: dict[str, Any]) -> dict[str, Any]:
        name, native = plan.source.name, plan.native
        self._check_text(plan, counts)
        for kind, words in native.changes.items():
            if counts[kind]:
                self.report.converted(name, kind, counts[kind], words)
        failed = counts["filled"] - counts["typed"]
        if failed:
            self._failed(plan, failed)
        markers = dict(counts["markers"] or {})
        if counts["empty"]:
            markers[EMPTY] = counts["empty"]
        if counts["codes"]:
            markers |= dict(counts["codes"])
        return {
            "name": name,
            "type": plan.type,
            "missing": self.table.rows - counts["typed"],
            "markers": {str(marker): count for marker, count in markers.items()},
            "zone": plan.zone,
        }

    def _check_text(self, plan: Plan, counts: dict[str, Any]) -> None:
        name, limit = plan.source.name, self.spec.limits.text_bytes
        if counts["longest"] > limit:
            raise refusal(Code.TEXT_TOO_LONG, f"Column '{name}' holds a text of over {limit:,} bytes.")
        if counts["nul"]:
            raise refusal(
                Code.NUL_BYTES, f"Column '{name}' holds texts with NUL characters: {counts['nul']:,} of them."
            )

    def _failed(self, plan: Plan, count: int) -> None:
        name = plan.source.name
        numbered = f"SELECT row_number() OVER () AS row, {plan.value} AS v, {plan.sql} AS typed FROM {self.table.sql}"
        query = f"SELECT row, v::VARCHAR FROM ({numbered}) WHERE v IS NOT NULL AND typed IS NULL LIMIT {SHOWN}"
        examples = self.con.execute(query).fetchall()
        listed = ", ".join(f"row {row + self.first_row - 1}: {value!r}" for row, value in examples)
        if self.spec.options.conversion_failures == "refuse":
            lines = [row + self.first_row - 1 for row, _ in examples]
            raise conversion_refusal(name, plan.type, count, listed, lines)
        self.report.converted(name, "failed", count, f"Values that are no {plan.type} became missing: {listed}.")


def kept_columns(summaries: list[dict[str, Any]]) -> list[Kept]:
    return [Kept(c["name"], c["type"], c["missing"] > 0, c["zone"]) for c in summaries]


def _text_is_missing(source: Source) -> str:
    tests = [source.is_marker]
    if EMPTY in source.markers:
        tests.append(f"{source.trimmed} = ''")
    return " OR ".join(tests)


def _codes(kind: ColumnType, markers: tuple[str, ...]) -> dict[str, str]:
    """The markers that are numbers or days by their SQL: they stand for missing in columns of such values, too."""
    if kind == "date":
        return {f"TIMESTAMP '{day}'": marker for day, marker in days_of(markers).items()}
    if kind not in {"integer", "number"}:
        return {}
    return {repr(code): marker for code, marker in codes_of(markers).items() if math.isfinite(code)}


def _counts_sql(plan: Plan) -> str:
    source, native = plan.source, plan.native
    is_text = native.type in {"text", "category"}
    codes = " ".join(f"WHEN {code} THEN {literal(marker)}" for code, marker in plan.codes.items())
    has_empty = is_text and EMPTY in source.markers
    counts = {
        "stored": f"count({native.stored})",
        "filled": f"count({plan.value})",
        "typed": f"count({plan.sql})",
        "markers": f"histogram({source.trimmed}) FILTER ({source.is_marker})" if is_text else "NULL",
        "empty": f"count(*) FILTER ({source.trimmed} = '')" if has_empty else "0",
        "codes": f"histogram(CASE ({native.sql}) {codes} END)" if codes else "NULL",
        "longest": f"coalesce(max(strlen({native.sql})), 0)" if is_text else "0",
        "nul": f"count(*) FILTER (contains({native.sql}, chr(0)))" if is_text else "0",
        **{kind: f"count(*) FILTER ({test})" for kind, test in native.tests.items()},
    }
    return "{" + ", ".join(f"{literal(name)}: {sql}" for name, sql in counts.items()) + "}"
