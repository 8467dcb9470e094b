"""How the fields of a text file are separated, judged from its beginning and anchored at its header line.

DuckDB's own sniffer looks for the most regular reading and so passes over the very faults that must be reported: a
ragged comma file becomes one column of pipes, a title line is skipped. Here the header decides, and what does not fit
it is later refused by line.
"""

import csv
import io
import itertools
import re
from dataclasses import dataclass
from pathlib import Path

from wrangler.importing.errors import Code, refusal
from wrangler.importing.options import ImportOptions

DELIMITERS = (",", ";", "\t", "|")
LONGEST_FIELD = 1 << 25
LONE_NAME = r"{0}(?:[^{0}]|{0}{0})*{0}[\r\n]"  # a header of one name in quotes: whatever stands below is one field
NEEDLESS_SHARE = 0.5


@dataclass(frozen=True)
class Records:
    """The records of a sample by one delimiter: the first, and how many fields each has.

    `are_quoted_well` if nothing but the delimiter or a line's end follows a closing quote.
    """

    first: tuple[str, ...] = ()
    counts: tuple[int, ...] = ()
    are_quoted_well: bool = True


SAMPLE_BYTES = 1 << 18
LONGEST_LINE_BYTES = 1 << 24
EXCEL_HINT = re.compile(r"sep=(.)\r?\n?$")
NUMBER = re.compile(r"\s*[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?\s*")
LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True)
class Dialect:
    """Delimiter, quote, first record; `skip` lines stand above it."""

    delimiter: str
    quote: str
    skip: int
    first: tuple[str, ...]
    has_header: bool
    quotes_everything: bool
    notes: tuple[str, ...] = ()

    @property
    def names(self) -> list[str]:
        if self.has_header:
            return list(self.first)
        return [f"column_{number}" for number in range(1, len(self.first) + 1)]

    @property
    def has_broken_name(self) -> bool:
        """Whether a line end stands in a field of the first record."""
        return any(LINE_END.search(field) for field in self.first)


def find_dialect(path: Path, options: ImportOptions) -> Dialect:
    sample, skip = _sample(path, options.skip_lines)
    notes = []
    hint = EXCEL_HINT.match(sample.split("\n", 1)[0] + "\n")
    if hint:
        sample, skip = sample.split("\n", 1)[1] if "\n" in sample else "", skip + 1
        notes.append("The first line names the delimiter, as Excel writes it; it is no part of the table.")
    quote = options.quote or quote_of(sample)
    given = options.delimiter or (hint and hint.group(1)) or ("\t" if options.format == "tsv" else None)
    delimiter = given or delimiter_of(sample, quote)
    first = records_of(sample, delimiter, quote).first
    if not any(field.strip() for field in first) and len(first) <= 1:
        raise refusal(Code.EMPTY_FILE, "The file is empty: there is nothing in it but blank lines.")
    has_header = _has_header(first, options)
    if not has_header:
        notes.append("The file has no header line; the columns were named column_1, column_2 and so on.")
    rows = _below(first, sample) if has_header else sample  # many writers quote the names alone
    everything = quotes_everything(rows, delimiter, quote)
    return Dialect(delimiter, quote, skip, first, has_header, everything, tuple(notes))


def _sample(path: Path, skip: int) -> tuple[str, int]:
    """The beginning of the text after `skip` lines and blank ones, cut at the end of a line."""
    with path.open("rb") as file:
        data = file.read(SAMPLE_BYTES) + file.readline(LONGEST_LINE_BYTES)
        is_whole = not file.read(1)
    text = data.decode("utf-8-sig", "ignore")
    if not is_whole:
        text = text[: max(text.rfind("\n"), text.rfind("\r")) + 1] or text
    lines = text.splitlines(keepends=True)
    while skip < len(lines) and not lines[skip].strip("\r\n"):
        skip += 1
    return "".join(lines[skip:]), skip


