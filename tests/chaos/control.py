"""The control: as many short tasks in plain Huey, whose consumer is killed as often as Wrangler's workers were."""

import random
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.control_tasks import make_huey, make_task
from wrangler.config import PROJECT_ROOT, environment_with

LONGEST_TASK_SECONDS = 0.2
QUIET_SECONDS = 3.0
START_SECONDS = 30.0
LONGEST_SECONDS = 600


@dataclass(frozen=True)
class Control:
    """What became of the tasks."""

    tasks: int
    kills: int
    lost: int
    run_twice: int


def run(folder: Path, redis_url: str, *, tasks: int, kills: int, chance: random.Random) -> Control:
    ledger = folder / "control.txt"
    queue = redis_url or str(folder / "control.sqlite3")
    huey = make_huey(queue)
    work = make_task(huey, str(ledger))
    for number in range(tasks):
        work(number, chance.uniform(0, LONGEST_TASK_SECONDS))
    huey.storage.close()
    consumer = _start(queue, ledger)
    try:
        for kill in range(1, kills + 1):
            _wait_for(ledger, round(tasks * kill / (kills + 1)))
            time.sleep(chance.uniform(0, LONGEST_TASK_SECONDS))
            consumer.kill()
            consumer.wait()
            consumer = _start(queue, ledger)
        _wait_for(ledger, tasks)
    finally:
        consumer.kill()
        consumer.wait()
    done = _done(ledger)
    return Control(tasks, kills, tasks - len(set(done)), len(done) - len(set(done)))


def _start(queue: str, ledger: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.chaos.control_worker", queue, str(ledger)]
    return subprocess.Popen(command, cwd=PROJECT_ROOT, env=environment_with(PYTHONPATH=str(PROJECT_ROOT)))


def _wait_for(ledger: Path, number: int) -> None:
    """Until so many tasks are done, or nothing has been done for a while."""
    give_up_at = time.monotonic() + LONGEST_SECONDS
    quiet_since, before = time.monotonic(), 0
    while time.monotonic() < give_up_at:
        done = len(_done(ledger))
        if done >= number:
            return
        if done != before:
            quiet_since, before = time.monotonic(), done
        if time.monotonic() - quiet_since > (QUIET_SECONDS if before else START_SECONDS):
            return
        time.sleep(0.02)


def _done(ledger: Path) -> list[str]:
    return ledger.read_text().split() if ledger.exists() else []
