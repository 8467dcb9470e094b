"""One packed file (gzip, zstd, or a zip of one member) unpacked within the limits, whatever its headers declare."""

import gzip
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa

from wrangler.importing.errors import Code, refusal
from wrangler.importing.options import ImportLimits
from wrangler.importing.readers.zip_limits import (
    CHUNK_BYTES,
    INFLATION_FREE_BYTES,
    IS_ENCRYPTED,
    MOST_INFLATION,
    MOST_MEMBERS,
)

PACKINGS = frozenset({"gzip", "zstd", "zip"})
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OSError, RuntimeError)
APPLE_EXTRAS = "__MACOSX/"


def unpack(path: Path, packing: str, folder: Path, limits: ImportLimits) -> Path:
    """The file inside, written into `folder`."""
    target = folder / "unpacked"
    most = min(limits.inflated_bytes, max(INFLATION_FREE_BYTES, MOST_INFLATION * path.stat().st_size))
    with target.open("wb") as out:
        for chunk in _chunks(path, packing):
            if out.tell() + len(chunk) > most:
                raise _bomb(most, limits)
            out.write(chunk)
    if target.stat().st_size == 0:
        raise refusal(Code.EMPTY_FILE, f"The file inside the {packing} archive is empty: it holds no bytes at all.")
    return target


def nested_archive(packing: str) -> Exception:
    message = f"Inside the archive lies another one ({packing}). Upload the table itself, packed at most once."
    return refusal(Code.NESTED_ARCHIVE, message)


def _chunks(path: Path, packing: str) -> Iterator[bytes]:
    try:
        with _opened(path, packing) as stream:
            while chunk := stream.read(CHUNK_BYTES):
                yield chunk
    except BROKEN as error:
        message = f"The {packing} archive is damaged or cut short. Pack the file anew and upload it again."
        raise refusal(Code.BROKEN_ARCHIVE, message) from error


@contextmanager
def _opened(path: Path, packing: str) -> Iterator[Any]:
    if packing == "gzip":
        with gzip.open(path) as stream:
            yield stream
    elif packing == "zstd":
        with pa.CompressedInputStream(pa.OSFile(str(path)), "zstd") as stream:
            yield stream
    else:
        with zipfile.ZipFile(path) as archive, archive.open(_only_member(archive)) as stream:
            yield stream


def _only_member(archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    members = [m for m in archive.infolist() if not m.is_dir() and not m.filename.startswith(APPLE_EXTRAS)]
    if len(archive.infolist()) > MOST_MEMBERS or len(members) != 1:
        raise refusal(
            Code.SEVERAL_MEMBERS,
            f"The zip archive holds {len(members):,} files; one table at a time is taken. Upload the file that is it.",
        )
    if members[0].flag_bits & IS_ENCRYPTED:
        raise refusal(Code.UNSUPPORTED_FORMAT, "The zip archive is protected by a password. Pack it without one.")
    return members[0]


def _bomb(most: int, limits: ImportLimits) -> Exception:
    if most >= limits.inflated_bytes:
        return refusal(Code.TOO_LARGE, f"Unpacked, the file has more than the {most:,} bytes that are taken.")
    return refusal(
        Code.TOO_LARGE,
        f"The archive unpacks to more than {MOST_INFLATION} times its size, as bombs do. If it is genuine, upload the "
        "file unpacked.",
    )
