"""Settings that are refused end every process in one line each and status 1, however it is started."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers import free_port
from wrangler.config import PROJECT_ROOT, environment_with

pytestmark = pytest.mark.slow
FLASK = (sys.executable, "-m", "flask", "--app", "wsgi")
GUNICORN = (sys.executable, "-m", "gunicorn", "wsgi:app", "--bind")
WAYS = {
    "serve": (*FLASK, "serve"),
    "db upgrade": (*FLASK, "db", "upgrade"),
    "gunicorn": GUNICORN,
    "gunicorn with its configuration": (*GUNICORN[:-1], "--config", "python:wrangler.web.gunicorn", "--bind"),
    "worker": (sys.executable, "huey_worker.py"),
    "huey_consumer": (str(Path(sys.executable).parent / "huey_consumer"), "huey_worker.analysis"),
}
SECRET = "a-secret-that-is-too-short"
LONGEST_SECONDS = 120


def start(command: tuple[str, ...], folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = environment_with(WRANGLER_DATA_DIR=str(folder), PYTHONPATH=str(PROJECT_ROOT), **settings)
    address = (f"127.0.0.1:{free_port()}",) if command[-1] == "--bind" else ()
    return subprocess.run(
        (*command, *address),
        cwd=PROJECT_ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=LONGEST_SECONDS,
    )


@pytest.mark.parametrize("command", WAYS.values(), ids=WAYS)
def test_refused_settings_end_a_process_with_one_line_each(command: tuple[str, ...], tmp_path: Path) -> None:
    ended = start(command, tmp_path, WRANGLER_ENV="production", SECRET_KEY=SECRET, ACCESS_TOKEN_SECONDS="20")

    assert ended.returncode == 1, ended.stderr
    lines = [line for line in ended.stderr.splitlines() if not line.startswith("[")]  # in which gunicorn says its name
    assert [line.partition(":")[0] for line in lines] == ["SECRET_KEY", "ACCESS_TOKEN_SECONDS"]
    assert "Traceback" not in ended.stderr
    assert SECRET not in ended.stderr + ended.stdout


def test_gunicorn_with_another_configuration_ends_too(tmp_path: Path) -> None:
    """Its master, which does not know why a worker ended, would start another one for ever."""
    other = tmp_path / "other.py"
    other.touch()

    ended = start((*GUNICORN[:-1], "--config", str(other), "--bind"), tmp_path, ACCESS_TOKEN_SECONDS="20")

    assert ended.returncode != 0
    assert "ACCESS_TOKEN_SECONDS: '20' is too small, must be at least 60" in ended.stderr.splitlines()
    assert "Traceback" not in ended.stderr
