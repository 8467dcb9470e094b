"""`flask --app wsgi doctor`: does everything work, and if not, what to do."""

import subprocess
import sys
from collections.abc import Iterator

import click
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import current_app
from flask.cli import with_appcontext

from wrangler.cli.reading import reading
from wrangler.config import PROJECT_ROOT, Settings, environment_with, settings_of
from wrangler.errors import NotInstalled, Unprintable
from wrangler.extensions import db
from wrangler.notebook.rendering import probe
from wrangler.notebook.templates import catalog
from wrangler.services import Check, State, health, pdf_limits, refuse_unsafe

KERNEL_SECONDS = 60
KERNEL_PROBE = """
from jupyter_client.manager import start_new_kernel
manager, client = start_new_kernel(startup_timeout=45)
reply = client.execute_interactive("import wrangler.impute", timeout=45)
client.stop_channels()
manager.shutdown_kernel(now=True)
raise SystemExit(reply["content"]["status"] != "ok")
"""


@click.command()
@with_appcontext
@reading
def doctor() -> None:
    """Check database, migrations, queue, worker, disk, templates, kernel and PDF; exit status 1 when one is down."""
    worst = State.OK
    for name, check in _examine():
        mark, colour = {
            State.OK: ("ok", "green"),
            State.DEGRADED: ("look", "yellow"),
            State.DOWN: ("down", "red"),
        }[check.state]
        facts = " ".join(f"{key}={value}" for key, value in check.facts.items())
        click.echo(f"  {click.style(f'{mark:<5}', fg=colour)} {name:<11} {check.message or facts}")
        worst = max(worst, check.state, key=list(State).index)
    raise SystemExit(worst is State.DOWN)


def _examine() -> Iterator[tuple[str, Check]]:
    settings = settings_of(current_app)
    found = health.checks(settings)
    yield "database", found["database"]
    yield "migrations", _check_migrations() if found["database"].state is State.OK else found["database"]
    for name in ("queue", "worker", "disk"):
        yield name, found[name]
    db.session.remove()  # the checks below wait for other programs
    yield "templates", Check(State.OK, facts={"kinds": ",".join(catalog.templates(settings.notebooks_dir))})
    yield "kernel", _check_kernel()
    yield "pdf", _check_pdf(settings)
    if settings.allow_custom_notebooks:
        yield "isolation", _check_isolation(settings)


def _check_migrations() -> Check:
    newest = ScriptDirectory(str(PROJECT_ROOT / "migrations")).get_current_head()
    present = MigrationContext.configure(db.session.connection()).get_current_revision()
    if present != newest:
        return Check(State.DOWN, f"The database is at step {present}, the code at {newest}; run `make upgrade`.")
    return Check(State.OK, facts={"revision": present})


def _check_isolation(settings: Settings) -> Check:
    """Set up a sandbox as a job of a registered notebook would."""
    warning = refuse_unsafe(settings)  # in production such a server has not even started
    return Check(State.DEGRADED, warning) if warning else Check(State.OK, facts={"sandbox": "granted"})


def _check_pdf(settings: Settings) -> Check:
    """Make a PDF of one word; PDF reports are optional."""
    try:
        probe(pdf_limits(settings))
    except (NotInstalled, Unprintable) as exc:
        return Check(State.DEGRADED, exc.message)
    return Check(State.OK, facts={"by": "WeasyPrint"})


def _check_kernel() -> Check:
    """Start a kernel as a job would, and have it import the library that every notebook imports."""
    command = [sys.executable, "-c", KERNEL_PROBE]
    environment = environment_with(PYTHONPATH=str(PROJECT_ROOT))
    try:
        probe = subprocess.run(
            command, env=environment, capture_output=True, timeout=KERNEL_SECONDS, check=False, text=True
        )
    except subprocess.TimeoutExpired:
        return Check(State.DOWN, f"No kernel got ready in {KERNEL_SECONDS} s; is this machine overloaded?")
    if probe.returncode != 0:
        last = (probe.stderr.strip().splitlines() or ["no message"])[-1]
        return Check(State.DOWN, f"No kernel starts: {last}. Run `make setup` again.")
    return Check(State.OK, facts={"python": sys.version.split()[0]})
