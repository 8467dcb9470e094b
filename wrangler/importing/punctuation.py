"""Delimiter and quote of a text table, judged from its beginning."""

import csv
import io
import itertools
import re
from dataclasses import dataclass

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
    """The mark that cuts the header in at least two and the most lines in as many fields as the header.

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
    """Whether the writer puts quotes around fields that do not need them; then an empty quoted field says nothing."""
    special = re.escape(delimiter)
    fields = re.findall(rf"(?:^|{special}){quote}([^{quote}]*){quote}(?=[{special}\r\n]|$)", sample, re.MULTILINE)
    filled = [field for field in fields if field]
    needless = [f for f in filled if not any(c in f for c in (delimiter, "\r", "\n", "#")) and f == f.strip()]
    return len(needless) > NEEDLESS_SHARE * len(filled) if filled else False
