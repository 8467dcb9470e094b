"""`flask --app wsgi lab`: JupyterLab on copies of executed notebooks, each beside its data."""

import shutil
import subprocess
import sys
import uuid
from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import select

from wrangler.cli.reading import reading
from wrangler.config import PROJECT_ROOT, environment_with, settings_of
from wrangler.errors import NotFound
from wrangler.extensions import db
from wrangler.models import Artifact, Job
from wrangler.services import Storage
from wrangler.services.jobs import run_inputs

NOTEBOOK = "report.ipynb"
NEWEST_JOBS = 20


@click.command()
@click.argument("job_id", type=click.UUID, required=False)
@click.option("--port", default=8888, show_default=True)
@click.option("--prepare-only", is_flag=True, help="Lay out the folders and do not start JupyterLab.")
@with_appcontext
@reading
def lab(job_id: uuid.UUID | None, port: int, *, prepare_only: bool) -> None:
    """Open JupyterLab on the notebook of JOB_ID, or on those of the newest jobs.

    Each job gets a folder with a copy of its executed notebook and of its dataset: it re-runs there without the
    server, and nothing that is done there changes the job.
    """
    storage = Storage(settings_of(current_app).data_dir)
    jobs = _with_notebook(job_id)
    if not jobs:
        raise click.ClickException("No finished job has a notebook yet; `make demo` makes one.")
    folders = [_lay_out(job, storage) for job in jobs]
    db.session.remove()  # JupyterLab runs for hours; a transaction must not stay open as long
    for folder in folders:
        click.echo(f"{folder / NOTEBOOK}")
    if prepare_only:
        return
    opened = f"{folders[0].name}/{NOTEBOOK}" if len(folders) == 1 else ""
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={storage.lab}", "--ip=127.0.0.1"]
    command += [f"--port={port}", "--no-browser", f"--LabApp.default_url=/lab/tree/{opened}", "--allow-root"]
    raise SystemExit(subprocess.call(command, env=environment_with(PYTHONPATH=str(PROJECT_ROOT))))


def _with_notebook(job_id: uuid.UUID | None) -> list[Job]:
    statement = select(Job).join(Artifact).where(Artifact.name == NOTEBOOK).order_by(Job.created_at.desc())
    if job_id is not None:
        statement = statement.where(Job.id == job_id)
    return list(db.session.scalars(statement.limit(NEWEST_JOBS)))


def _lay_out(job: Job, storage: Storage) -> Path:
    """A folder for one job; what a person changed in an earlier copy is kept."""
    folder = storage.lab / f"{job.kind.value}-{job.created_at:%Y%m%d-%H%M%S}-{str(job.id)[:8]}"
    folder.mkdir(exist_ok=True)
    if not (folder / NOTEBOOK).exists():
        shutil.copyfile(storage.published(job.id, job.attempt) / NOTEBOOK, folder / NOTEBOOK)
    try:
        run_inputs.lay_out(job, storage, folder)
    except NotFound as lost:  # the other notebooks, and this one's outputs, can be read all the same
        click.echo(lost.message, err=True)
    return folder
