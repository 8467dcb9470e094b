"""Child processes that are started again when they end, after growing pauses, until one of them fails too often."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import structlog

from wrangler.config import PROJECT_ROOT
from wrangler.sandbox import die_with_parent

logger = structlog.get_logger(__name__)


class FailedTooOften(Exception):
    """A child process ended again and again."""


@dataclass(frozen=True)
class RestartPolicy:
    """After the first failure in a row there is the first pause, and after each further one twice the one before.

    A child that ran for `steady_seconds` begins a new row. The child that failed `most_failures` times in a row is not
    started again.
    """

    first_pause_seconds: float = 1.0
    longest_pause_seconds: float = 30.0
    steady_seconds: float = 60.0
    most_failures: int = 5

    def pause_seconds(self, failures: int) -> float:
        return min(self.longest_pause_seconds, self.first_pause_seconds * 2.0 ** (failures - 1))


class SupervisedProcess:
    """One child, in a process group of its own: Ctrl-C in a terminal reaches only the process that supervises it."""

    def __init__(self, name: str, command: Sequence[str], environment: dict[str, str], policy: RestartPolicy) -> None:
        self._name = name
        self._command = command
        self._environment = environment
        self._policy = policy
        self._failures = 0
        self._restart_at: float | None = None  # None while it runs
        self.start()

    def start(self) -> None:
        self._started_at = time.monotonic()
        self._restart_at = None
        self._process = subprocess.Popen(
            self._command,
            cwd=PROJECT_ROOT,
            env=self._environment,
            process_group=0,
            preexec_fn=partial(die_with_parent, os.getpid()),  # noqa: PLW1509 - no other thread runs here
        )

    def look(self) -> None:
        """Note that the child ended, or start it again when its pause is over.

        Raises
        ------
        FailedTooOften
            When it ended as often in a row as is allowed.
        """
        if self._restart_at is None and self._process.poll() is not None:
            self._note_failure(self._process.returncode)
        elif self._restart_at is not None and time.monotonic() >= self._restart_at:
            self._signal_group(signal.SIGKILL)
            self.start()
            logger.warning("the %s is started again", self._name, pid=self._process.pid)

    def _note_failure(self, status: int) -> None:
        self._signal_group(signal.SIGTERM)  # workers whose master was killed hold its port
        is_steady = time.monotonic() - self._started_at >= self._policy.steady_seconds
        self._failures = 1 if is_steady else self._failures + 1
        how = f"was ended by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"
        if self._failures >= self._policy.most_failures:
            raise FailedTooOften(
                f"The {self._name} {how}, which is its failure {self._failures} in a row, and is not started again; "
                "see its last output for the reason."
            )
        pause = self._policy.pause_seconds(self._failures)
        self._restart_at = time.monotonic() + pause
        facts = (self._name, how, self._failures, self._policy.most_failures, pause)
        logger.warning("the %s %s (failure %d of %d); next start in %g s", *facts)

    def ask_to_end(self) -> None:
        if self._process.poll() is None:
            self._process.terminate()

    @property
    def has_ended(self) -> bool:
        return self._process.poll() is not None

    def kill(self) -> None:
        """End at once whatever is left of the child and of its group."""
        self._signal_group(signal.SIGKILL)
        self._process.wait()

    def _signal_group(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)
