"""Which line of the file a fault is on: people correct files by line number, readers count records and bytes."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from wrangler.importing.errors import Code, refusal
from wrangler.importing.readers.delimited.dialect import Dialect
from wrangler.importing.text_encoding import CHUNK_BYTES

SHOWN = 10
REJECTS_KEPT = 1000
LONGEST_FIELD = 2**31 - 1


def of_records(path: Path, dialect: Dialect, records: Sequence[int]) -> list[int]:
    """The line on which each of the given records (counted from 1 below the header) begins, in their order."""
    wanted, found = set(records), {}
    is_single = len(dialect.first) == 1
    csv.field_size_limit(LONGEST_FIELD)
    with path.open(encoding="utf-8-sig", newline="") as file:
        for _ in range(dialect.skip):
            file.readline()
        reader = csv.reader(file, delimiter=dialect.delimiter, quotechar=dialect.quote)
        number = -1 if dialect.has_header else 0
        begins = dialect.skip + 1
        for record in reader:
            if record or is_single:
                number += 1
                if number in wanted:
                    found[number] = begins
                    if len(found) == len(wanted):
                        break
            begins = dialect.skip + reader.line_num + 1
    return [found.get(record, 0) for record in records]


def of_bytes(path: Path, positions: Sequence[int]) -> list[int]:
    """The line in which each byte position (sorted, from 0) stands."""
    lines, line, before = [], 1, 0
    with path.open("rb") as file:
        chunk, start = file.read(CHUNK_BYTES), 0
        for position in positions:
            while before + len(chunk) < position and chunk:
                line += _line_ends(chunk[start:])
                before += len(chunk)
                chunk, start = file.read(CHUNK_BYTES), 0
            end = position - before
            line += _line_ends(chunk[start:end])
            start = max(start, end)
            lines.append(line)
    return lines


def _line_ends(data: bytes) -> int:
    return max(data.count(b"\n"), data.count(b"\r"))


def broken_lines(path: Path, dialect: Dialect, rejects: list[tuple[int, str, str]]) -> Exception:
    """The refusal for lines that DuckDB could not fit to the header."""
    lines = of_bytes(path, [position - 1 for position, *_ in rejects])
    expected = len(dialect.first)
    kinds = {kind for _, kind, *_ in rejects}
    if "LINE SIZE OVER MAXIMUM" in kinds:
        return refusal(Code.TEXT_TOO_LONG, f"Line {lines[0]} is longer than a line may be.", lines=lines[:SHOWN])
    if kinds & {"UNQUOTED VALUE", "INVALID STATE"}:
        line = next(
            line for line, (_, kind, *_) in zip(lines, rejects, strict=True)
            if kind in {"UNQUOTED VALUE", "INVALID STATE"}
        )  # fmt: skip
        return refusal(
            Code.BROKEN_QUOTES,
            f"Line {line} opens a quote ({dialect.quote}) that is not closed before the field ends. Double the quotes "
            "within a quoted field, or set `quote`.",
            option="/quote",
            lines=[line],
        )
    listed = ", ".join(
        f"line {line} has {_fields(text, dialect)}"
        for line, (_, _, text) in list(zip(lines, rejects, strict=True))[:SHOWN]
    )
    count = "1 line does" if len(rejects) == 1 else f"{len(rejects):,} lines do"
    if len(rejects) >= REJECTS_KEPT:
        count = f"At least {REJECTS_KEPT:,} lines do"
    return refusal(
        Code.RAGGED_LINES,
        f"{count} not have the {expected} fields of the header: {listed}. Correct these lines; or set "
        f"`delimiter` (it was taken to be {dialect.delimiter!r}), or `skip_lines` if the header stands further down.",
        option="/delimiter",
        lines=lines[:SHOWN],
    )


def _fields(text: str, dialect: Dialect) -> int:
    csv.field_size_limit(LONGEST_FIELD)
    lines = io.StringIO(text, newline="")
    return len(next(csv.reader(lines, delimiter=dialect.delimiter, quotechar=dialect.quote), []))
