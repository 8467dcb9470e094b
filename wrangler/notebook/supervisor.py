"""Watching over one run from outside: its progress, its limits, its end."""

import secrets
import time
from collections.abc import Callable
from dataclasses import replace

from wrangler.notebook import failures, folder, harvest
from wrangler.notebook.environment import minimal_environment
from wrangler.notebook.outcome import Outcome, Progress, RunError
from wrangler.notebook.result import read_result
from wrangler.notebook.settle import settle
from wrangler.notebook.spec import HTML_FILE, NOTEBOOK_FILE, RESULT_FILE, RunSpec
from wrangler.notebook.start import start_runner
from wrangler.notebook.warmth import Warmth
from wrangler.notebook.watch import Watch

_warmth = Warmth()


def warm_up() -> None:
    """Start this process's fork server ahead of its first run. Optional, and returns at once."""
    _warmth.warm_up()


def supervise(
    spec: RunSpec, beat: Callable[[Progress], bool], *, beat_seconds: float, plainly: bool = False
) -> Outcome:
    """Run `spec` in a child of its own and say truly how it ended.

    `beat` is called at once, at every progress but not more often than each half second, and at least every
    `beat_seconds`; when it answers False, or raises, the whole process tree is killed. Whatever happens, no process of
    the run is alive when this returns. The child is forked from a warm process where that can be had; `plainly` starts
    it as a process of its own. Raises `InvalidInput` for parameters that the template does not take and `Conflict` when
    the template is no longer the one asked for; every other ending is an `Outcome`.
    """
    started = time.monotonic()
    spec = replace(spec, folder=spec.folder.resolve())
    environment = minimal_environment(spec.folder, threads=spec.threads, token=secrets.token_hex(16))
    folder.prepare(spec, environment)
    warmths = (None,) if plainly or spec.network else (_warmth, None)
    for warmth in warmths:
        with start_runner(spec, environment, warmth) as (runner, channel):
            watch = Watch(spec, channel, runner, started)
            watch.until_the_end(beat, beat_seconds)
        if not watch.is_lost_unheard:  # a forked runner that died before its first word has run nothing
            break
    error = watch.error
    if watch.finished is None:
        error = settle(spec, environment, error or failures.runner_died(folder.log_tail(spec)), watch.cell)
    outcome = _conclude(watch, error)
    folder.tidy(spec)
    return outcome


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
