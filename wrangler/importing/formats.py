"""Telling a file's format from its content: names lie, first bytes seldom do."""

import re
import zipfile
from pathlib import Path

from wrangler.importing.refusals import Code, refusal

HEAD_BYTES = 4096
CONTROL_CHARACTERS = re.compile(rb"[\x01-\x08\x0b\x0c\x0e-\x1f]")
CONTROL_SHARE = 0.3
TAKEN = "CSV, TSV, Parquet and xlsx are taken"

# First bytes, what the file is, and what its owner can do.
FOREIGN = (
    (b"\x1f\x8b", "a gzip archive", "unpack it and upload the file inside"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive", "unpack it and upload the file inside"),
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
JSON = re.compile(rb'\s*(\{\s*"|\[\s*[\[{])')


def find_format(path: Path) -> str:
    """`parquet`, `xlsx` or `text`; anything else is refused with what it is and what to do."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(b"PK\x03\x04"):
        return _format_of_zip(path)
    for magic, name, advice in FOREIGN:
        if head.startswith(magic):
            raise _foreign(name, advice)
    bare = head.removeprefix(b"\xef\xbb\xbf")
    if MARKUP.match(bare):
        raise _foreign("a web page or XML, not a table", "save the table itself as CSV")
    if JSON.match(bare):
        raise _foreign("JSON", "save it as CSV or Parquet")
    if len(CONTROL_CHARACTERS.findall(head)) > CONTROL_SHARE * len(head) + 1:
        raise _foreign("binary data of no known kind", "save the table as CSV, Parquet or xlsx")
    return "text"


def _format_of_zip(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            members = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError, UnicodeDecodeError, OSError):
        raise refusal(
            Code.BROKEN_WORKBOOK, "The file begins like a zip or xlsx, but is damaged or cut short."
        ) from None
    if "xl/workbook.xml" in members:
        return "xlsx"
    if "xl/workbook.bin" in members:
        raise _foreign("a binary workbook (.xlsb)", "save it as .xlsx or CSV")
    if "content.xml" in members:
        raise _foreign("an OpenDocument file", "save the sheet as .xlsx or CSV")
    raise _foreign("a zip archive", "unpack it and upload the file inside")


def _foreign(name: str, advice: str) -> Exception:
    return refusal(Code.UNSUPPORTED_FORMAT, f"The file is {name}. {TAKEN}; {advice}.")
