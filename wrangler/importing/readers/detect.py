"""Detecting a file's format by its content: names are often wrong, first bytes seldom."""

import codecs
import re
import zipfile
from pathlib import Path

from wrangler.importing.errors import Code, refusal
from wrangler.importing.readers.formats import FORMATS
from wrangler.importing.text_encoding import BYTE_ORDER_MARKS

HEAD_BYTES = 4096
CONTROL_CHARACTERS = re.compile(rb"[\x01-\x08\x0b\x0c\x0e-\x1f]")
CONTROL_SHARE = 0.3
TAKEN = f"{', '.join(record.title for record in FORMATS.values())} are taken, packed by gzip, zstd or zip too"
PACKED = ((b"\x1f\x8b", "gzip"), (b"\x28\xb5\x2f\xfd", "zstd"))

# First bytes, what the file is, and what its owner can do.
FOREIGN = (
    (b"BZh", "a bzip2 archive", "unpack it and upload the file inside"),
    (b"\xfd7zXZ", "an xz archive", "unpack it and upload the file inside"),
    (b"7z\xbc\xaf", "a 7z archive", "unpack it and upload the file inside"),
    (b"Rar!", "a rar archive", "unpack it and upload the file inside"),
    (b"\xd0\xcf\x11\xe0", "an old Excel (.xls) file", "save it as .xlsx or CSV"),
    (b"ARROW1", "an Arrow (Feather) file", "save it as Parquet"),
    (b"FEA1", "a Feather file", "save it as Parquet"),
    (b"\x89HDF", "an HDF5 file", "save it as Parquet or CSV"),
    (b"SQLite format 3", "a SQLite database", "save one table of it as CSV"),
    (b"%PDF", "a PDF", "save the table as CSV"),
    (b"\x89PNG", "a picture", "upload a table"),
    (b"\xff\xd8\xff", "a picture", "upload a table"),
    (b"GIF8", "a picture", "upload a table"),
    (b"\x7fELF", "a program", "upload a table"),
    (b"MZ\x90", "a program", "upload a table"),
    (b"\x80\x04\x95", "a Python pickle, which is never opened", "save it as Parquet"),
    (b"\x80\x05\x95", "a Python pickle, which is never opened", "save it as Parquet"),
)
MARKUP = re.compile(rb"\s*<(!doctype|html|head|body|table|\?xml|svg)", re.IGNORECASE)
JSON = re.compile(rb'\s*(\{\s*"|\[\s*[\[{]|\[\s*\]\s*$|\{\s*\}\s*$)')


def find_format(path: Path) -> str:
    """The format's name, `text` or how it is packed; anything else is refused with what it is and what to do."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    known = next((name for magic, name in PACKED if head.startswith(magic)), None) or next(
        (record.name for record in FORMATS.values() if record.first_bytes and record.first_bytes.match(head)), None
    )
    if known:
        return known
    if head.startswith(b"PK\x03\x04"):
        return _format_of_zip(path)
    for magic, name, advice in FOREIGN:
        if head.startswith(magic):
            raise _foreign(name, advice)
    bare = _ascii(head)
    if MARKUP.match(bare):
        raise _foreign("a web page or XML, not a table", "save the table itself as CSV")
    if JSON.match(bare):
        return "json"
    if len(CONTROL_CHARACTERS.findall(head)) > CONTROL_SHARE * len(head) + 1:
        raise _foreign("binary data of no known kind", "save the table as CSV, Parquet or xlsx")
    return "text"


def _ascii(head: bytes) -> bytes:
    """The head without its byte order mark and, of wide encodings, the zeros."""
    mark = next((mark for mark, _ in BYTE_ORDER_MARKS if head.startswith(mark)), b"")
    bare = head[len(mark) :]
    return bare.replace(b"\0", b"") if mark and mark != codecs.BOM_UTF8 else bare


def _format_of_zip(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            members = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError, UnicodeDecodeError, OSError):
        raise refusal(
            Code.BROKEN_WORKBOOK, "The file begins like a zip or xlsx, but is damaged or cut short."
        ) from None
    return next((record.name for record in FORMATS.values() if record.member and record.member in members), "zip")


def _foreign(name: str, advice: str) -> Exception:
    return refusal(Code.UNSUPPORTED_FORMAT, f"The file is {name}. {TAKEN}; {advice}.")
