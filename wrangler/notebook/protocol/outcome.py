"""What a run reports while it goes on and when it has ended."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self


class ErrorCode(StrEnum):
    CELL_FAILED = "CELL_FAILED"
    KERNEL_DIED = "KERNEL_DIED"
    OUT_OF_MEMORY = "OUT_OF_MEMORY"
    TOO_MANY_PROCESSES = "TOO_MANY_PROCESSES"
    TOO_MUCH_WRITTEN = "TOO_MUCH_WRITTEN"
    TIMED_OUT = "TIMED_OUT"
    STOPPED = "STOPPED"
    RESULT_MISSING = "RESULT_MISSING"
    RESULT_INVALID = "RESULT_INVALID"
    EXITED_EARLY = "EXITED_EARLY"
    RUNNER_DIED = "RUNNER_DIED"


@dataclass(frozen=True)
class RunError:
    """Why a run failed: a stable code, a plain sentence with advice, and the cell of `report.ipynb` it happened in."""

    code: str
    message: str
    cell: int | None = None
    heading: str | None = None
    exception: str | None = None

    @classmethod
    def from_dict(cls, fields: dict[str, Any]) -> Self:
        """The error that a runner reports, in text that can be stored."""
        words: dict[str, Any] = {name: storable(one) if isinstance(one, str) else one for name, one in fields.items()}
        return cls(**words)


def storable(text: str) -> str:
    """The same text without what no database stores: NUL and halves of surrogate pairs."""
    return text.encode(errors="replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")


@dataclass(frozen=True)
class Progress:
    """How far a run has come; `cells_*` count code cells, `fraction` runs from 0 to 1 and never back."""

    cells_done: int = 0
    cells_total: int = 0
    heading: str = ""
    fraction: float = 0.0
    log_tail: str = ""


@dataclass(frozen=True)
class ArtifactFile:
    """A file that a run left in its folder."""

    name: str
    media_type: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Outcome:
    """How a run ended. `succeeded` means that every code cell ran and that the result file is valid."""

    succeeded: bool
    error: RunError | None
    artifacts: list[ArtifactFile] = field(default_factory=list)
    result: dict[str, Any] | None = None
    peak_memory_bytes: int = 0
    cpu_seconds: float = 0.0
    duration_seconds: float = 0.0

    @property
    def stopped(self) -> bool:
        """Whether it was ended from outside, before it could end by itself."""
        return self.error is not None and self.error.code == ErrorCode.STOPPED
