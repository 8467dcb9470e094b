"""Writing a file so that a reader, or a power cut, never finds half of it."""

import os
from pathlib import Path


def write_atomically(path: Path, content: str, *, durable: bool = True) -> None:
    """Write beside, flush to the disk if asked to, and rename into place."""
    beside = path.with_name(f".{path.name}.new")
    with beside.open("w", encoding="utf-8") as file:
        file.write(content)
        if durable:
            file.flush()
            os.fsync(file.fileno())
    beside.replace(path)
    if durable:
        _sync_directory(path.parent)


def _sync_directory(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
