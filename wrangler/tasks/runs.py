"""One job, from the ring of its bell to its final state: a thin supervisor around one run of one notebook."""

import shutil
import threading
import uuid
from dataclasses import dataclass

import structlog
from flask import Flask
from sqlalchemy.exc import DBAPIError

from wrangler.config import Settings
from wrangler.errors import NotFound, WranglerError
from wrangler.extensions import db
from wrangler.models import Job
from wrangler.notebook import Outcome, RunSpec, catalog, supervise
from wrangler.services.jobs import leases, results
from wrangler.services.jobs.leases import Claim, Verdict
from wrangler.services.storage import Storage
from wrangler.tasks.heartbeat import Heartbeat

STOP_LOOK_SECONDS = 1.0
INTERNAL = "Wrangler itself failed while it ran this job, and has logged why; ask the operator about job {job_id}."
logger = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Supervisor:
    """Runs jobs in the name of one worker process, until `stopping` is set."""

    app: Flask
    settings: Settings
    worker: str
    stopping: threading.Event

    def run_job(self, job_id: uuid.UUID) -> None:
        """Claim a job and see it through; a job that somebody else has is left alone."""
        held = leases.claim(job_id, worker=self.worker, lease_seconds=self.settings.job_lease_seconds)
        if held is None:
            return
        log = logger.bind(job_id=str(job_id), attempt=held.attempt)
        log.info("job started")
        try:
            state = self._run(held)
        except WranglerError as refusal:
            state = "refused"
            results.fail_held(held, refusal.code.upper(), refusal.message)
        except DBAPIError:
            raise  # the database is away: the lease runs out, and another worker takes the job
        except Exception:  # the job's edge: whatever went wrong, the job must not wait for its lease to run out
            log.exception("job failed within Wrangler")
            db.session.rollback()
            state = "failed"
            results.fail_held(held, "INTERNAL", INTERNAL.format(job_id=job_id))
        log.info("job ended", state=state)

    def _run(self, held: Claim) -> str:
        storage = Storage(self.settings.data_dir)
        with Heartbeat(self.app, held, self.settings.job_lease_seconds, self.stopping) as heartbeat:
            spec = self._prepare(held, storage)
            outcome = supervise(spec, heartbeat.tell, beat_seconds=STOP_LOOK_SECONDS)
            return _end(held, outcome, heartbeat.verdict, storage)

    def _prepare(self, held: Claim, storage: Storage) -> RunSpec:
        job = db.session.get_one(Job, held.job_id)
        template = catalog.templates(self.settings.notebooks_dir).get(job.kind.value)
        if template is None:
            raise NotFound(
                f"There is no notebook for jobs of kind {job.kind.value!r} any more; ask the operator to restore it.",
                code="template_gone",
            )
        folder = storage.new_run_folder(held.job_id, held.attempt)
        shutil.copyfile(storage.table(job.dataset_id), folder / "input.parquet")
        spec = RunSpec(
            template=template,
            parameters={
                **job.parameters,
                "seed": job.seed,
                "dataset_file": "input.parquet",
                "dataset_name": job.dataset.name,
            },
            folder=folder,
            deadline_seconds=job.deadline_seconds,
            cell_timeout_seconds=self.settings.job_cell_seconds,
            memory_bytes=self.settings.job_memory_bytes or None,
            threads=self.settings.job_threads,
        )
        # A run may take an hour: the connection goes back to its pool meanwhile.
        db.session.remove()
        return spec


def _end(held: Claim, outcome: Outcome, verdict: Verdict, storage: Storage) -> str:
    """Write down how the run ended, and say it in one word."""
    stopped = outcome.error is not None and outcome.error.code == "STOPPED"
    if stopped and verdict is Verdict.LOST:
        storage.forget_run(held.job_id, held.attempt)
        return "lost to another worker"
    if stopped and verdict is Verdict.CONTINUE:
        storage.forget_run(held.job_id, held.attempt)
        return "handed back" if leases.hand_back(held) else "lost to another worker"
    if not stopped and results.publish(held, outcome, storage):
        return "published"
    return "cancelled" if results.cancel_held(held, storage) else "lost to another worker"
