"""Files that the tests build: workbooks, Parquet files, and the ones made to do harm."""

import io
import zipfile
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter


def workbook(rows: Sequence[Sequence[Any]], *, sheet: str = "one", more: Sequence[str] = ()) -> bytes:
    """A workbook whose first sheet holds the rows; None is a blank cell."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "default_date_format": "yyyy-mm-dd hh:mm:ss"}) as book:
        cells = book.add_worksheet(sheet)
        hours = book.add_format({"num_format": "[h]:mm:ss"})
        for number, row in enumerate(rows):
            for place, value in enumerate(row):
                if value is not None:
                    cells.write(number, place, value, *([hours] if isinstance(value, timedelta) else []))
        for name in more:
            book.add_worksheet(name).write_row(0, 0, ["other"])
    return out.getvalue()


def far_cell(row: int, column: int) -> bytes:
    """A small workbook with one cell far away from the others."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        cells = book.add_worksheet()
        cells.write_row(0, 0, ["a", "b"])
        cells.write(row, column, 1)
    return out.getvalue()


def inflating_workbook(megabytes: int) -> bytes:
    """A workbook with a member that unpacks to some megabytes of blanks."""
    out = io.BytesIO(workbook([["a"], [1]]))
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("xl/media/blanks.bin", b" " * (megabytes * 1024**2))
    return out.getvalue()


def parquet(table: pa.Table, **options: Any) -> bytes:
    out = io.BytesIO()
    pq.write_table(table, out, **options)
    return out.getvalue()


def repeating_parquet(path: Path, rows: int) -> bytes:
    """A few kilobytes that stand for very many rows."""
    group = pa.table({"a": pa.array([1], pa.int64()).take(pa.array([0] * 100_000))})
    with pq.ParquetWriter(path, group.schema, compression="zstd") as writer:
        for _ in range(rows // 100_000):
            writer.write_table(group)
    return path.read_bytes()


def packed_by_zip(data: bytes, name: str = "table.csv") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return out.getvalue()


def packed_by_zstd(data: bytes) -> bytes:
    out = pa.BufferOutputStream()
    with pa.CompressedOutputStream(out, "zstd") as packer:
        packer.write(data)
    return out.getvalue().to_pybytes()


def with_member(data: bytes, name: str, content: str | bytes) -> bytes:
    """A zip archive with one member put in the place of another."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for member in old.namelist():
            archive.writestr(member, content if member == name else old.read(member))
    return out.getvalue()
