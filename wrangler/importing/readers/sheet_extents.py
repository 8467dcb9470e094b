"""How far the cells of a sheet reach, found in its bytes as they inflate: a reader would allocate all of it at once."""

import re
from dataclasses import dataclass, field
from typing import Protocol


@dataclass
class Extent:
    """The last row and column with a value, and how many cells hold an error such as #DIV/0!."""

    rows: int = 0
    columns: int = 0
    errors: int = 0

    def reach(self, row: int, column: int) -> None:
        self.rows, self.columns = max(self.rows, row), max(self.columns, column)


class Scanner(Protocol):
    """Fed with the chunks of one member, in order."""

    @property
    def extent(self) -> Extent: ...

    def feed(self, chunk: bytes) -> None: ...


def scanner_of(member: str) -> Scanner | None:
    """The scanner of an archive's member; none for what is no sheet."""
    if member == "content.xml":
        return OpenDocumentScanner()
    if re.fullmatch(r"xl/worksheets/[^/]+\.bin", member):
        return BinaryScanner()
    return ExcelScanner() if re.fullmatch(r"xl/worksheets/[^/]+\.xml", member) else None


@dataclass
class ExcelScanner:
    """A sheet of .xlsx: each cell states its own place."""

    CELL = re.compile(rb"<(?:\w+:)?c\b[^<>]*?\sr=[\"']([A-Z]{1,3})(\d{1,7})[\"']([^<>]*)")
    extent: Extent = field(default_factory=Extent)
    rest: bytes = b""

    def feed(self, chunk: bytes) -> None:
        data, self.rest = _cut_at_tag(self.rest + chunk)
        for column, row, attributes in self.CELL.findall(data):
            self.extent.reach(int(row), _number_of(column))
            self.extent.errors += b't="e"' in attributes


@dataclass
class OpenDocumentScanner:
    """A sheet of .ods: cells and rows follow each other and may be declared as repeated."""

    TAG = re.compile(rb"<table:(?:covered-)?table(-row|-cell|\s)([^<>]*)")
    ROWS = re.compile(rb"number-rows-repeated=[\"'](\d{1,18})")
    COLUMNS = re.compile(rb"number-columns-repeated=[\"'](\d{1,18})")
    extent: Extent = field(default_factory=Extent)
    rest: bytes = b""
    row: int = 0
    column: int = 0

    def feed(self, chunk: bytes) -> None:
        data, self.rest = _cut_at_tag(self.rest + chunk)
        for kind, attributes in self.TAG.findall(data):
            if kind == b"-row":
                self.row, self.column = self.row + _repeats(self.ROWS, attributes), 0
            elif kind == b"-cell":
                self.column += _repeats(self.COLUMNS, attributes)
                if b"value-type=" in attributes:
                    self.extent.reach(self.row, self.column)
            else:
                self.row = self.column = 0


@dataclass
class BinaryScanner:
    """A sheet of .xlsb: records of a kind, a length and a body; rows and cells begin with their number."""

    ROW, BLANK, LAST_CELL = 0, 1, 11
    ERRORS = frozenset({3, 11})
    extent: Extent = field(default_factory=Extent)
    rest: bytes = b""
    row: int = 0

    def feed(self, chunk: bytes) -> None:
        data = self.rest + chunk
        place = 0
        while (head := _head(data, place)) and head[2] + head[1] <= len(data):
            kind, size, body = head
            if kind <= self.LAST_CELL and size >= 4:  # noqa: PLR2004 - a number of four bytes
                self._see(kind, int.from_bytes(data[body : body + 4], "little"))
            place = body + size
        self.rest = data[place:]

    def _see(self, kind: int, number: int) -> None:
        if kind == self.ROW:
            self.row = number + 1
        elif kind != self.BLANK:
            self.extent.reach(self.row, number + 1)
            self.extent.errors += kind in self.ERRORS


def _cut_at_tag(data: bytes) -> tuple[bytes, bytes]:
    cut = data.rfind(b"<")
    return (data[:cut], data[cut:]) if cut > 0 else (data, b"")


def _number_of(column: bytes) -> int:
    number = 0
    for letter in column:
        number = number * 26 + letter - 64
    return number


def _repeats(pattern: re.Pattern[bytes], attributes: bytes) -> int:
    found = pattern.search(attributes)
    return int(found.group(1)) if found else 1


def _head(data: bytes, place: int) -> tuple[int, int, int] | None:
    """Kind and size of the record at `place`, and where its body begins; None while it has not all arrived."""
    kind = _variable(data, place, longest=2)
    size = _variable(data, kind[1], longest=4) if kind else None
    return (kind[0], *size) if kind and size else None


def _variable(data: bytes, place: int, longest: int) -> tuple[int, int] | None:
    """A number of up to `longest` bytes, seven bits in each, and where it ends."""
    number = 0
    for step in range(longest):
        if place + step >= len(data):
            return None
        byte = data[place + step]
        number |= (byte & 0x7F) << 7 * step
        if not byte & 0x80:
            return number, place + step + 1
    return number, place + longest
