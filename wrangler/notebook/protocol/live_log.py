"""`log.txt`: what a run's cells print and when each began, written while it happens and kept beside the report."""

import contextlib
import os
from datetime import UTC, datetime
from pathlib import Path

from wrangler.notebook.protocol.output_limits import RUN_BYTES
from wrangler.notebook.protocol.spec import LIVE_LOG_FILE

_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class LiveLog:
    """The log of one run, begun or continued. Each write is one call to the system, so that a reader sees it at once.

    The run's own code may do with the file what it likes: a link in its place is not followed, and a file that cannot
    be written ends no run.
    """

    def __init__(self, folder: Path, *, most_bytes: int = RUN_BYTES) -> None:
        self._path = folder / LIVE_LOG_FILE
        self._most_bytes = most_bytes
        self._printed_bytes = 0
        self._is_cut = False
        self._is_within_line = _ends_within_line(self._path)

    def printed(self, text: str) -> None:
        """What a cell printed, as long as the log is not full; then a line that notes it, once."""
        content = text.encode(errors="replace")
        left = self._most_bytes - self._printed_bytes
        self._printed_bytes += len(content)
        if len(content) <= left:
            self._append(content)
        elif not self._is_cut:
            self._is_cut = True
            self._append(content[:left].decode(errors="ignore").encode())
            self.note(
                f"cut by Wrangler: this run printed more than {self._most_bytes / 1e6:g} MB; the rest is not kept"
            )

    def note(self, sentence: str) -> None:
        """A line of Wrangler's own, with the time."""
        begin = "\n" if self._is_within_line else ""
        self._append(f"{begin}[{datetime.now(UTC):%Y-%m-%d %H:%M:%SZ}] {sentence}\n".encode(errors="replace"))

    def _append(self, content: bytes) -> None:
        if not content:
            return
        with contextlib.suppress(OSError):
            descriptor = os.open(self._path, _FLAGS, 0o600)
            try:
                os.write(descriptor, content)
            finally:
                os.close(descriptor)
        self._is_within_line = not content.endswith(b"\n")


def _ends_within_line(path: Path) -> bool:
    if path.is_symlink() or not path.is_file() or not path.stat().st_size:
        return False
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) != b"\n"
