"""What a run may take of the machine unless a setting gives it."""

import os

import psutil

from wrangler.notebook.supervisor import machine_share


def test_the_cores_are_divided_and_nobody_gets_none() -> None:
    cores = len(os.sched_getaffinity(0))
    assert [machine_share.threads(slots) for slots in (1, cores, 10 * cores)] == [cores, 1, 1]


def test_all_slots_together_stay_below_the_memory_of_the_machine() -> None:
    assert 0 < 3 * machine_share.memory_bytes(3) < psutil.virtual_memory().total
    assert abs(machine_share.memory_bytes(1) - 2 * machine_share.memory_bytes(2)) < 2
