"""Supervising one run: its progress, its limits, its end."""

import time
from collections.abc import Callable
from dataclasses import replace

from wrangler.notebook.forkserver import ForkServerClient, run_token
from wrangler.notebook.protocol import (
    RESULT_FILE,
    RUN_RECORD,
    LiveLog,
    Outcome,
    Progress,
    RunError,
    RunSpec,
    failures,
    read_result,
)
from wrangler.notebook.runner import finalize_run
from wrangler.notebook.supervisor import artifacts, workdir
from wrangler.notebook.supervisor.launch import start_runner
from wrangler.notebook.supervisor.monitor import Watch
from wrangler.sandbox import minimal_environment

_fork_server = ForkServerClient()
_FORK_SERVER_LOOK_SECONDS = 0.5


def preload() -> None:
    """Start this process's fork server ahead of its first run. Optional, and returns at once."""
    _fork_server.preload()


def supervise(
    spec: RunSpec, heartbeat: Callable[[Progress], bool], *, heartbeat_seconds: float, plainly: bool = False
) -> Outcome:
    """Run `spec` in a child of its own and return how it ended.

    `heartbeat` is called at once, at every progress but not more often than each half second, and at least every
    `heartbeat_seconds`; when it returns False, or raises, the whole process tree is killed. Whatever happens, no
    process of the run is alive when this returns. The child is forked from a warm process where that can be had;
    `plainly` starts it as a process of its own. Raises `InvalidInput` for parameters that the template does not take
    and `Conflict` when the template is no longer the one asked for; every other ending is an `Outcome`.
    """
    started = time.monotonic()
    spec = replace(spec, folder=spec.folder.resolve())
    environment = minimal_environment(spec.folder, threads=spec.threads, token=run_token())
    workdir.prepare(spec, environment)
    fork_servers = (None,) if plainly or spec.network or spec.isolated else (_fork_server, None)
    while fork_servers[0] and not fork_servers[0].is_ready(_FORK_SERVER_LOOK_SECONDS):
        if not heartbeat(Progress(heading="starting")):
            return Outcome(succeeded=False, error=failures.stopped(), duration_seconds=time.monotonic() - started)
    for fork_server in fork_servers:
        with start_runner(spec, environment, fork_server) as (runner, channel):
            watch = Watch(spec, channel, runner, started)
            watch.until_the_end(heartbeat, heartbeat_seconds)
        if not watch.is_lost_without_report:  # a forked runner that died before its first message has run nothing
            break
    log_tail = workdir.log_tail(spec)
    if spec.isolated:
        workdir.clear_out(spec, environment)
    error = watch.error
    if watch.finished is None:
        error = finalize_run(spec, environment, error or failures.runner_died(log_tail), watch.cell)
    outcome = _conclude(watch, error)
    workdir.tidy(spec)
    return outcome


def _conclude(watch: Watch, error: RunError | None) -> Outcome:
    """The outcome. The child's report of the result is not trusted: the file is read again here."""
    spec = watch.spec
    result = None
    if error is None:
        result, error = read_result(spec.folder / RESULT_FILE, spec.template.kind)
    LiveLog(spec.folder).note("done" if error is None else _ending(error))
    left = artifacts.artifacts(spec.folder)
    if error is not None:
        left = [artifact for artifact in left if artifact.name in RUN_RECORD]
    return Outcome(
        succeeded=error is None,
        error=error,
        artifacts=left,
        result=result,
        peak_memory_bytes=watch.usage.peak_memory_bytes,
        cpu_seconds=watch.usage.cpu_seconds,
        duration_seconds=time.monotonic() - watch.started,
    )


def _ending(error: RunError) -> str:
    what = f"{error.exception}: {error.message}" if error.exception else error.message
    where = "" if error.cell is None else f" in cell {error.cell}"
    return f"failed{where} ({error.code}): {what}"
