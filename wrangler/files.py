"""Files that are whole or not there, on the disk before anything refers to them, and known by their SHA-256."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path


def bytes_sha256(content: bytes) -> str:
    """SHA-256 of bytes, in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync(path: Path) -> None:
    """Have a file's bytes, or a folder's entries, on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def replace_file(path: Path, write: Callable[[Path], object], *, durable: bool = False) -> None:
    """Have a file written beside its place and put there at once, so that no reader finds half of it.

    Parameters
    ----------
    path : Path
    write : callable
        Writes the file that it is given.
    durable : bool
        Whether the new file must survive a loss of power.
    """
    beside = path.with_name(f".{path.name}.new")
    try:
        write(beside)
        if durable:
            sync(beside)
        beside.replace(path)
        if durable:
            sync(path.parent)
    finally:
        beside.unlink(missing_ok=True)
