"""From counted evidence to the type of each text column: never a guess that loses a character of a value."""

from dataclasses import dataclass, field

from wrangler.importing.evidence import DATE_FORMATS, Counts, Details, Source, Style
from wrangler.importing.markers import literal
from wrangler.importing.options import ColumnType, ImportOptions
from wrangler.importing.report import Report

NEARLY = 0.8
TRUE_WORDS = "('true', 't', 'yes', 'y', '1')"
FALSE_WORDS = "('false', 'f', 'no', 'n', '0')"


@dataclass
class Plan:
    """How one text column becomes a typed one; `sql` turns its trimmed value into the type."""

    source: Source
    type: ColumnType
    sql: str
    is_zoned: bool = False
    infinite: int = 0
    is_asked_for: bool = False


@dataclass(frozen=True)
class Column:
    """All that is known of one column when its type is chosen."""

    source: Source
    counts: Counts
    details: Details | None


@dataclass
class Chooser:
    """Chooses the types of a file's columns; `style` is the way in which the file writes numbers."""

    options: ImportOptions
    styles: dict[str, Style]
    report: Report
    style: Style = field(init=False)

    def choose(self, columns: list[Column]) -> list[Plan]:
        self.style = self._file_style(columns)
        return [self._plan(column) for column in columns]

    def _file_style(self, columns: list[Column]) -> Style:
        """The comma is the decimal mark if a column proves it and no column proves the point."""
        if self.options.decimal:
            return self.styles[self.options.decimal]
        details = [(column.details, column.counts.values) for column in columns if column.details]
        comma = any(d.comma == values > d.dotted and d.comma_sure for d, values in details)
        point = any(d.dotted == values > d.whole for d, values in details)
        if comma and not point:
            self.report.note("Numbers are written with a decimal comma.")
            return self.styles[","]
        return self.styles["."]

    def _plan(self, column: Column) -> Plan:
        source, counts = column.source, column.counts
        asked = self.options.types.get(source.name)
        if asked:
            sql = source.raw if asked in {"text", "category"} else asked_sql(asked, self.style, self.options)
            return Plan(source, asked, sql, is_asked_for=True)
        if counts.values == 0:
            self.report.note(f"Column '{source.name}' holds no value at all; it is kept as text.")
            return Plan(source, "text", source.raw)
        if counts.integers == counts.values:
            return Plan(source, "integer", "try_cast({v} AS BIGINT)")
        if counts.booleans == counts.values:
            return Plan(source, "boolean", "lower({v}) = 'true'")
        return self._plan_closer(column) or Plan(source, "text", source.raw)

    def _plan_closer(self, column: Column) -> Plan | None:
        """Number or date, or None and a word on what nearly made it one."""
        details = column.details
        if details is None:
            return None
        found = self._number(column, details) or self._date(column, details)
        if not found:
            self._suspect_nearly(column, details)
        return found

    def _number(self, column: Column, details: Details) -> Plan | None:
        source, values = column.source, column.counts.values
        written = details.comma if self.style.decimal == "," else details.dotted
        finite = written - details.infinite
        if written + details.infinite_words < values or finite <= 0 or self._is_code(source.name, details, written):
            return None
        if details.whole == values:
            self.report.converted(source.name, "integer", values, "Plus signs or minus zero were dropped.")
            return Plan(source, "integer", "try_cast({v} AS BIGINT)")
        infinite = details.infinite + details.infinite_words
        if infinite:
            self.report.converted(source.name, "infinite", infinite, "Infinite values (inf, 1e400) became missing.")
        if details.long_digits:
            message = "Values of more than 17 digits were rounded to double precision."
            self.report.converted(source.name, "rounded", details.long_digits, message)
        return Plan(source, "number", number_sql(self.style), infinite=infinite)

    def _is_code(self, name: str, details: Details, written: int) -> bool:
        """Whether values look like numbers but would not come back as they are: then they are kept as text."""
        rounded = details.big_whole if details.whole < written else 0
        reasons = (
            (details.zero_first, "leading_zeros", "values begin with a zero, as codes do"),
            (details.plus_long, "phone_numbers", "values look like telephone numbers"),
            (details.beyond_integer, "big_integers", "whole numbers do not fit 64 bits"),
            (rounded, "big_integers", "whole numbers beyond 2^53 stand among decimals and would be rounded"),
        )
        for count, kind, words in reasons:
            if count:
                message = f"Kept as text: {count:,} {words}. Set its type in `types` if it is a number."
                self.report.suspect(name, kind, message)
                return True
        return False

    def _date(self, column: Column, details: Details) -> Plan | None:
        source, values = column.source, column.counts.values
        if details.iso == values:
            return self._iso(source, details, values)
        fits = [fmt for fmt, count in details.formats.items() if count == values]
        if len(fits) == 1 or (fits and self.options.day_first is not None):
            fmt = self._by_day_first(fits)
            self.report.converted(source.name, "date", values, f"Dates were read as {fmt}.")
            return Plan(source, "date", f"try_strptime({{v}}, {literal(fmt)})")
        if fits:
            self.report.suspect(
                source.name,
                "ambiguous_dates",
                f"Kept as text: its dates read as {' and as '.join(fits)} alike. Set `day_first`.",
            )
        return None

    def _by_day_first(self, fits: list[str]) -> str:
        wanted = "%d" if self.options.day_first else "%m"
        return next((fmt for fmt in fits if fmt.startswith(wanted)), fits[0])

    def _iso(self, source: Source, details: Details, values: int) -> Plan | None:
        if 0 < details.zoned < values:
            self.report.suspect(
                source.name,
                "mixed_zones",
                f"Kept as text: {details.zoned:,} of {values:,} instants name a time zone, the others do not.",
            )
            return None
        if details.below_microsecond:
            message = "Fractions of a second below a microsecond were cut off."
            self.report.converted(source.name, "truncated", details.below_microsecond, message)
        if details.zoned:
            self.report.converted(source.name, "zone", values, "Instants with a zone were turned to UTC.")
            return Plan(source, "date", "try_cast({v} AS TIMESTAMPTZ)", is_zoned=True)
        return Plan(source, "date", "try_cast({v} AS TIMESTAMP)")

    def _suspect_nearly(self, column: Column, details: Details) -> None:
        """What a column nearly is: often one stray word is all that keeps it from being numbers."""
        name, values = column.source.name, column.counts.values
        numbers = details.comma if self.style.decimal == "," else details.dotted
        other = details.dotted if self.style.decimal == "," else details.comma
        if NEARLY * values <= numbers < values:
            self.report.suspect(
                name,
                "nearly_numbers",
                f"Kept as text: {values - numbers:,} of {values:,} values are not numbers, for example "
                f"{details.odd_number!r}. If such a value means missing, add it to `missing_markers`.",
            )
        elif details.grouped and max(details.grouped + details.whole, other) >= values:
            self.report.suspect(
                name,
                "grouped_numbers",
                "Kept as text: its values look like numbers with thousands marks or another decimal mark. "
                "Set `thousands` or `decimal`.",
            )
        elif other == values:
            message = "Kept as text: its numbers are written with another decimal mark. Set `decimal`."
            self.report.suspect(name, "other_decimal", message)
        elif NEARLY * values <= details.iso_shaped:
            odd = values - details.iso
            message = f"Kept as text: {odd:,} of {values:,} values are not dates that exist."
            self.report.suspect(name, "nearly_dates", message)


def number_sql(style: Style) -> str:
    """The SQL that makes a finite number of the text `{v}`, or NULL."""
    double = f"try_cast({style.plain('{v}')} AS DOUBLE)"
    return f"CASE WHEN isfinite({double}) THEN {double} END"


def asked_sql(asked: ColumnType, style: Style, options: ImportOptions) -> str:
    """The SQL that makes the type a user asked for of the text `{v}`, or NULL where it does not fit."""
    number = number_sql(style)
    whole = f"try_cast({style.plain('{v}')} AS BIGINT)"
    if asked == "number":
        return number
    if asked == "integer":
        return f"CASE WHEN {whole}::DOUBLE = {number} THEN {whole} END"
    if asked == "boolean":
        return f"CASE WHEN lower({{v}}) IN {TRUE_WORDS} THEN true WHEN lower({{v}}) IN {FALSE_WORDS} THEN false END"
    is_month_first = options.day_first is False
    order = sorted(DATE_FORMATS, key=lambda fmt: fmt.startswith("%m") is not is_month_first)
    tries = [f"try_strptime({{v}}, {literal(fmt)})" for fmt in order]
    return f"coalesce(try_cast({{v}} AS TIMESTAMP), {', '.join(tries)})"
