# ruff: noqa: S608 - SQL names columns by position (c0, c1) and takes texts as quoted literals only
"""Type inference for text columns: candidates from a sample, each checked against every row before it is taken."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from wrangler.importing.column_types.candidates import NEARLY, Column, candidates, file_style, twin_of
from wrangler.importing.column_types.casts import SIGNED, TEXT, Reading
from wrangler.importing.column_types.evidence import Details, Source, Style, look, look_at_frequent, styles_of
from wrangler.importing.column_types.verify import NOTHING, Check, Plan, check, count_fitting
from wrangler.importing.missing import ISO_DAY
from wrangler.importing.options import ImportOptions
from wrangler.importing.report import Report
from wrangler.tables import COLUMNS_AT_ONCE, LEAST_ROWS_PER_GROUP, literal, parts, passing_options

SAMPLE = "first_rows"
SAMPLE_ROWS = 10_000
SAMPLE_CELLS = 100_000
LEAST_ROWS = 50
LEAST_VALUES = 20
MISFITS_LOOKED_AT = 2_000


@dataclass
class Choice:
    """One column on its way to a type: the readings still to try, and the last typed one that did not fit."""

    column: Column
    left: list[Reading]
    found: Check = NOTHING
    failed: Reading | None = None

    @property
    def plan(self) -> Plan:
        return Plan(self.column.source, self.left[0])

    @property
    def may_be_twin(self) -> bool:
        """Whether its dates may read with day and month exchanged as well."""
        twin = twin_of(self.left[0].format)
        return twin is not None and any(reading.format == twin for reading in self.left[1:])

    @property
    def values(self) -> int:
        """How many cells hold one."""
        return self.found.filled - sum(self.found.markers.values())

    def move_on(self) -> None:
        self.failed, self.left = self.left[0], self.left[1:]


@dataclass
class TypeInference:
    """Infers the column types of one file; `scan` is the SQL that reads it, `sample` the same, passing over bad lines.

    `folder` is where it may write files.
    """

    con: duckdb.DuckDBPyConnection
    scan: str
    sample: str
    options: ImportOptions
    report: Report
    folder: Path
    style: Style = field(init=False)

    def propose(self, sources: Sequence[Source]) -> list[Choice]:
        """Candidates for each column, from a sample of the first rows."""
        styles = styles_of(self.options)
        kept = list(styles.values())
        rows = max(LEAST_ROWS, min(SAMPLE_ROWS, SAMPLE_CELLS // len(sources)))
        self._take_sample(sources, rows + 1)
        [(taken,)] = self.con.execute(f"SELECT count(*) FROM {SAMPLE}").fetchall()
        found = look(self.con, f"(SELECT * FROM {SAMPLE} LIMIT {rows})", sources, kept)
        sparse = [source for source in sources if found[source.raw].values < LEAST_VALUES]
        if sparse and taken > rows:
            found |= look_at_frequent(self.con, self.sample, sparse, kept)
        columns = [Column(source, found[source.raw]) for source in sources]
        self.style = file_style(columns, styles, self.options, self.report)
        self.report.decimal, self.report.thousands = self.style.decimal, self.style.thousands
        choices = [Choice(column, candidates(column, self.style, self.options)) for column in columns]
        self._drop_failing_on_sample(choices)
        return choices

    def _take_sample(self, sources: Sequence[Source], rows: int) -> None:
        """A table of the first rows; of many columns, files side by side, since a table takes 256 KB for each."""
        first = f"FROM {self.sample} LIMIT {rows}"
        if len(sources) <= COLUMNS_AT_ONCE:
            self.con.execute(f"CREATE OR REPLACE TEMP TABLE {SAMPLE} AS SELECT * {first}")
            return
        files: list[str] = []
        for part in parts([source.raw for source in sources]):
            files.append(literal(str(self.folder / f"sample-{len(files)}.parquet")))
            options = passing_options(LEAST_ROWS_PER_GROUP)
            self.con.execute(f"COPY (SELECT {', '.join(part)} {first}) TO {files[-1]} ({options})")
        joined = " POSITIONAL JOIN ".join(f"read_parquet({file})" for file in files)
        self.con.execute(f"CREATE OR REPLACE TEMP VIEW {SAMPLE} AS SELECT * FROM {joined}")

    def _drop_failing_on_sample(self, choices: Sequence[Choice]) -> None:
        """A reading that fails on the sample need not be checked against all rows."""
        seen = [choice for choice in choices if not choice.plan.reading.is_text]
        while seen:
            checks = check(self.con, SAMPLE, [choice.plan for choice in seen])
            moved = [c for c, found in zip(seen, checks, strict=False) if self._moves_on(c, found)]
            seen = [choice for choice in moved if not choice.plan.reading.is_text]

    def infer(self, choices: Sequence[Choice], first: Sequence[Check]) -> None:
        """Move on from readings that some row does not fit, until every column has one that all rows fit."""
        checks, open_choices = list(first), list(choices)
        while open_choices:
            for choice, found in zip(open_choices, checks, strict=True):
                choice.found = found
            open_choices = [choice for choice in open_choices if self._moves_on(choice, choice.found)]
            if open_choices:
                checks = check(self.con, self.scan, [choice.plan for choice in open_choices])
        self._keep_ambiguous_as_text([choice for choice in choices if twin_of(choice.plan.reading.format)])
        self.report_changes(choices, self.scan)

    def report_changes(self, choices: Sequence[Choice], table: str) -> None:
        """Report the changes and suspicions of each column; `table` is SQL that holds at least the texts."""
        plans = {id(c): Plan(c.column.source, c.failed) for c in choices if c.failed and c.plan.reading.is_text}
        fitting = dict(zip(plans, count_fitting(self.con, table, list(plans.values())), strict=True))
        for choice in choices:
            self._report_change(choice)
            if id(choice) in plans and choice.values:
                self._report_failed(plans[id(choice)], choice.values, fitting[id(choice)], table)

    def _moves_on(self, choice: Choice, found: Check) -> bool:
        reading = choice.left[0]
        if reading.is_text or reading.is_asked_for or found.misfits == 0:
            return False
        choice.move_on()
        return True

    def _keep_ambiguous_as_text(self, choices: list[Choice]) -> None:
        """A column that reads as day/month and as month/day alike stays text unless `day_first` is set."""
        if not choices or self.options.day_first is not None:
            return
        others = [next((r for r in c.left[1:] if r.format == twin_of(c.left[0].format)), None) for c in choices]
        doubtful = [(c, other) for c, other in zip(choices, others, strict=True) if other]
        if not doubtful:
            return
        checks = check(self.con, self.scan, [Plan(c.column.source, other) for c, other in doubtful])
        ambiguous = [c for (c, _), found in zip(doubtful, checks, strict=True) if found.misfits == 0]
        for choice in ambiguous:
            formats = f"{choice.left[0].format} and as {twin_of(choice.left[0].format)}"
            message = f"Kept as text: its dates read as {formats} alike. Set `day_first`."
            self.report.suspect(choice.column.source.name, "ambiguous_dates", message)
            choice.left = [TEXT]
        if ambiguous:
            texts = check(self.con, self.scan, [choice.plan for choice in ambiguous])
            for choice, found in zip(ambiguous, texts, strict=True):
                choice.found = found

    def _report_change(self, choice: Choice) -> None:
        name, reading, found, values = choice.column.source.name, choice.left[0], choice.found, choice.values
        if reading.is_text:
            if values == 0:
                self.report.note(f"Column '{name}' holds no value at all; it is kept as text.")
            elif not reading.is_asked_for and not choice.failed:
                self._report_text(choice)
            return
        self._report_conversions(name, reading, found, values)
        details = choice.column.details
        if reading.type == "date" and (reading.format or details.iso_days == details.values):
            self.report.date_formats[name] = reading.format or ISO_DAY

    def _report_conversions(self, name: str, reading: Reading, found: Check, values: int) -> None:
        changes = (
            (found.infinite, "infinite", "Infinite values (inf, 1e400) became missing."),
            (found.long_digits, "rounded", "Values of more than 17 digits were rounded to double precision."),
            (found.below_microsecond, "truncated", "Fractions of a second below a microsecond were cut off."),
            (values if reading.is_zoned else 0, "zone", "Instants with a zone were turned to UTC."),
            (values if reading.format else 0, "date", f"Dates were read as {reading.format}."),
            (values if reading == SIGNED else 0, "sign", "Plus signs and the sign of minus zero were dropped."),
        )
        for count, kind, message in changes:
            if count:
                self.report.converted(name, kind, count, message)

    def _report_failed(self, plan: Plan, values: int, fitting: int, table: str) -> None:
        """Why a column that looks like numbers or dates was kept as text."""
        name, reading, misfits = plan.source.name, plan.reading, values - fitting
        odd = self._misfits(plan, table)
        for count, kind, words in (
            (odd.zero_first, "leading_zeros", "begin with a zero, as codes do"),
            (odd.plus_long, "phone_numbers", "look like telephone numbers"),
            (odd.beyond_integer + odd.big_whole, "big_integers", "are whole numbers too big to be kept exactly"),
        ):
            if count:
                message = f"Kept as text: {misfits:,} of {values:,} values are not plain numbers; some {words}."
                self.report.suspect(name, kind, message)
                return
        if fitting >= NEARLY * values:
            noun = "dates" if reading.type == "date" else f"{reading.type}s"
            self.report.suspect(
                name,
                f"nearly_{noun}",
                f"Kept as text: {misfits:,} of {values:,} values are no {noun}, for example {odd.odd_number!r}. "
                "If such a value means missing, add it to `missing_markers`.",
            )

    def _misfits(self, plan: Plan, table: str) -> Details:
        source, value = plan.source, plan.value(plan.source.raw)
        odd = f"(SELECT {source.raw} FROM {table} WHERE {value} <> '' AND NOT {plan.reading.holds(value)})"
        some = f"(SELECT * FROM {odd} LIMIT {MISFITS_LOOKED_AT})"
        return look(self.con, some, [source], [self.style])[source.raw]

    def _report_text(self, choice: Choice) -> None:
        """Texts that are numbers written in another way than the file's."""
        details, name = choice.column.details, choice.column.source.name
        other = details.dotted if self.style.decimal == "," else details.comma
        if details.values and max(details.grouped + details.whole, other) >= details.values:
            self.report.suspect(
                name,
                "grouped_numbers",
                "Kept as text: its values look like numbers with thousands marks or another decimal mark. "
                "Set `thousands` or `decimal`.",
            )
