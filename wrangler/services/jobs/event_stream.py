"""The events of a job for one who follows it: each change and each piece of its log, once, to the end."""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from wrangler.errors import FieldError, InvalidInput
from wrangler.models import JobState
from wrangler.services.jobs.change_hub import Hub, JobSnapshot
from wrangler.services.jobs.logs import LogFile
from wrangler.services.storage import Storage

_POSITION = re.compile(r"([0-9]{1,9})-([0-9a-f]{8})-([0-9]{1,15})(-end)?")
_NOTHING = "0" * 8


@dataclass(frozen=True)
class Position:
    """How many of a job's events somebody has: the attempt, the tag of the last state seen, and bytes of the log."""

    attempt: int = 0
    mark: str = _NOTHING
    offset: int = 0
    is_end: bool = False

    @classmethod
    def parse(cls, text: str) -> "Position":
        """The position that an event's id names.

        Raises
        ------
        InvalidInput
            When no event ever had this id.
        """
        found = _POSITION.fullmatch(text)
        if found is None:
            message = "is not the id of an event of this job"
            raise InvalidInput(f"Last-Event-ID {message}.", errors=[FieldError("/last_event_id", message)])
        attempt, mark, offset, end = found.groups()
        return cls(int(attempt), mark, int(offset), end is not None)

    def __str__(self) -> str:
        return f"{self.attempt}-{self.mark}-{self.offset}{'-end' if self.is_end else ''}"


@dataclass(frozen=True)
class Event:
    """Something new: `progress`, `log` or `end`. Its reader is then at `position`."""

    kind: str
    position: Position
    facts: dict[str, Any]


def follow(job: JobSnapshot, after: Position, hub: Hub, storage: Storage, *, seconds: float) -> Iterator[Event | None]:
    """What is new after a position, until the job's end, the server's, or the end of the time; None while nothing is.

    Whoever is cut off goes on from the position of the last event, and gets nothing twice.
    """
    give_up_at = time.monotonic() + seconds
    now: JobSnapshot | None = job
    with hub.watching(job.id):
        while now is not None:
            for event in _news(now, after, storage):
                after = event.position
                yield event
            if now.state.is_final or hub.is_closing or time.monotonic() >= give_up_at:
                return
            yield None
            now = hub.next_look(now)


def _news(job: JobSnapshot, after: Position, storage: Storage) -> Iterator[Event]:
    if job.attempt != after.attempt:
        after = Position(attempt=job.attempt)
    if job.mark != after.mark:
        after = replace(after, mark=job.mark)
        yield Event("progress", after, _progress(job))
    log = LogFile(storage, job.id, job.attempt)
    while job.state is not JobState.QUEUED:
        text, offset = log.read_text(after.offset, is_finished=job.state.is_final)
        if not text:
            break
        after = replace(after, offset=offset)
        yield Event("log", after, {"attempt": job.attempt, "offset": offset, "text": text})
    if job.state.is_final:
        yield Event("end", replace(after, is_end=True), {"state": job.state.value, "error": job.error})


def _progress(job: JobSnapshot) -> dict[str, Any]:
    return {
        "state": job.state.value,
        "progress": job.progress,
        "stage": job.stage,
        "attempt": job.attempt,
        "expected_seconds_left": job.expected_seconds_left,
    }
