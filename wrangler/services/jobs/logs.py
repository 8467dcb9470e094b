"""The log of a job: read where its run writes it, and where it lies once it is published."""

import codecs
import os
import stat
import uuid
from dataclasses import dataclass

from wrangler.notebook.protocol import LIVE_LOG_FILE
from wrangler.services.storage import Storage

MOST_BYTES = 64 * 1024


@dataclass(frozen=True)
class LogFile:
    """The log of one attempt at a job."""

    storage: Storage
    job_id: uuid.UUID
    attempt: int

    def read(self, offset: int, at_most: int | None = None) -> tuple[bytes, int]:
        """Bytes from `offset` on, and the offset after them; nothing when there is no log, or not so much of it.

        The run's own code may put something else in the file's place: a link is not followed, a pipe not waited for.
        """
        for folder in (self.storage.published, self.storage.run):
            path = folder(self.job_id, self.attempt) / LIVE_LOG_FILE
            try:
                descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
            except OSError:
                continue
            with os.fdopen(descriptor, "rb") as file:
                facts = os.fstat(file.fileno())
                if not stat.S_ISREG(facts.st_mode):
                    return b"", 0
                begin = file.seek(min(offset, facts.st_size))
                content = file.read(facts.st_size - begin if at_most is None else at_most)
                return content, begin + len(content)
        return b"", 0

    def read_text(self, offset: int, *, is_finished: bool) -> tuple[str, int]:
        """Whole characters from `offset` on, a piece at a time: one that is half written is left for the next call."""
        content, after = self.read(offset, MOST_BYTES)
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        text = decoder.decode(content)
        pending = len(decoder.getstate()[0])
        if pending == len(content) and is_finished:
            return decoder.decode(b"", final=True), after
        return text, after - pending
