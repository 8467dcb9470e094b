"""Watching over one run from outside: its progress, its limits, its end."""

import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace

from wrangler.notebook import failures, folder, harvest
from wrangler.notebook.channel import Channel
from wrangler.notebook.environment import minimal_environment
from wrangler.notebook.outcome import Outcome, Progress, RunError
from wrangler.notebook.result import read_result
from wrangler.notebook.settle import settle
from wrangler.notebook.spec import HTML_FILE, LOG_FILE, NOTEBOOK_FILE, RESULT_FILE, RunSpec
from wrangler.notebook.tree import end_run
from wrangler.notebook.watch import Watch


def supervise(spec: RunSpec, beat: Callable[[Progress], bool], *, beat_seconds: float) -> Outcome:
    """Run `spec` in a child of its own and say truly how it ended.

    `beat` is called at once, at every progress but not more often than each half second, and at least every
    `beat_seconds`; when it answers False, or raises, the whole process tree is killed. Whatever happens, no process of
    the run is alive when this returns. Raises `InvalidInput` for parameters that the template does not take and
    `Conflict` when the template is no longer the one asked for; every other ending is an `Outcome`.
    """
    spec = replace(spec, folder=spec.folder.resolve())
    folder.prepare(spec)
    environment = minimal_environment(spec.folder, threads=spec.threads, token=secrets.token_hex(16))
    watch = _run(spec, environment, beat, beat_seconds)
    error = watch.error
    if watch.finished is None:
        error = settle(spec, environment, error or failures.runner_died(folder.log_tail(spec)))
    outcome = _conclude(watch, error)
    folder.tidy(spec)
    return outcome


def _run(spec: RunSpec, environment: dict[str, str], beat: Callable[[Progress], bool], beat_seconds: float) -> Watch:
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            child = _start(spec, theirs.fileno(), environment)
        watch = Watch(spec, Channel(ours), child.pid)
        try:
            watch.until_the_end(beat, beat_seconds)
        finally:
            end_run(child.pid, environment)
            _, status, usage = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
        watch.usage.at_least(usage.ru_utime + usage.ru_stime)
    return watch


def _start(spec: RunSpec, descriptor: int, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    argv = [sys.executable, "-P", "-m", "wrangler.notebook.runner", str(descriptor), str(os.getpid())]
    with (spec.folder / LOG_FILE).open("wb") as log:
        return subprocess.Popen(
            argv,
            cwd=spec.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=(descriptor,),
            start_new_session=True,
        )


def _conclude(watch: Watch, error: RunError | None) -> Outcome:
    """The outcome. What the child says of the result is not believed: the file is read again here."""
    spec = watch.spec
    result = None
    if error is None:
        result, error = read_result(spec.folder / RESULT_FILE, spec.template.kind)
    left = harvest.artifacts(spec.folder)
    if error is not None:
        left = [artifact for artifact in left if artifact.name in (NOTEBOOK_FILE, HTML_FILE)]
    return Outcome(
        succeeded=error is None,
        error=error,
        artifacts=left,
        result=result,
        peak_memory_bytes=watch.usage.peak_memory_bytes,
        cpu_seconds=watch.usage.cpu_seconds,
        duration_seconds=time.monotonic() - watch.started,
    )
