"""Zip archives checked against the limits before anything is parsed: members, sizes, cells of sheets."""

import zipfile
import zlib
from pathlib import Path

from wrangler.importing.errors import Code, refusal
from wrangler.importing.options import ImportLimits
from wrangler.importing.readers.sheet_extents import scanner_of

MOST_MEMBERS = 2000
MOST_INFLATION = 200
INFLATION_FREE_BYTES = 10 * 1024**2
CHUNK_BYTES = 1 << 20
BYTES_OF_CELL = 64
IS_ENCRYPTED = 0x1


def check_workbook(path: Path, limits: ImportLimits) -> int:
    """Refuse bombs; returns how many cells hold an error such as #DIV/0!."""
    errors = 0
    try:
        with zipfile.ZipFile(path) as archive:
            _check_members(archive.infolist(), path.stat().st_size, limits)
            for member in archive.infolist():
                errors += _inflate(archive, member, limits)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OSError):
        raise broken_workbook() from None
    return errors


def broken_workbook() -> Exception:
    return refusal(Code.BROKEN_WORKBOOK, "The workbook is damaged or cut short. Save it anew and upload it again.")


def _check_members(members: list[zipfile.ZipInfo], packed: int, limits: ImportLimits) -> None:
    if len(members) > MOST_MEMBERS:
        message = f"The archive has {len(members):,} members; at most {MOST_MEMBERS:,} are taken."
        raise refusal(Code.TOO_LARGE, message)
    if any(member.flag_bits & IS_ENCRYPTED for member in members):
        raise refusal(Code.UNSUPPORTED_FORMAT, "The workbook is protected by a password. Save it without one.")
    inflated = sum(member.file_size for member in members)
    if inflated > limits.inflated_bytes:
        message = f"Unpacked, the workbook has {inflated:,} bytes; at most {limits.inflated_bytes:,} are taken."
        raise refusal(Code.TOO_LARGE, message)
    if inflated > INFLATION_FREE_BYTES and inflated > MOST_INFLATION * packed:
        raise refusal(
            Code.TOO_LARGE,
            f"The workbook unpacks to {inflated // max(packed, 1):,} times its size, as bombs do; at most "
            f"{MOST_INFLATION} times is taken. If it is genuine, save it as CSV.",
        )


def _inflate(archive: zipfile.ZipFile, member: zipfile.ZipInfo, limits: ImportLimits) -> int:
    """Unpack a member to nothing: its true size and checksum must be as declared, its cells within the budget."""
    scanner = scanner_of(member.filename)
    with archive.open(member) as stream:
        while chunk := stream.read(CHUNK_BYTES):
            if scanner:
                scanner.feed(chunk)
                _check_extent(scanner.extent.rows, scanner.extent.columns, limits)
    return scanner.extent.errors if scanner else 0


def _check_extent(rows: int, columns: int, limits: ImportLimits) -> None:
    cells = rows * columns
    most = min(limits.cells, limits.memory_bytes // BYTES_OF_CELL)
    if cells > most:
        raise refusal(
            Code.TOO_MANY_CELLS,
            f"A sheet reaches to row {rows:,} and column {columns:,}, which is {cells:,} cells; at most {most:,} are "
            "taken. Remove far-off cells, or save the sheet as CSV.",
        )
