"""From what a sample shows to the readings worth trying on a whole column: never one that loses a character."""

from dataclasses import dataclass

from wrangler.importing.column_types.casts import BOOLEAN, INTEGER, SIGNED, TEXT, Reading, asked, formatted, iso, number
from wrangler.importing.column_types.evidence import Details, Source, Style
from wrangler.importing.options import ImportOptions
from wrangler.importing.report import Report

NEARLY = 0.8


@dataclass(frozen=True)
class Column:
    """One column and what a sample shows of it."""

    source: Source
    details: Details


def file_style(columns: list[Column], styles: dict[str, Style], options: ImportOptions, report: Report) -> Style:
    """How the file writes numbers: the comma is the decimal mark if a column proves it and none proves the point."""
    if options.decimal:
        return styles[options.decimal]
    details = [column.details for column in columns if column.details.values]
    comma = any(d.comma == d.values > d.dotted and d.comma_sure for d in details)
    point = any(d.dotted == d.values > d.whole for d in details)
    if comma and not point:
        report.note("Numbers are written with a decimal comma.")
        return styles[","]
    return styles["."]


def candidates(column: Column, style: Style, options: ImportOptions) -> list[Reading]:
    """The readings to check against all rows, strictest first; text, which always fits, comes last."""
    wanted = options.types.get(column.source.name)
    if wanted:
        return [asked(wanted, style, options)]
    details = column.details
    if details.values == 0:
        return [TEXT]
    enough = NEARLY * details.values
    written = details.comma if style.decimal == "," else details.dotted
    numbers = max(written, details.canonical) + details.infinite_words
    if numbers >= enough:
        whole = [INTEGER, SIGNED] if details.whole == details.values else []
        return [*whole, number(style), TEXT]
    if details.booleans >= enough:
        return [BOOLEAN, TEXT]
    return [*_dates(details, enough, options), TEXT]


def _dates(details: Details, enough: float, options: ImportOptions) -> list[Reading]:
    if details.iso_shaped >= enough:
        return [iso(is_zoned=details.zoned > details.iso_shaped / 2)]
    fits = [fmt for fmt, count in details.formats.items() if count >= enough]
    if options.day_first is not None:
        wanted = "%d" if options.day_first else "%m"
        fits = [fmt for fmt in fits if not twin_of(fmt) or fmt.startswith(wanted)]
    best = max((details.formats[fmt] for fmt in fits), default=0)
    return [formatted(fmt) for fmt in fits if details.formats[fmt] == best]


def twin_of(fmt: str | None) -> str | None:
    """The format that reads the same texts with day and month exchanged."""
    twins = {"%d/%m/%Y": "%m/%d/%Y", "%d-%m-%Y": "%m-%d-%Y"}
    return (twins | {month: day for day, month in twins.items()}).get(fmt or "")
