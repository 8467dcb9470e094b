"""`flask --app wsgi serve`: web server and worker together, for a laptop."""

import signal
import subprocess
import sys
import time
from types import FrameType, TracebackType
from typing import Self

import click
import flask_migrate
from flask import current_app
from flask.cli import with_appcontext

from wrangler.config import PROJECT_ROOT, Settings, environment_with, settings_of

LOOK_SECONDS = 0.2
GRACE_SECONDS = 20
FEWEST_THREADS = 16
THREADS_A_WATCHER = 2


class Servers:
    """A web server and a worker as child processes, ended together."""

    def __init__(self, settings: Settings, port: int, **changes: str) -> None:
        self._environment = environment_with(PYTHONPATH=str(PROJECT_ROOT), **changes)
        processes = 1 if settings.uses_sqlite else 2
        gunicorn = [
            sys.executable,
            "-m",
            "gunicorn",
            "wsgi:app",
            "--config",
            "python:wrangler.web.gunicorn",
            "--bind",
            f"127.0.0.1:{port}",
            "--log-level",
            "warning",
        ]
        threads = max(FEWEST_THREADS, THREADS_A_WATCHER * settings.job_watchers)
        self._commands = (
            [*gunicorn, "--worker-class", "gthread", "--threads", str(threads), "--workers", str(processes)],
            [sys.executable, "huey_worker.py"],
        )
        self._children: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        for command in self._commands:
            child = subprocess.Popen(command, cwd=PROJECT_ROOT, env=self._environment)
            self._children.append(child)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for child in self._children:
            child.terminate()
        for child in self._children:
            try:
                child.wait(GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()

    def ended(self) -> int | None:
        """The exit code of the first child that ended; None while all run."""
        codes = [child.poll() for child in self._children]
        return next((code for code in codes if code is not None), None)


@click.command()
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@with_appcontext
def serve(port: int) -> None:
    """Bring the database up to date, then run web server and worker until interrupted."""
    settings = settings_of(current_app)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    flask_migrate.upgrade()
    signal.signal(signal.SIGTERM, _interrupt)
    click.echo(f"Wrangler serves http://127.0.0.1:{port}  (interface: /docs, state: /health; stop with Ctrl-C)")
    try:
        with Servers(settings, port) as servers:
            while servers.ended() is None:
                time.sleep(LOOK_SECONDS)
            raise click.ClickException("The web server or the worker ended on its own; its last words stand above.")
    except KeyboardInterrupt:
        click.echo("\nstopped")


def _interrupt(_signum: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
