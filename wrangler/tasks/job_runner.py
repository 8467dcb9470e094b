"""One job, from its notification to its final state: a thin supervisor around one run of one notebook."""

import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import structlog
from flask import Flask
from sqlalchemy.exc import DBAPIError

from wrangler.config import Settings
from wrangler.errors import NotFound, WranglerError
from wrangler.extensions import db
from wrangler.models import Job
from wrangler.notebook import Progress, RunSpec, Template, supervise
from wrangler.notebook.supervisor import machine_share
from wrangler.notebook.templates import catalog
from wrangler.services import Claim, Storage, templates
from wrangler.services.jobs import AttemptEnd, Verdict, attempt, leases, pending, run_inputs
from wrangler.tasks.slots import Slots

STOP_LOOK_SECONDS = 1.0
PUBLISH_PAUSE_SECONDS = 1.0
logger = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Supervisor:
    """Runs jobs in the name of one worker process, until `stopping` is set."""

    app: Flask
    settings: Settings
    worker: str
    stopping: threading.Event
    slots: Slots

    def next_unnotified(self, queue: str) -> Callable[[], None] | None:
        """What is to be called to run the most urgent job of a queue whose notification was lost."""
        job_id = pending.take_unnotified(
            queue,
            again_after_seconds=self.settings.job_dispatch_seconds,
            most_running_of_user=self.settings.job_max_running_per_user,
        )
        return None if job_id is None else partial(self.run_job, job_id)

    def run_job(self, job_id: uuid.UUID) -> None:
        """Claim a job and run it to its end; a job that somebody else has is left alone."""
        claim = leases.claim(
            job_id,
            worker=self.worker,
            lease_seconds=self.settings.job_lease_seconds,
            most_running_of_user=self.settings.job_max_running_per_user,
        )
        if claim is None:
            return
        log = logger.bind(job_id=str(job_id), attempt=claim.attempt)
        log.info("job started")
        try:
            end = self._run(claim)
        except WranglerError as refusal:
            end = attempt.refuse(claim, refusal)
        except DBAPIError:
            raise  # the database is away: the lease runs out, and another worker takes the job
        except Exception:  # the job's edge: whatever went wrong, the job must not wait for its lease to run out
            log.exception("job failed within Wrangler")
            db.session.rollback()
            end = attempt.fail(claim)
        log.info("attempt ended", end=end.value)

    def _run(self, claim: Claim) -> AttemptEnd:
        storage = Storage(self.settings.data_dir)
        with leases.renewal_of(claim, self.settings.job_lease_seconds) as renewal:

            def may_go_on(progress: Progress) -> bool:
                return renewal.report(progress) is Verdict.CONTINUE and not self.stopping.is_set()

            spec = self._prepare(claim, storage)
            outcome = supervise(spec, may_go_on, heartbeat_seconds=STOP_LOOK_SECONDS)
            run_inputs.take_away(spec.folder)
            while True:
                try:
                    return attempt.finish(claim, outcome, renewal.reply, storage)
                except DBAPIError:
                    # An hour of work is not thrown away for a database that restarts, while the lease holds.
                    if renewal.reply is Verdict.LOST:
                        raise
                    db.session.rollback()
                    time.sleep(PUBLISH_PAUSE_SECONDS)

    def _prepare(self, claim: Claim, storage: Storage) -> RunSpec:
        job = db.session.get_one(Job, claim.row_id)
        template = self._template_of(job)
        isolated = job.template is not None and templates.is_isolated(self.settings)
        most_bytes = self.settings.custom_job_bytes if job.template is not None else None
        if template.sha256 != job.template_sha256:
            logger.warning("the template has changed since the job request", job_id=str(job.id), kind=template.kind)
            leases.note_template(claim, template.sha256)
        folder = storage.new_run_folder(claim.row_id, claim.attempt)
        run_inputs.lay_out(job, storage, folder)
        spec = RunSpec(
            template=template,
            parameters={
                **job.parameters,
                "seed": job.seed,
                "dataset_file": run_inputs.TABLE,
                "dataset_name": job.dataset.name,
            },
            folder=folder,
            deadline_seconds=job.deadline_seconds,
            cell_timeout_seconds=self.settings.job_cell_seconds,
            memory_bytes=self.settings.job_memory_bytes or machine_share.memory_bytes(self.slots.number),
            threads=self.settings.job_threads or machine_share.threads(self.slots.number),
            file_bytes=min(filter(None, (self.settings.job_file_bytes, most_bytes)), default=None),
            processes=self.settings.job_processes or None,
            isolated=isolated,
            written_bytes=most_bytes,
        )
        # A run may take an hour: the connection goes back to its pool meanwhile.
        db.session.remove()
        return spec

    def _template_of(self, job: Job) -> Template:
        if job.template is not None:
            return templates.notebook_of(job.template, self.settings)
        template = catalog.templates(self.settings.notebooks_dir).get(job.kind.value)
        if template is None:
            raise NotFound(
                f"There is no notebook for jobs of kind {job.kind.value!r} any more; ask the operator to restore it.",
                code="template_gone",
            )
        return template
