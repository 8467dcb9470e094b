"""What a supervisor knows of a run while it goes on, and when it steps in."""

import math
import os
import selectors
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psutil

from wrangler.notebook.protocol import Channel, Progress, RunError, RunSpec, failures, storable
from wrangler.sandbox import Usage, descendants, kill

MOST_ENTRIES = 1_000
_BLOCK_BYTES = 512
_MEGABYTE = 1e6

_SHORTEST_HEARTBEAT_SECONDS = 0.5
_SAMPLE_SECONDS = 0.5
_GRACE_SECONDS = 3.0  # for the runner to write its report after it was asked to stop


class Watch:
    """Follows one runner from its start to its last message."""

    def __init__(self, spec: RunSpec, channel: Channel, runner: psutil.Process, started: float) -> None:
        self.spec = spec
        self.runner = runner
        self.started = started
        self.usage = Usage()
        self.progress = Progress()
        self.finished: dict[str, Any] | None = None
        self.cell: int | None = None
        self._channel = channel
        self._stop: RunError | None = None
        self._give_up_at = math.inf
        self._reported: Progress | None = None
        self._heartbeat_at = -math.inf
        self._sample_at = self.started

    @property
    def error(self) -> RunError | None:
        """Why the run failed as far as is known; a stop wins over whatever the runner made of it."""
        reported_error = self.finished["error"] if self.finished else None
        reported = RunError.from_dict(reported_error) if reported_error else None
        if self._stop and (reported is None or reported.code != self._stop.code):
            return self._stop
        return reported

    @property
    def is_lost_without_report(self) -> bool:
        """The runner is gone without a message, and nobody had asked it to go."""
        return self._channel.is_closed and self.cell is None and self.finished is None and self._stop is None

    def until_the_end(self, heartbeat: Callable[[Progress], bool], heartbeat_seconds: float) -> None:
        """Follow the run until its runner has finished, is gone, or does not obey."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._channel, selectors.EVENT_READ)
            while not self._is_over():
                if self._stop is None:
                    self._step_in(heartbeat, heartbeat_seconds)
                if selector.select(self._wait_seconds(heartbeat_seconds)):
                    for message in self._channel.receive():
                        self._take(message)

    def _is_over(self) -> bool:
        return self.finished is not None or self._channel.is_closed or time.monotonic() >= self._give_up_at

    def _step_in(self, heartbeat: Callable[[Progress], bool], heartbeat_seconds: float) -> None:
        now = time.monotonic()
        if now >= self.started + self.spec.deadline_seconds:
            self._request_stop(failures.run_timed_out(self.spec.deadline_seconds))
        elif self._is_heartbeat_due(now, heartbeat_seconds):
            self._reported, self._heartbeat_at = self.progress, now
            if not heartbeat(self.progress):
                self._request_stop(failures.stopped())
        if now >= self._sample_at:
            self._sample(now)

    def _is_heartbeat_due(self, now: float, heartbeat_seconds: float) -> bool:
        since = now - self._heartbeat_at
        return since >= heartbeat_seconds or (self.progress != self._reported and since >= _SHORTEST_HEARTBEAT_SECONDS)

    def _sample(self, now: float) -> None:
        self._sample_at = now + _SAMPLE_SECONDS
        processes = descendants(self.runner)
        if self.spec.processes is not None and len(processes) > self.spec.processes:
            self._request_stop(failures.too_many_processes(len(processes), self.spec.processes))
            # Not left to the runner: a fork bomb leaves it no time, and measuring would let it grow. With the first
            # process of a sandbox all others end at once, however many they are by now.
            kill([self.runner] if self.spec.isolated else processes)
            return
        self._measure_files()
        held = self.usage.sample(processes)
        limit = self.spec.memory_bytes
        if limit is not None and held > limit:
            self._request_stop(failures.out_of_memory(f"{held / _MEGABYTE:.0f} MB of {limit / _MEGABYTE:.0f} MB"))

    def _measure_files(self) -> None:
        if self.spec.written_bytes is not None:
            too_much = excess(self.spec.folder, self.spec.written_bytes)
            if too_much is not None:
                self._request_stop(failures.too_much_written(too_much))

    def _wait_seconds(self, heartbeat_seconds: float) -> float:
        events = [self._sample_at, self.started + self.spec.deadline_seconds, self._heartbeat_at + heartbeat_seconds]
        if self.progress != self._reported:
            events.append(self._heartbeat_at + _SHORTEST_HEARTBEAT_SECONDS)
        if self._stop:
            events = [self._give_up_at]
        return max(0.0, min(events) - time.monotonic())

    def _take(self, message: dict[str, Any]) -> None:
        kind = message.pop("type")
        if kind == "finished":
            self.finished = message
            self.usage.at_least(message["cpu_seconds"], message["peak_memory_bytes"])
        elif kind == "progress":
            self.cell = message.pop("cell")
            self.progress = Progress(**{**message, "heading": storable(message["heading"])})

    def _request_stop(self, error: RunError) -> None:
        if self._stop is None:
            self._stop = error
            self._give_up_at = time.monotonic() + _GRACE_SECONDS
            self._channel.send("stop", error=asdict(error))


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
