"""Faults of the notification: it is lost, emptied, does not answer, and says things that nobody has said."""

import json
import random
import signal
import sqlite3
import time
import uuid
from contextlib import closing

from redis import Redis

from tests.chaos.installation import Installation
from tests.chaos.records import Wound

QUEUE = "wrangler.analysis"
FORGED = "forged"
"""What a forged message would leave beside the data, were its pickle ever loaded."""


def kill_redis(installation: Installation, chance: random.Random) -> Wound:
    """It comes back empty."""
    assert installation.redis
    seconds = chance.uniform(0.5, 4)
    installation.redis.kill()
    time.sleep(seconds)
    installation.redis.start()
    return Wound(f"away for {seconds:.1f} s")


def pause_redis(installation: Installation, chance: random.Random) -> Wound:
    """It takes connections and does not answer."""
    assert installation.redis
    seconds = chance.uniform(2, 6)
    installation.redis.signal(signal.SIGSTOP)
    time.sleep(seconds)
    installation.redis.signal(signal.SIGCONT)
    return Wound(f"silent for {seconds:.1f} s")


def flush_redis(installation: Installation, chance: random.Random) -> Wound:
    with _redis(installation) as client:
        client.flushall()
    return Wound("FLUSHALL")


def forge_in_redis(installation: Installation, chance: random.Random) -> Wound:
    messages = _forged(installation, chance)
    with _redis(installation) as client:
        for message in messages:
            client.zadd(QUEUE_KEY, {STAMP + message: chance.uniform(-5, 5)})
    return Wound(f"{len(messages)} messages")


def empty_queue_file(installation: Installation, chance: random.Random) -> Wound:
    with closing(_queue_file(installation)) as connection, connection:
        number = connection.execute("DELETE FROM task").rowcount
    return Wound(f"{number} messages")


def forge_in_file(installation: Installation, chance: random.Random) -> Wound:
    messages = _forged(installation, chance)
    with closing(_queue_file(installation)) as connection, connection:
        rows = [(QUEUE, message, chance.uniform(-5, 5)) for message in messages]
        connection.executemany("INSERT INTO task (queue, data, priority) VALUES (?, ?, ?)", rows)
    return Wound(f"{len(messages)} messages")


def lock_queue_file(installation: Installation, chance: random.Random) -> Wound:
    """For longer than Huey waits for it."""
    seconds = chance.uniform(4, 8)
    with closing(_queue_file(installation)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        time.sleep(seconds)
        connection.rollback()
    return Wound(f"for {seconds:.1f} s")


QUEUE_KEY = f"huey.redis.{QUEUE.replace('.', '')}"
STAMP = bytes(8)  # Huey puts the time before each message


def _forged(installation: Installation, chance: random.Random) -> list[bytes]:
    """Messages for real jobs twice over, for jobs that are none, of nonsense, and one that would run code."""
    runs = installation.data_dir / "runs"
    artifacts = installation.data_dir / "artifacts"
    known = sorted({path.name for folder in (runs, artifacts) if folder.is_dir() for path in folder.iterdir()})
    chosen = chance.sample(known, min(5, len(known)))
    real = [json.dumps({"job": job_id, "priority": None, "x": n}).encode() for job_id in chosen for n in range(2)]
    none = [json.dumps({"job": str(uuid.UUID(int=chance.getrandbits(128)))}).encode() for _ in range(3)]
    canary = installation.folder / FORGED
    pickled = f"cos\nsystem\n(S'touch {canary}'\ntR.".encode()
    nonsense = [b"", b"\0\xff" * 40, b"[]", b'{"job": 7}', b'{"job": "../../etc"}', b'{"job": null, "priority": 1e400}']
    return [*real, *none, pickled, *nonsense]


def _redis(installation: Installation) -> Redis:
    return Redis.from_url(installation.redis_url)


def _queue_file(installation: Installation) -> sqlite3.Connection:
    return sqlite3.connect(installation.data_dir / "queue.sqlite3", timeout=30)
