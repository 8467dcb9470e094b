"""Files made to do harm, too slow for every test run: small ones that claim to be huge, and huge ones of one kind."""

import gzip
import io
import random
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from tests.importing.files import packed_by_zip, parquet, with_member, workbook
from tests.importing.sheets import binary_workbook, opendocument, repeated_cell

MEGABYTE = 1024**2
ENTITIES = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
LAUGHS = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "ha">{ENTITIES}]>'
OPEN_LAUGHS = LAUGHS + "<x>&l9;</x>"
OUTSIDE = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l9 SYSTEM "file:///etc/hostname">]>'
SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">'
    '<c r="A1" t="inlineStr"><is><t>a</t></is></c></row><row r="2"><c r="A2" t="inlineStr"><is><t>&l9;</t></is></c>'
    "</row></sheetData></worksheet>"
)


def _many_members(count: int) -> bytes:
    out = io.BytesIO(workbook([["a"], [1]]))
    with zipfile.ZipFile(out, "a") as archive:
        for number in range(count):
            archive.writestr(f"xl/media/{number}", b"")
    return out.getvalue()


def _nested(depth: int) -> pa.Table:
    kind = pa.int64()
    for _ in range(depth):
        kind = pa.list_(kind)
    return pa.table({"a": pa.array([None], kind)})


def _wide(columns: int) -> pa.Table:
    return pa.table({f"c{i}": [1] for i in range(columns)})


def _open_quote() -> bytes:
    return b'a,b\n"' + b"x,\n" * 33 * MEGABYTE


def _zeros_in_gzip(megabytes: int) -> bytes:
    packer = zlib.compressobj(6, wbits=31)
    return b"".join([*(packer.compress(bytes(MEGABYTE)) for _ in range(megabytes)), packer.flush()])


def _zeros_in_zstd(megabytes: int) -> bytes:
    out = pa.BufferOutputStream()
    with pa.CompressedOutputStream(out, "zstd") as packer:
        for _ in range(megabytes):
            packer.write(bytes(MEGABYTE))
    return out.getvalue().to_pybytes()


def _lying_zip() -> bytes:
    """A zip whose directory promises one byte where 50 MB come."""
    data = bytearray(packed_by_zip(b"a\n" + b"1\n" * 25 * MEGABYTE))
    for mark, place in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        start = data.rfind(mark) + place
        data[start : start + 4] = (1).to_bytes(4, "little")
    return bytes(data)


PLAIN, SHEET_OF = workbook([["a"], ["x"]]), "xl/worksheets/sheet1.xml"
FAR = binary_workbook([["a"] * 100, [1] * 100], first_row=10**9)
OPEN = opendocument([["a"], [1]])
WIDE = b",".join(b"c%d" % i for i in range(100_000)) + b"\n" + b"1," * 99_999 + b"1\n"
NOISE = random.Random(1).randbytes(100_000)


@dataclass(frozen=True)
class Bomb:
    """One file, made when it is asked for; `expected` as in `Case`."""

    name: str
    make: Callable[[], bytes]
    expected: str | int
    is_large: bool = False

    @property
    def data(self) -> bytes:
        return self.make()

    @property
    def options(self) -> dict[str, Any]:
        return {}


BOMBS = (
    Bomb("gzip of 1 GB of zeros", lambda: _zeros_in_gzip(1024), "too_large", is_large=True),
    Bomb("gzip of 100 MB of one line", lambda: gzip.compress(b"1" * 100 * MEGABYTE), "too_large"),
    Bomb("zstd of 1 GB of zeros", lambda: _zeros_in_zstd(1024), "too_large", is_large=True),
    Bomb("zip of 300 MB of lines", lambda: packed_by_zip(b"a\n" + b"1\n" * 150 * MEGABYTE), "too_large"),
    Bomb("a zip that lies of its size", _lying_zip, "broken_archive"),
    Bomb("gzip in gzip in gzip", lambda: gzip.compress(gzip.compress(gzip.compress(b"a\n1\n"))), "nested_archive"),
    Bomb("zip in zip", lambda: packed_by_zip(packed_by_zip(b"a\n1\n")), "nested_archive"),
    Bomb("gzip of noise", lambda: gzip.compress(NOISE), "nul_bytes"),
    Bomb("a workbook of 2,100 members", lambda: _many_members(2100), "too_large"),
    Bomb("a workbook with a billion laughs", lambda: with_member(PLAIN, SHEET_OF, LAUGHS + SHEET), "broken_workbook"),
    Bomb("a workbook that names a file", lambda: with_member(PLAIN, SHEET_OF, OUTSIDE + SHEET), "broken_workbook"),
    Bomb("a workbook without its sheet", lambda: with_member(PLAIN, SHEET_OF, ""), "broken_workbook"),
    Bomb("OpenDocument of 17 billion cells", lambda: repeated_cell(16_384, 1_048_576), "too_many_cells"),
    Bomb("OpenDocument with laughs", lambda: with_member(OPEN, "content.xml", OPEN_LAUGHS), "broken_workbook"),
    Bomb("a binary workbook with a far row", lambda: FAR, "too_many_cells"),
    Bomb("Parquet nested 200 deep", lambda: parquet(_nested(200)), "broken_parquet"),
    Bomb("Parquet of 10,001 columns", lambda: parquet(_wide(10_001)), "too_many_columns"),
    Bomb("a Parquet footer of 2 GB", lambda: b"PAR1" + NOISE + b"\xff\xff\xff\x7fPAR1", "broken_parquet"),
    Bomb("a CSV with one line of 100 MB", lambda: b"a,b\n" + b"x" * 100 * MEGABYTE, "text_too_long", is_large=True),
    Bomb("a CSV with a quote open for 100 MB", _open_quote, "broken_quotes", is_large=True),
    Bomb("100,000 columns", lambda: WIDE, "too_many_columns"),
    Bomb("JSON lines nested 1,000,000 deep", lambda: b'{"a": ' * 1_000_000, "nested_too_deep", is_large=True),
    Bomb("JSON of one string of 100 MB", lambda: b'[{"a": "' + b"x" * 100 * MEGABYTE, "text_too_long", is_large=True),
    Bomb("JSON of a number of 5,000,000 digits", lambda: b'[{"a": ' + b"9" * 5_000_000 + b"}]", 1, is_large=True),
    Bomb("SPSS that claims two billion rows", lambda: b"$FL2" + NOISE, "broken_statistical"),
)  # fmt: skip
