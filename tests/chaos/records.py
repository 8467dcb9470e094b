"""What a campaign writes down while it goes on: orders, answers, faults, what was seen of final jobs."""

import threading
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from tests.chaos.notebooks import PlannedEnding
from tests.chaos.processes import Run
from tests.chaos.server_errors import ServerError
from wrangler.models import JobState

FINAL_STATES = frozenset(state.value for state in JobState if state.is_final)


class Outcome(StrEnum):
    """How an order looks to the client that gave it."""

    ACKNOWLEDGED = "acknowledged"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass
class Submission:
    """One order under one idempotency key, however often it was sent."""

    key: str
    kind: str
    ending: PlannedEnding
    seconds: float
    hangs_up: bool = False
    gives_up: bool = False
    sends_again: bool = False
    misuses_key: bool = False
    cancels_after: float | None = None

    outcome: Outcome = Outcome.UNKNOWN
    attempts: int = 0
    job_ids: set[str] = field(default_factory=set)
    cancel_asked: bool = False


@dataclass(frozen=True)
class HttpResponse:
    """One request: `status` is None when no reply came."""

    at: float
    seconds: float
    call: str
    status: int | None
    retry_after: bool  # it carried Retry-After


@dataclass(frozen=True)
class Wound:
    """What a fault hit: in a word, and with the runs that were hit."""

    detail: str
    lost_runs: frozenset[Run] = frozenset()  # whose worker was killed or stopped
    killed_runs: frozenset[Run] = frozenset()  # whose own processes were killed
    missed: bool = False  # there was nothing that it could hurt


@dataclass(frozen=True)
class Fault:
    """One thing that was done to the installation, from its start to its repair."""

    number: int
    kind: str
    wound: Wound
    at: float
    until: float


@dataclass(frozen=True)
class Seen:
    """A job as the API showed it."""

    state: str
    attempt: int
    finished_at: str | None


@dataclass
class EventLog:
    """All of it, in one place; written by many threads."""

    submissions: list[Submission] = field(default_factory=list)
    responses: list[HttpResponse] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    seen: dict[str, list[Seen]] = field(default_factory=lambda: defaultdict(list))
    files: dict[str, set[frozenset[tuple[str, str]]]] = field(default_factory=lambda: defaultdict(set))
    complaints: list[str] = field(default_factory=list)
    server_errors: list[ServerError] = field(default_factory=list)
    web_log: Path | None = None
    started_at: float = field(default_factory=time.time)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._concluded = 0
        self._final_since: dict[str, float] = {}
        self._acknowledged: set[str] = set()

    def conclude(self, submission: Submission, outcome: Outcome) -> None:
        with self._lock:
            submission.outcome = outcome
            self._concluded += 1
            self._acknowledged |= submission.job_ids

    def look_at(self, job: Mapping[str, Any], asked_at: float) -> bool:
        """Keep the first final look at a job as the API shows it, and later ones that differ; True at the first.

        An answer that was asked for (`time.monotonic`) before that first look came reports nothing against it.
        """
        job_id, seen = job["id"], Seen(job["state"], job["attempt"], job["finished_at"])
        with self._lock:
            looks = self.seen[job_id]
            is_first = seen.state in FINAL_STATES and not looks
            if is_first:
                self._final_since[job_id] = time.monotonic()
            if is_first or (looks and seen not in looks and asked_at > self._final_since[job_id]):
                looks.append(seen)
            return is_first

    @property
    def concluded(self) -> int:
        """Orders whose client is done with them."""
        return self._concluded

    @property
    def unfinished(self) -> int:
        """Acknowledged jobs that have not been seen in a final state."""
        with self._lock:
            return len(self._acknowledged - self._final_since.keys())

    @property
    def settled(self) -> int:
        """Orders of which nothing more is to come."""
        return self.concluded - self.unfinished
