"""Faults of Wrangler's own processes: workers, runs, fork servers, web."""

import contextlib
import os
import random
import signal
import time

import psutil

from tests.chaos import processes
from tests.chaos.children import Child
from tests.chaos.installation import LEASE_SECONDS, Installation
from tests.chaos.records import Wound
from tests.farm import are_gone

LONGEST_STOP_SECONDS = 60
LONGEST_LOOK_SECONDS = 15
LONGEST_PAUSE_SECONDS = 20
WHOLE_SERVER = 0.3


def kill_worker(installation: Installation, chance: random.Random) -> Wound:
    worker = _busy_worker(installation, chance)
    lost = processes.runs_of(worker.pid, installation.data_dir)
    worker.signal(signal.SIGKILL)
    return Wound(f"{worker.name} with {len(lost)} runs", lost_runs=lost)


def pause_worker(installation: Installation, chance: random.Random) -> Wound:
    """Stopped for longer than its lease, and then let go on as if nothing had happened.

    The job is reaped and backs off before it runs again: only a long stop meets the second run, or comes after it.
    """
    worker = _busy_worker(installation, chance)
    lost = processes.runs_of(worker.pid, installation.data_dir)
    seconds = LEASE_SECONDS + chance.uniform(1, LONGEST_PAUSE_SECONDS)
    os.kill(worker.pid, signal.SIGSTOP)
    time.sleep(seconds)
    os.kill(worker.pid, signal.SIGCONT)
    return Wound(f"{worker.name} with {len(lost)} runs, {seconds:.1f} s", lost_runs=lost)


def deploy_worker(installation: Installation, chance: random.Random) -> Wound:
    """What a deployment does: SIGTERM, and a new worker once the old one has ended."""
    worker = _busy_worker(installation, chance)
    held = processes.runs_of(worker.pid, installation.data_dir)
    process = psutil.Process(worker.pid)
    started = time.monotonic()
    worker.signal(signal.SIGTERM)
    while not are_gone([process]):
        if time.monotonic() - started > LONGEST_STOP_SECONDS:
            process.kill()  # which the keeper notes: it had been asked to end by itself
            return Wound(f"{worker.name} did not end within {LONGEST_STOP_SECONDS} s", lost_runs=held)
        time.sleep(0.05)
    return Wound(f"{worker.name} with {len(held)} runs ended in {time.monotonic() - started:.1f} s")


def kill_kernel(installation: Installation, chance: random.Random) -> Wound:
    return _kill_part_of_run(installation, chance, is_kernel=True)


def kill_runner(installation: Installation, chance: random.Random) -> Wound:
    return _kill_part_of_run(installation, chance, is_kernel=False)


def kill_fork_server(installation: Installation, chance: random.Random) -> Wound:
    found = [server for worker in installation.workers for server in processes.fork_servers(worker.pid)]
    if not found:
        return Wound("there was none", missed=True)
    chosen = chance.choice(found)
    with contextlib.suppress(psutil.Error):
        chosen.kill()
    return Wound(f"one of {len(found)}")


def kill_web(installation: Installation, chance: random.Random) -> Wound:
    """One of the processes that answer; sometimes all of them, with the one above them."""
    answering = processes.below(installation.web.pid)
    whole = not answering or chance.random() < WHOLE_SERVER
    if whole:
        installation.web.signal(signal.SIGKILL)
    for process in answering if whole else [chance.choice(answering)]:
        with contextlib.suppress(psutil.Error):
            process.kill()
    return Wound("the whole server" if whole else f"one of {len(answering)} that answer")


def _busy_worker(installation: Installation, chance: random.Random) -> Child:
    """A worker that runs something, if one does within a few seconds."""
    give_up_at = time.monotonic() + LONGEST_LOOK_SECONDS
    while time.monotonic() < give_up_at:
        alive = [worker for worker in installation.workers if worker.poll() is None]
        busy = [worker for worker in alive if processes.runs_of(worker.pid, installation.data_dir)]
        if busy:
            return chance.choice(busy)
        time.sleep(0.1)
    return chance.choice(installation.workers)


def _kill_part_of_run(installation: Installation, chance: random.Random, *, is_kernel: bool) -> Wound:
    give_up_at = time.monotonic() + LONGEST_LOOK_SECONDS
    while time.monotonic() < give_up_at:
        found = [one for one in processes.of_runs(installation.data_dir) if one.is_kernel is is_kernel]
        if found:
            chosen = chance.choice(found)
            with contextlib.suppress(psutil.Error):
                chosen.process.kill()
            return Wound(f"attempt {chosen.run.attempt} of {chosen.run.job_id}", killed_runs=frozenset({chosen.run}))
        time.sleep(0.05)
    return Wound("nothing ran", missed=True)
