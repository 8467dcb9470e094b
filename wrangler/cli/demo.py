"""`flask --app wsgi demo`: the whole way once, on a real table, through a real server and a real worker."""

import contextlib
import logging
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import httpx
from flask import current_app
from flask.cli import with_appcontext

from wrangler.cli import bar
from wrangler.client import Refused, Session, connect, progress_line
from wrangler.config import PROJECT_ROOT, environment_with, settings_of
from wrangler.examples import PENGUINS

START_SECONDS = 180
STOP_SECONDS = 60
LOOK_SECONDS = 0.2
SEED = 7


@click.command()
@with_appcontext
def demo() -> None:
    """Start a server and a worker, upload a table with missing cells, have it imputed, and show what came back.

    Everything happens in the folder `demo` of the data directory, with an embedded database of its own. Exit status 0
    means that the job succeeded, that no cell is missing any more and that no observed cell changed.
    """
    logging.getLogger("httpx").setLevel(logging.WARNING)
    folder = settings_of(current_app).data_dir / "demo"
    folder.mkdir(parents=True, exist_ok=True)
    click.secho("Wrangler: from a table with missing cells to an executed report\n", bold=True)
    with _server(folder) as url, connect(url) as session:
        try:
            problems = _journey(session, folder)
        except Refused as refusal:
            raise click.ClickException(f"the server refused: {refusal}") from None
    for problem in problems:
        click.secho(f"  FAILED  {problem}", fg="red", err=True)
    if problems:
        raise SystemExit(1)


@contextlib.contextmanager
def _server(folder: Path) -> Iterator[str]:
    """A web server and a worker on a free port of this machine, with a database in the folder."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = environment_with(
        WRANGLER_ENV="development", WRANGLER_DATA_DIR=str(folder), DATABASE_URL="", REDIS_URL="", LOG_LEVEL="WARNING"
    )
    url = f"http://127.0.0.1:{port}"
    _step("start", f"embedded SQLite database, web server and worker on {url}")
    with (folder / "server.log").open("wb") as log:
        command = [sys.executable, "-m", "flask", "--app", "wsgi", "serve", "--port", str(port)]
        # In a group of its own: of Ctrl-C it gets the one signal below; a second one would end it without grace.
        server = subprocess.Popen(command, cwd=PROJECT_ROOT, env=environment, stdout=log, stderr=log, process_group=0)
        try:
            _wait_until_healthy(url, server, folder / "server.log")
            yield url
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(STOP_SECONDS)


def _wait_until_healthy(url: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        with contextlib.suppress(httpx.TransportError, ValueError):
            if httpx.get(f"{url}/health").json().get("status") == "ok":
                return
        time.sleep(LOOK_SECONDS)
    raise click.ClickException(f"The server did not get ready; its log is {log}.")


def _journey(session: Session, folder: Path) -> list[str]:
    """Register, upload, impute, fetch; the result is what went wrong, nothing when all is well."""
    from wrangler.cli.proof import check_completed, evidence_lines, load  # pandas: no other command needs it

    email, password = f"demo-{secrets.token_hex(4)}@example.com", secrets.token_urlsafe(18)
    session.register(email, password, "Demo")
    session.log_in(email, password)
    _step("user", email)
    dataset = session.upload(PENGUINS)
    _step("upload", _describe(dataset))
    job = session.submit("impute", dataset["id"], seed=SEED)
    job = session.wait(job, _show_progress)
    click.echo()
    if job["state"] != "succeeded":
        return [f"The job {job['state']}: {(job['error'] or {}).get('message', 'no reason given')}"]
    results = folder / "results"
    results.mkdir(exist_ok=True)
    names = [artifact["name"] for artifact in session.artifacts(job)]
    for name in names:
        session.fetch(job, name, results / name)
    session.save(f"/datasets/{dataset['id']}/download", results / "input.parquet", format="parquet")
    result, before, after, mask = load(results)
    _step("result", "what was filled, and the error on held-out cells beside the mean/mode baseline")
    click.echo()
    for line in evidence_lines(result):
        click.echo(f"    {line}")
    click.echo()
    _show_files(results, names)
    return check_completed(before, after, mask, names)


def _describe(dataset: dict[str, Any]) -> str:
    missing_counts = {column["name"]: column["missing"] for column in dataset["columns"] if column["missing"]}
    listed = ", ".join(f"{name} {missing}" for name, missing in missing_counts.items())
    return f"{dataset['filename']}: {dataset['rows']} rows, {len(dataset['columns'])} columns; missing: {listed}"


def _show_progress(job: dict[str, Any]) -> None:
    bar.show(f"  impute   {progress_line(job['progress'], job['stage'] or job['state'])}")


def _show_files(results: Path, names: list[str]) -> None:
    meanings = {
        "report.ipynb": "executed notebook",
        "report.html": "HTML report",
        "imputed.parquet": "completed table",
        "mask.parquet": "mask of filled cells",
        "cells.parquet": "method of each cell",
        "missing_reasons.parquet": "why each cell was missing",
        "result.json": "audit",
        "log.txt": "what the cells printed",
    }
    for name in sorted(names, key=lambda name: list(meanings).index(name) if name in meanings else len(meanings)):
        path = results / name
        shown = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
        _step("file", f"{meanings.get(name, 'completed table, CSV' if name.endswith('.csv') else ''):<22} {shown}")


def _step(word: str, text: str) -> None:
    click.echo(f"  {click.style(f'{word:<8}', bold=True)} {text}")
