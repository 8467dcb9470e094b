"""One campaign from its first process to its report."""

import random
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.chaos import aftermath, control, evidence, faults, installation, load, report
from tests.chaos.evidence import Evidence
from tests.chaos.installation import Engine, Installation
from tests.chaos.observer import Observer
from tests.chaos.records import EventLog
from tests.chaos.report import Report
from wrangler.client import connect
from wrangler.examples import PENGUINS

Log = Callable[[str], None]


@dataclass(frozen=True)
class Size:
    """How much of everything."""

    jobs: int
    faults: int
    seed: int
    workers: int = 2

    def command(self, engine: Engine) -> str:
        return f"make chaos JOBS={self.jobs} FAULTS={self.faults} SEED={self.seed} ENGINE={engine.value}"


def run(engine: Engine, size: Size, folder: Path, *, with_control: bool = True, log: Log = lambda _: None) -> Report:
    """Load and faults together, then quiet, then the accounting."""
    started = time.monotonic()
    ground = installation.start(engine, folder, workers=size.workers, at_most_queued=size.jobs + 100)
    try:
        found = _campaign(ground, size, log)
        compared = _control(ground, size, found.event_log) if with_control else None
    finally:
        if not ground.keeper.is_stopped:
            ground.stop()
        ground.delete_servers()
    seconds = time.monotonic() - started
    return report.make(found, command=size.command(engine), engine=engine.value, seconds=seconds, control=compared)


def _campaign(ground: Installation, size: Size, log: Log) -> Evidence:
    chance = random.Random(size.seed)
    event_log = EventLog(submissions=load.plan(size.jobs, chance), web_log=ground.web.log)
    token, dataset_id = _prepare(ground)
    stopping = threading.Event()
    observer = Observer(ground.url, token, event_log)
    clients = load.Load(ground.url, token, dataset_id, event_log, stopping, size.faults)
    kinds = faults.plan(ground.engine, size.faults, chance)
    campaign = faults.Campaign(ground, event_log, kinds, chance, stopping, log)
    observer.start()
    clients.start()
    try:
        campaign.run()
        clients.join()
    finally:
        stopping.set()
    log(f"{time.time() - event_log.started_at:7.1f} s  all faults are done and all orders given; waiting for quiet")
    aftermath.wait_for_quiet(ground)
    aftermath.sweep(ground)
    observer.stop()
    log(f"{time.time() - event_log.started_at:7.1f} s  quiet; accounting")
    ground.stop()
    return evidence.gather(ground, event_log)


def _prepare(ground: Installation) -> tuple[str, str]:
    """Somebody with a dataset, who will order all jobs."""
    email, password = f"{secrets.token_hex(6)}@example.org", secrets.token_urlsafe(16)
    with connect(ground.url) as session:
        session.register(email, password, "Somebody")
        session.log_in(email, password)
        dataset = session.upload(PENGUINS)
    response = httpx.post(f"{ground.url}/api/v1/auth/token", json={"email": email, "password": password})
    return str(response.json()["access_token"]), str(dataset["id"])


def _control(ground: Installation, size: Size, event_log: EventLog) -> control.Control:
    kills = sum(fault.kind == "worker killed" for fault in event_log.faults)
    return control.run(ground.folder, ground.redis_url, tasks=size.jobs, kills=kills, chance=random.Random(size.seed))
