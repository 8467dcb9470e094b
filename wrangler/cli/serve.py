"""`flask --app wsgi serve`: web server and worker together, for a laptop."""

import signal
import socket
import sys
import time
from types import FrameType

import click
import flask_migrate
from flask import current_app
from flask.cli import with_appcontext

from wrangler.cli.supervision import FailedTooOften, RestartPolicy, SupervisedProcess
from wrangler.config import PROJECT_ROOT, Settings, environment_with, settings_of

ADDRESS = "127.0.0.1"
LOOK_SECONDS = 0.2
GRACE_SECONDS = 20  # beyond the time that the worker gives its jobs
FEWEST_THREADS = 16
THREADS_PER_WATCHER = 2
USUAL = RestartPolicy()


class StopSignals:
    """Counts the signals that ask this process to end; the second one asks it not to wait for anything."""

    def __init__(self) -> None:
        self.received = 0
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._count)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as it is under `nohup`
            signal.signal(signal.SIGHUP, self._count)

    def _count(self, _number: int, _frame: FrameType | None) -> None:
        self.received += 1


@click.command()
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option(
    "--restart-pause",
    "pause_seconds",
    default=USUAL.first_pause_seconds,
    show_default=True,
    type=click.FloatRange(0.01, USUAL.longest_pause_seconds),
    help="Seconds before a web server or worker that ended is started again; doubled each time it ends again.",
)
@click.option(
    "--most-failures",
    default=USUAL.most_failures,
    show_default=True,
    type=click.IntRange(1),
    help="Give up when one of them ended so many times in a row.",
)
@click.option(
    "--steady-after",
    "steady_seconds",
    default=USUAL.steady_seconds,
    show_default=True,
    type=click.FloatRange(0, min_open=True),
    help="Seconds after which one that runs begins a new row of failures.",
)
@with_appcontext
def serve(port: int, pause_seconds: float, most_failures: int, steady_seconds: float) -> None:
    """Bring the database up to date, then run web server and worker until interrupted.

    The one that ends on its own is started again.
    """
    settings = settings_of(current_app)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    _refuse_used_port(port)
    flask_migrate.upgrade()
    signals = StopSignals()
    click.echo(f"Wrangler serves http://{ADDRESS}:{port}  (interface: /docs, state: /health; stop with Ctrl-C)")
    policy = RestartPolicy(
        first_pause_seconds=pause_seconds, steady_seconds=steady_seconds, most_failures=most_failures
    )
    environment = environment_with(PYTHONPATH=str(PROJECT_ROOT))
    children: list[SupervisedProcess] = []
    try:
        for name, command in _commands(settings, port).items():
            children.append(SupervisedProcess(name, command, environment, policy))
        while not signals.received:
            for child in children:
                child.look()
            time.sleep(LOOK_SECONDS)
    except FailedTooOften as failure:
        raise click.ClickException(str(failure)) from None
    finally:
        _end(children, signals, settings.job_grace_seconds + GRACE_SECONDS)
    click.echo("\nstopped")


def _refuse_used_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ADDRESS, port))
        except OSError as error:
            message = f"Port {port} cannot be used ({error.strerror}); choose another one with --port."
            raise click.ClickException(message) from None


def _commands(settings: Settings, port: int) -> dict[str, list[str]]:
    gunicorn = [sys.executable, "-m", "gunicorn", "wsgi:app", "--config", "python:wrangler.web.gunicorn"]
    threads = max(FEWEST_THREADS, THREADS_PER_WATCHER * settings.job_watchers)
    processes = 1 if settings.uses_sqlite else 2
    sized = ["--worker-class", "gthread", "--threads", str(threads), "--workers", str(processes)]
    return {
        "web server": [*gunicorn, "--bind", f"{ADDRESS}:{port}", "--log-level", "warning", *sized],
        "worker": [sys.executable, "huey_worker.py"],
    }


def _end(children: list[SupervisedProcess], signals: StopSignals, grace_seconds: float) -> None:
    """Ask all to end, and kill what is left after the time of grace, or at the next signal."""
    for child in children:
        child.ask_to_end()
    kill_at = time.monotonic() + grace_seconds
    received = signals.received
    while not all(child.has_ended for child in children):
        if time.monotonic() >= kill_at or signals.received > received:
            break
        time.sleep(LOOK_SECONDS)
    for child in children:
        child.kill()
