"""`flask --app wsgi job`: jobs, from the machine itself."""

import json
import uuid

import click
from flask.cli import AppGroup
from sqlalchemy import select

from wrangler.cli.reading import reading
from wrangler.cli.watch import watch
from wrangler.extensions import db
from wrangler.models import Job, JobState

job = AppGroup("job", help="Look at jobs.")
job.add_command(watch)


@job.command("list")
@click.option("--state", type=click.Choice([state.value for state in JobState]), help="Only jobs in this state.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1000))
@reading
def list_(state: str | None, limit: int) -> None:
    """List jobs, newest first."""
    statement = select(Job).order_by(Job.created_at.desc()).limit(limit)
    if state is not None:
        statement = statement.where(Job.state == JobState(state))
    for row in db.session.scalars(statement):
        click.echo(
            f"{row.id}  {row.created_at:%Y-%m-%d %H:%M:%S}  {row.kind.value:<9}  {row.state.value:<9}  "
            f"{row.progress:>4.0%}  {row.dataset.name}"
        )


@job.command("show")
@click.argument("job_id", type=click.UUID)
@reading
def show(job_id: uuid.UUID) -> None:
    """Show one job, with what it was asked and how it ended."""
    row = db.session.get(Job, job_id)
    if row is None:
        raise click.ClickException(f"There is no job {job_id}; `flask --app wsgi job list` shows those there are.")
    seconds = (row.finished_at - row.started_at).total_seconds() if row.finished_at and row.started_at else None
    facts = {
        "id": row.id,
        "kind": row.kind.value,
        "dataset": f"{row.dataset.name} ({row.dataset_id})",
        "state": row.state.value,
        "progress": f"{row.progress:.0%} {row.stage}",
        "attempt": f"{row.attempt - row.hand_backs} of {row.max_attempts}",
        "worker": row.worker,
        "seconds": seconds,
        "parameters": json.dumps(row.parameters),
        "seed": row.seed,
        "result": json.dumps(row.result),
        "error": json.dumps(row.error),
        "artifacts": ", ".join(artifact.name for artifact in row.artifacts),
    }
    for name, value in facts.items():
        click.echo(f"{name:>10}  {value}")
