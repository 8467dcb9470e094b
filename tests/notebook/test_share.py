"""What a run may take of the machine when nobody has said it."""

import os

import psutil

from wrangler.notebook import share


def test_the_cores_are_divided_and_nobody_gets_none() -> None:
    cores = len(os.sched_getaffinity(0))
    assert [share.threads(slots) for slots in (1, cores, 10 * cores)] == [cores, 1, 1]


def test_all_slots_together_stay_below_the_memory_of_the_machine() -> None:
    assert 0 < 3 * share.memory_bytes(3) < psutil.virtual_memory().total
    assert abs(share.memory_bytes(1) - 2 * share.memory_bytes(2)) < 2