def _below(first: tuple[str, ...], sample: str) -> str:
    """What follows the first record."""
    lines = 1 + sum(len(LINE_END.findall(field)) for field in first)
    return LINE_END.split(sample, lines)[-1]


def _has_header(first: tuple[str, ...], options: ImportOptions) -> bool:
    """Whether the first line holds names; a line of nothing but numbers is not taken for names in silence."""
    if options.header is not None:
        return options.header
    if not all(NUMBER.fullmatch(field) for field in first):
        return True
    if all(field.isdigit() for field in first):
        numbers = [int(field) for field in first]
        if len(first) > 1 and numbers == list(range(numbers[0], numbers[0] + len(first))):
            return True
    raise refusal(
        Code.HEADER_MISSING,
        "The first line holds only numbers, so it seems that there are no column names. Set `header` to false if the "
        "first line is data, or to true if these are the names.",
        option="/header",
        lines=[1],
    )


def records_of(sample: str, delimiter: str, quote: str) -> Records:
    strict = _parsed(sample, delimiter, quote, strict=True)
    return strict if strict.are_quoted_well else _parsed(sample, delimiter, quote, strict=False)


def _parsed(sample: str, delimiter: str, quote: str, *, strict: bool) -> Records:
    previous = csv.field_size_limit(LONGEST_FIELD)
    lines = itertools.chain(io.StringIO(sample, newline=""), [""])
    records = filter(None, csv.reader(lines, delimiter=delimiter, quotechar=quote, strict=strict))
    first: list[str] = []
    counts: list[int] = []
    try:
        first = next(records, [])
        counts.append(len(first))
        counts += map(len, records)
        are_quoted_well = strict
    except csv.Error:  # an open quote that has no end in the sample takes all lines
        are_quoted_well = strict and next(lines, None) is None
    finally:
        csv.field_size_limit(previous)
    return Records(tuple(first), tuple(counts), are_quoted_well)


def quote_of(sample: str) -> str:
    """The single quote only where it visibly encloses fields and the double quote never occurs."""
    if '"' in sample:
        return '"'
    opened = len(re.findall(r"(?:^|[,;\t|])'", sample, re.MULTILINE))
    enclosed = len(re.findall(r"(?:^|[,;\t|])'[^'\n]*'(?=[,;\t|\r\n]|$)", sample, re.MULTILINE))
    return "'" if opened and opened == enclosed else '"'


def delimiter_of(sample: str, quote: str) -> str:
    """The mark that cuts the header into at least two fields, and the most lines into as many as the header.

    One that would have a quote close in the middle of a field is taken only where all would.
    """
    found = {delimiter: records_of(sample, delimiter, quote) for delimiter in DELIMITERS}
    best, best_rank = "", (False, 0.0, 0)
    for delimiter, records in found.items():
        counts = records.counts
        if counts and counts[0] > 1:
            rank = (records.are_quoted_well, counts.count(counts[0]) / len(counts), counts[0])
            if rank > best_rank:
                best, best_rank = delimiter, rank
    if best:
        return best
    regular = [delimiter for delimiter, records in found.items() if _are_regular_rows(records.counts[1:])]
    if regular and not re.match(LONE_NAME.format(quote), sample):
        return regular[0]
    return next((delimiter for delimiter, records in found.items() if set(records.counts) <= {1}), ",")


def _are_regular_rows(counts: tuple[int, ...]) -> bool:
    return bool(counts) and min(counts) > 1 and len(set(counts)) == 1


def quotes_everything(sample: str, delimiter: str, quote: str) -> bool:
    """Whether the writer quotes fields that do not need it; then quotes around an empty field mean nothing."""
    special = re.escape(delimiter)
    fields = re.findall(rf"(?:^|{special}){quote}([^{quote}]*){quote}(?=[{special}\r\n]|$)", sample, re.MULTILINE)
    filled = [field for field in fields if field]
    needless = [f for f in filled if not any(c in f for c in (delimiter, "\r", "\n", "#")) and f == f.strip()]
    return len(needless) > NEEDLESS_SHARE * len(filled) if filled else False
