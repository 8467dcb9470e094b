"""How the fields of a text file are told apart, judged from its beginning and anchored at its header line.

DuckDB's own sniffer looks for the most regular reading and so passes over the very faults that must be told: a ragged
comma file becomes one column of pipes, a title line is skipped. Here the header decides, and what does not fit it is
later refused by line.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from wrangler.importing.options import ImportOptions
from wrangler.importing.punctuation import delimiter_of, quote_of, quotes_everything, records_of
from wrangler.importing.refusals import Code, refusal

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
