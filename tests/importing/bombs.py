"""Files made to do harm, too slow for every test run: small ones that claim to be huge, and huge ones of one kind."""

import gzip
import io
import random
import zipfile
import zlib
from functools import cache

import pyarrow as pa

from tests.importing.corpus import Case
from tests.importing.files import packed_by_zip, parquet, with_member, workbook
from tests.importing.sheets import binary_workbook, opendocument, repeated_cell

MEGABYTE = 1024**2
ENTITIES = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
LAUGHS = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "ha">{ENTITIES}]>'
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


@cache
def bombs() -> tuple[Case, ...]:
    return (
        Case("gzip of 1 GB of zeros", _zeros_in_gzip(1024), "too_large"),
        Case("gzip of 100 MB of one line", gzip.compress(b"1" * 100 * MEGABYTE), "too_large"),
        Case("zstd of 1 GB of zeros", _zeros_in_zstd(1024), "too_large"),
        Case("zip of 300 MB of lines", packed_by_zip(b"a\n" + b"1\n" * 150 * MEGABYTE), "too_large"),
        Case("a zip that lies of its size", _lying_zip(), "broken_archive"),
        Case("gzip in gzip in gzip", gzip.compress(gzip.compress(gzip.compress(b"a\n1\n"))), "nested_archive"),
        Case("zip in zip", packed_by_zip(packed_by_zip(b"a\n1\n")), "nested_archive"),
        Case("gzip of noise", gzip.compress(NOISE), "nul_bytes"),
        Case("a workbook of 2,100 members", _many_members(2100), "too_large"),
        Case("a workbook with a billion laughs", with_member(PLAIN, SHEET_OF, LAUGHS + SHEET), "broken_workbook"),
        Case("a workbook that names a file", with_member(PLAIN, SHEET_OF, OUTSIDE + SHEET), "broken_workbook"),
        Case("a workbook without its sheet", with_member(PLAIN, SHEET_OF, ""), "broken_workbook"),
        Case("OpenDocument of 17 billion cells", repeated_cell(16_384, 1_048_576), "too_many_cells"),
        Case("OpenDocument with laughs", with_member(OPEN, "content.xml", LAUGHS + "<x>&l9;</x>"), "broken_workbook"),
        Case("a binary workbook with a far row", FAR, "too_many_cells"),
        Case("Parquet nested 200 deep", parquet(_nested(200)), "broken_parquet"),
        Case("Parquet of 10,001 columns", parquet(pa.table({f"c{i}": [1] for i in range(10_001)})), "too_many_columns"),
        Case("a Parquet footer of 2 GB", b"PAR1" + NOISE + b"\xff\xff\xff\x7fPAR1", "broken_parquet"),
        Case("a CSV with one line of 100 MB", b"a,b\n" + b"x" * 100 * MEGABYTE, "text_too_long"),
        Case("a CSV with a quote open for 100 MB", b'a,b\n"' + b"x,\n" * 33 * MEGABYTE, "broken_quotes"),
        Case("100,000 columns", WIDE, "too_many_columns"),
        Case("JSON lines nested 1,000,000 deep", b'{"a": ' * 1_000_000, "nested_too_deep"),
        Case("JSON of one string of 100 MB", b'[{"a": "' + b"x" * 100 * MEGABYTE, "text_too_long"),
        Case("JSON of a number of 5,000,000 digits", b'[{"a": ' + b"9" * 5_000_000 + b"}]", 1),
        Case("SPSS that claims two billion rows", b"$FL2" + NOISE, "broken_statistical"),
    )  # fmt: skip
