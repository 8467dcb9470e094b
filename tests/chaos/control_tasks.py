"""Plain Huey, as its manual has it: the queue and the task of the control."""

import os
import time

from huey import Huey, RedisHuey, SqliteHuey
from huey.api import TaskWrapper


def make_huey(queue: str) -> Huey:
    """On Redis when the queue is an address, in a SQLite file when it is a path."""
    return RedisHuey("control", url=queue) if queue.startswith("redis:") else SqliteHuey("control", filename=queue)


def make_task(huey: Huey, ledger: str) -> TaskWrapper:
    @huey.task(name="work")
    def work(number: int, seconds: float) -> None:
        time.sleep(seconds)
        line = os.open(ledger, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.write(line, f"{number}\n".encode())
        os.close(line)

    return work
