"""Faults of the database: its sessions end, it falls and rises, somebody else holds its lock."""

import random
import sqlite3
import time
from contextlib import closing

from tests.chaos.installation import Installation
from tests.chaos.records import Wound


def end_sessions(installation: Installation, chance: random.Random) -> Wound:
    assert installation.postgres
    installation.postgres.end_connections()
    return Wound("all of them")


def restart_database(installation: Installation, chance: random.Random) -> Wound:
    """An immediate shutdown, as in a crash, and a start that recovers from its log."""
    assert installation.postgres
    seconds = chance.uniform(0, 3)
    installation.postgres.fall()
    time.sleep(seconds)
    installation.postgres.rise()
    return Wound(f"away for {seconds:.1f} s and its recovery")


def lock_database(installation: Installation, chance: random.Random) -> Wound:
    """Another program writes for longer than a heartbeat, but not longer than a lease."""
    seconds = chance.uniform(1, 3)
    with closing(sqlite3.connect(installation.data_dir / "wrangler.sqlite3", timeout=30)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        time.sleep(seconds)
        connection.rollback()
    return Wound(f"for {seconds:.1f} s")
