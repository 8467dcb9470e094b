"""A time budget: until when, and what becomes of a method that it stops."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from wrangler.impute.errors import OutOfTime
from wrangler.impute.work import Work


@dataclass(frozen=True)
class Unlearnt:
    """Stands for what a method would have learnt, had there been time."""


def learnt_in_time(learn: Callable[[], Any], method: str, work: Work) -> Any:  # noqa: ANN401 - the method's own
    """What `learn` answers, or `Unlearnt` and an event when the time budget stops it."""
    try:
        return learn()
    except OutOfTime as stop:
        work.tell(None, "stopped", f"Learning '{method}' was stopped: {stop}")
        return Unlearnt()


def filled_in_time(fill: Callable[[], Any], method: str, work: Work) -> dict[str, Any]:
    """What `fill` answers, or nothing and an event when the time budget stops it."""
    try:
        return dict(fill())
    except OutOfTime as stop:
        work.tell(None, "stopped", f"Filling by '{method}' was stopped: {stop}")
        return {}
