"""How much a run has on the disk: looked at while it runs, for no limit of the machine counts a folder."""

import os
from pathlib import Path

MOST_ENTRIES = 1_000
_BLOCK_BYTES = 512
_MEGABYTE = 1e6


def excess(folder: Path, most_bytes: int) -> str | None:
    """What is too much in the folder, in words; None if nothing is.

    What cannot be looked at counts as too much: nobody but the run itself has made it so.
    """
    used, entries, waiting = 0, 0, [os.fspath(folder)]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as found:
                for entry in found:
                    entries += 1
                    used += _bytes(entry)
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    if used > most_bytes:
                        return f"over {most_bytes / _MEGABYTE:.0f} MB"
                    if entries > MOST_ENTRIES:
                        return f"over {MOST_ENTRIES:,} files and folders"
        except FileNotFoundError:
            continue
        except OSError as error:
            return f"a folder that cannot be looked at ({error.strerror})"
    return None


def _bytes(entry: os.DirEntry[str]) -> int:
    try:
        return entry.stat(follow_symlinks=False).st_blocks * _BLOCK_BYTES
    except FileNotFoundError:
        return 0
