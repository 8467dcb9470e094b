"""Sheets in the two formats that no library here writes: OpenDocument and Excel's binary workbook."""

import io
import struct
import zipfile
from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape

NAMESPACES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
)
WIDTH, HEIGHT = 16_384, 1_048_576
RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" '
    'Target="worksheets/sheet1.bin"/></Relationships>'
)


def _archive(members: dict[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def opendocument(rows: Sequence[Sequence[Any]], *, body: str | None = None, tail: bool = False) -> bytes:
    """A sheet of OpenDocument; `tail` fills it up with blank cells, as office programs do."""
    blank = f'<table:table-cell table:number-columns-repeated="{WIDTH}"/>' if tail else ""
    if body is None:
        body = "".join(f"<table:table-row>{''.join(map(_cell, row))}{blank}</table:table-row>" for row in rows)
    if tail:
        body += f'<table:table-row table:number-rows-repeated="{HEIGHT - len(rows)}">{blank}</table:table-row>'
    content = (
        f'<?xml version="1.0"?><office:document-content {NAMESPACES}><office:body><office:spreadsheet>'
        f'<table:table table:name="one">{body}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    mimetype = "application/vnd.oasis.opendocument.spreadsheet"
    return _archive({"mimetype": mimetype, "content.xml": content, "META-INF/manifest.xml": "<manifest/>"})


def _cell(value: Any) -> str:
    if value is None:
        return "<table:table-cell/>"
    kind = {bool: "boolean", str: "string"}.get(type(value), "float")
    attribute = (
        "" if kind == "string" else f' office:{"boolean-" if kind == "boolean" else ""}value="{str(value).lower()}"'
    )
    text = f"<text:p>{escape(str(value))}</text:p>"
    return f'<table:table-cell office:value-type="{kind}"{attribute}>{text}</table:table-cell>'


def repeated_cell(columns: int, rows: int) -> bytes:
    """A sheet of OpenDocument whose one filled cell is said to be repeated."""
    cell = f'<table:table-cell table:number-columns-repeated="{columns}" office:value-type="float" office:value="1"/>'
    return opendocument([], body=f'<table:table-row table:number-rows-repeated="{rows}">{cell}</table:table-row>')


def binary_workbook(rows: Sequence[Sequence[Any]], *, first_row: int = 0) -> bytes:
    """A workbook as Excel stores it in .xlsb; rows after the header begin at `first_row`."""
    cells = b"".join(
        _row(number + (first_row if number else 0)) + b"".join(map(_binary_cell, range(len(row)), row))
        for number, row in enumerate(rows)
    )
    width = max(map(len, rows), default=1)
    dimension = _record(148, struct.pack("<4I", 0, first_row + len(rows) - 1, 0, width - 1))
    sheet = _record(129) + dimension + _record(145) + cells + _record(146) + _record(130)
    bundle = _record(156, struct.pack("<2I", 0, 1) + _wide("rId1") + _wide("one"))
    book = _record(131) + _record(143) + bundle + _record(144) + _record(132)
    return _archive(
        {"xl/workbook.bin": book, "xl/_rels/workbook.bin.rels": RELATIONS, "xl/worksheets/sheet1.bin": sheet}
    )


def _record(kind: int, data: bytes = b"") -> bytes:
    head = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    size = len(data)
    attribute = bytes([size]) if size < 128 else bytes([size & 0x7F | 0x80, size >> 7])
    return head + attribute + data


def _wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def _row(number: int) -> bytes:
    return _record(0, struct.pack("<IIHBBBI", number, 0, 300, 0, 0, 0, 0))


def _binary_cell(column: int, value: Any) -> bytes:
    place = struct.pack("<II", column, 0)
    if value is None:
        return _record(1, place)
    if isinstance(value, bool):
        return _record(4, place + bytes([value]))
    if isinstance(value, str):
        return _record(6, place + _wide(value))
    return _record(5, place + struct.pack("<d", value))
