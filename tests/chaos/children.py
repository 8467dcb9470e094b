"""Child processes that a keeper starts again whenever they end, as a service manager does."""

import signal
import subprocess
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from wrangler.config import PROJECT_ROOT

LOOK_SECONDS = 0.1
STOP_SECONDS = 60
ENDS_WITH = {None: (), signal.SIGKILL: (-signal.SIGKILL,), signal.SIGTERM: (0, -signal.SIGTERM)}
"""The exit codes of a process that was sent this signal; without one it may not end at all. One that is asked to stop
while it is still being loaded dies of it, and holds nothing yet."""


@dataclass
class Child:
    """One process of the installation under its name; its pid changes with every start."""

    name: str
    command: Sequence[str]
    environment: dict[str, str]
    log: Path
    last_signal: int | None = None
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.last_signal = None
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, cwd=PROJECT_ROOT, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def poll(self) -> int | None:
        assert self.process is not None
        return self.process.poll()

    def signal(self, number: int) -> None:
        """Send a signal after which the process may end."""
        assert self.process is not None
        self.last_signal = number
        self.process.send_signal(number)


@dataclass
class Keeper:
    """Starts again what ended, and notes what ended though nobody had sent it a signal."""

    children: list[Child]
    crashes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="keeper", daemon=True)

    def start(self) -> None:
        for child in self.children:
            child.start()
        self._thread.start()

    @property
    def is_stopped(self) -> bool:
        return self._ended.is_set()

    def stop(self) -> None:
        """Keep no longer, and ask all to end: those that do not within a minute are killed and noted."""
        self._ended.set()
        self._thread.join()
        for child in self.children:
            child.signal(signal.SIGTERM)
        for child in self.children:
            assert child.process is not None
            try:
                code = child.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                child.process.kill()
                code = child.process.wait()
            if code not in ENDS_WITH[signal.SIGTERM]:
                self.crashes.append(f"{child.name} ended with {code} when it was asked to stop")

    def _keep(self) -> None:
        while not self._ended.wait(LOOK_SECONDS):
            for child in self.children:
                code = child.poll()
                if code is None:
                    continue
                if code not in ENDS_WITH[child.last_signal]:
                    self.crashes.append(f"{child.name} ended with {code} after signal {child.last_signal}")
                child.start()
