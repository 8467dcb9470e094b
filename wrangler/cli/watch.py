"""`flask --app wsgi job watch`: a job while it runs, from the machine itself."""

import math
import uuid
from typing import Any

import click
from flask import current_app

from wrangler.cli import bar
from wrangler.cli.reading import reading
from wrangler.client import progress_line
from wrangler.config import settings_of
from wrangler.extensions import db
from wrangler.models import Job, JobState
from wrangler.services import Storage
from wrangler.services.jobs import Hub, JobSnapshot, Position, follow

INTERRUPTED = 130  # the status that a shell gives a program that Ctrl-C ended


@click.command()
@click.argument("job_id", type=click.UUID)
@click.option("--log", "with_log", is_flag=True, help="Show what the cells print, too.")
@reading
def watch(job_id: uuid.UUID, *, with_log: bool) -> None:
    """Watch a job to its end. Exit status 0 means that it succeeded; Ctrl-C leaves it running."""
    row = db.session.get(Job, job_id)
    if row is None:
        raise click.ClickException(f"There is no job {job_id}; `flask --app wsgi job list` shows those there are.")
    first = JobSnapshot.of(row)
    db.session.remove()  # it is watched for as long as it runs; a transaction must not stay open as long
    try:
        _follow(first, with_log=with_log)
    except KeyboardInterrupt:
        bar.leave()
        click.echo(f"No longer watched; the job runs on. Watch it again: flask --app wsgi job watch {job_id}")
        raise SystemExit(INTERRUPTED) from None
    bar.leave()
    _conclude(job_id)


def _follow(first: JobSnapshot, *, with_log: bool) -> None:
    storage = Storage(settings_of(current_app).data_dir)
    shown = ""
    for event in follow(first, Position(), Hub(db.engine, 1), storage, seconds=math.inf):
        if event is None:
            continue
        if event.kind == "progress":
            shown = _line(event.facts)
        elif event.kind == "log" and with_log:
            bar.wipe()
            click.echo(event.facts["text"], nl=not event.facts["text"].endswith("\n"))
        if event.kind == "progress" or (with_log and bar.is_drawn()):
            bar.show(shown)


def _line(facts: dict[str, Any]) -> str:
    words = facts["stage"] or facts["state"]
    return progress_line(facts["progress"], words, facts["expected_seconds_left"])


def _conclude(job_id: uuid.UUID) -> None:
    """Print how the job ended, why, and what it left."""
    job = db.session.get(Job, job_id)
    if job is None:
        raise click.ClickException("The job was deleted.")
    click.echo(f"{job.state.value}: {job.kind.value} job on {job.dataset.name}")
    if job.error is not None:
        where = "" if job.error.get("cell") is None else f" in cell {job.error['cell']}"
        click.echo(f"{job.error['code']}{where}: {job.error['message']}")
    for artifact in job.artifacts:
        click.echo(f"  {artifact.name}  {artifact.bytes} bytes")
    if job.state is not JobState.SUCCEEDED:
        raise SystemExit(1)
