"""What is done to an installation: each kind of fault, and when its turn comes."""

import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tests.chaos import faults_of_processes, faults_of_queues, faults_of_stores
from tests.chaos.installation import Engine, Installation
from tests.chaos.records import EventLog, Fault, Wound

LONGEST_GAP_SECONDS = 1.5
LONGEST_WAIT_SECONDS = 60

Inflict = Callable[[Installation, random.Random], Wound]

ANYWHERE: Mapping[str, Inflict] = {
    "worker killed": faults_of_processes.kill_worker,
    "worker stopped past its lease": faults_of_processes.pause_worker,
    "worker asked to stop": faults_of_processes.deploy_worker,
    "kernel killed": faults_of_processes.kill_kernel,
    "runner killed": faults_of_processes.kill_runner,
    "fork server killed": faults_of_processes.kill_fork_server,
    "web process killed": faults_of_processes.kill_web,
}
OF_ENGINE: Mapping[Engine, Mapping[str, Inflict]] = {
    Engine.SERVERS: ANYWHERE
    | {
        "Redis killed": faults_of_queues.kill_redis,
        "Redis stopped": faults_of_queues.pause_redis,
        "Redis flushed": faults_of_queues.flush_redis,
        "messages forged": faults_of_queues.forge_in_redis,
        "database sessions ended": faults_of_stores.end_sessions,
        "database restarted": faults_of_stores.restart_database,
    },
    Engine.EMBEDDED: ANYWHERE
    | {
        "queue file emptied": faults_of_queues.empty_queue_file,
        "messages forged": faults_of_queues.forge_in_file,
        "queue file locked": faults_of_queues.lock_queue_file,
        "database locked": faults_of_stores.lock_database,
    },
}


def plan(engine: Engine, number: int, chance: random.Random) -> list[str]:
    """Every kind before any comes again, in an order from the seed; the killing of workers comes twice as often."""
    kinds = [*OF_ENGINE[engine], "worker killed"]
    planned: list[str] = []
    while len(planned) < number:
        planned += chance.sample(kinds, len(kinds))
    return planned[:number]


@dataclass
class Campaign:
    """Does one fault after the other, evenly over the orders, while the clients go on."""

    installation: Installation
    event_log: EventLog
    kinds: list[str]
    chance: random.Random
    stopping: threading.Event
    log: Callable[[str], None] = field(default=lambda _: None)

    def run(self) -> None:
        for number, kind in enumerate(self.kinds, start=1):
            self._wait_for_turn(number)
            if self.stopping.is_set():
                return
            time.sleep(self.chance.uniform(0, LONGEST_GAP_SECONDS))
            self._do(number, kind)

    def _wait_for_turn(self, number: int) -> None:
        due = len(self.event_log.submissions) * (number - 0.5) / len(self.kinds)
        give_up_at = time.monotonic() + LONGEST_WAIT_SECONDS
        while self.event_log.settled < due and time.monotonic() < give_up_at and not self.stopping.is_set():
            time.sleep(0.05)

    def _do(self, number: int, kind: str) -> None:
        at = time.time()
        wound = OF_ENGINE[self.installation.engine][kind](self.installation, self.chance)
        self.event_log.faults.append(Fault(number, kind, wound, at, until=time.time()))
        self.log(f"{at - self.event_log.started_at:7.1f} s  fault {number:3}  {kind}: {wound.detail}")
