"""Following jobs that a real worker runs: over HTTP and in a terminal."""

import contextlib
import itertools
import json
import os
import pty
import signal
import subprocess
import sys
import time

import httpx
import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tests.journey.conftest import running
from wrangler.client import Refused
from wrangler.config import PROJECT_ROOT
from wrangler.examples import PENGUINS

pytestmark = pytest.mark.kernel
LINES = [f"line {number} ä\n" for number in range(40)]
WORK = """
import time
from pathlib import Path
from types import SimpleNamespace
from wrangler.notebook.progress import publish_progress
for number in range(40):
    print(f"line {number} ä", flush=True)
    publish_progress(SimpleNamespace(fraction=number / 40, stage=f"step {number}"))
    time.sleep(0.1)
    waits = 0
    while gate and not Path(gate).exists() and waits < 1200:
        waits += 1
        time.sleep(0.1)
assert fails == 0, "this was to be expected"
"""
RESULT = """
import json
facts = {"name": dataset_name, "rows": 344, "columns": 8, "parquet_sha256": "0" * 64}
json.dump({"schema_version": 1, "kind": "analyze", "dataset": facts, "seed": seed, "versions": {}, "summary": {},
           "columns": [], "events": [], "scores": [], "durations_seconds": {}, "files": []}, open("result.json", "w"))
"""
PARAMETERS = """
fails: int = 0  # Whether the work fails
gate: str = ""  # A file for which the work waits, after its first line
seed: int = 0  # Seed of all random numbers
dataset_file: str = "input.parquet"  # The table
dataset_name: str = "dataset"  # Its name
"""


@pytest.fixture(scope="module")
def notebooks(tmp_path_factory):
    """An analyze notebook that prints forty lines in two seconds."""
    folder = tmp_path_factory.mktemp("notebooks")
    cells = [new_markdown_cell("# A test"), new_code_cell(PARAMETERS.strip(), metadata={"tags": ["parameters"]})]
    cells += [new_markdown_cell("## Work"), new_code_cell(WORK), new_code_cell(RESULT)]
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(new_notebook(cells=cells, metadata=metadata), folder / "analyze.ipynb")
    return folder


@pytest.fixture(scope="module")
def slow(notebooks, tmp_path_factory):
    """An installation with that notebook, where two may follow live."""
    with running(tmp_path_factory.mktemp("slow"), WRANGLER_NOTEBOOKS_DIR=str(notebooks), JOB_WATCHERS="2") as made:
        yield made


@pytest.fixture(scope="module")
def person(slow):
    return slow.person()


@pytest.fixture(scope="module")
def dataset(person):
    return person.upload(PENGUINS)


@pytest.fixture
def job(person, dataset):
    return person.submit("analyze", dataset["id"])


@pytest.fixture
def gate(tmp_path):
    return tmp_path / "gate"


@pytest.fixture
def gated_job(person, dataset, gate):
    """A job that comes to no end before whoever watches it has started, however slowly."""
    return person.submit("analyze", dataset["id"], gate=str(gate))


def watch_command(job, *options):
    return [sys.executable, "-m", "flask", "--app", "wsgi", "job", "watch", job["id"], *options]


def printed(events):
    """The lines that the cells printed, from the text of the log events."""
    text = "".join(event["text"] for event in events if event["event"] == "log")
    return [line for line in text.splitlines(keepends=True) if line.startswith("line")]


def test_a_job_is_followed_from_its_submission_to_its_end(person, job):
    arrived = [(time.monotonic(), event) for event in person.follow(job)]
    events = [event for _, event in arrived]
    progress = [event for event in events if event["event"] == "progress"]

    assert printed(events) == LINES
    assert len({event["stage"] for event in progress if event["stage"].startswith("Work: step")}) >= 3
    assert [event["progress"] for event in progress] == sorted(event["progress"] for event in progress)
    assert any(event["expected_seconds_left"] for event in progress)
    assert events[-1] == {"event": "end", "state": "succeeded", "error": None}
    logs = [at for at, event in arrived if event["event"] == "log"]
    assert logs[-1] - logs[0] > 1  # it came while it was printed


def test_a_client_that_is_cut_off_again_and_again_loses_nothing_and_receives_nothing_twice(person, job):
    text, last, is_over, cuts = "", "", False, 0
    while not is_over:
        headers = {"Last-Event-ID": last} if last else {}
        with person._http.stream("GET", f"/jobs/{job['id']}/events", headers=headers) as response:
            taken = itertools.islice(response.iter_lines(), 9)  # then the connection is dropped
            for line in taken:
                name, _, value = line.partition(": ")
                if name == "id":
                    last = value
                elif name == "event":
                    is_over = value == "end"
                elif name == "data":
                    text += json.loads(value).get("text", "")
            cuts += 1

    assert cuts > 3
    assert [line for line in text.splitlines(keepends=True) if line.startswith("line")] == LINES
    assert text == person._http.get(f"/jobs/{job['id']}/log").text


def test_where_there_is_no_place_a_follower_goes_on_by_long_poll(person, job):
    with (
        person._http.stream("GET", f"/jobs/{job['id']}/events"),
        person._http.stream("GET", f"/jobs/{job['id']}/events"),
    ):
        assert person._http.get(f"/jobs/{job['id']}/events").status_code == 429
        events = list(person.follow(job))

    assert printed(events) == LINES
    assert events[-1]["state"] == "succeeded"


def test_the_log_of_a_failed_job_is_kept_with_the_reason(person, dataset):
    job = person.wait(person.submit("analyze", dataset["id"], fails=1))

    log = person._http.get(f"/jobs/{job['id']}/log").text
    artifact = person._http.get(f"/jobs/{job['id']}/artifacts/log.txt")
    assert job["state"] == "failed"
    assert all(line in log for line in LINES)
    assert "this was to be expected" in log.splitlines()[-1]
    assert artifact.text == log


def test_following_what_is_not_there_is_refused(person):
    with pytest.raises(Refused, match="404"):
        list(person.follow({"id": "00000000-0000-0000-0000-000000000000"}))


def test_watching_from_the_command_line_ends_with_the_result(slow, gated_job, gate):
    environment = {**slow.environment, "PYTHONUNBUFFERED": "1"}
    command = watch_command(gated_job, "--log")
    with subprocess.Popen(command, cwd=PROJECT_ROOT, env=environment, stdout=subprocess.PIPE, text=True) as watcher:
        printed_text = ""
        for line in watcher.stdout:
            printed_text += line
            if "Work: step" in line:
                gate.touch()

    assert watcher.returncode == 0, printed_text
    assert "line 39 ä" in printed_text
    assert "succeeded: analyze job on penguins" in printed_text
    assert "report.html" in printed_text
    assert "\x1b" not in printed_text


def test_watching_a_job_that_fails_prints_why_and_exits_with_1(slow, person, dataset):
    printed_text = slow.flask("job", "watch", person.submit("analyze", dataset["id"], fails=1)["id"])

    assert printed_text.returncode == 1
    assert "CELL_FAILED in cell" in printed_text.stdout
    assert "this was to be expected" in printed_text.stdout


def test_an_interrupted_watcher_leaves_the_job_running_and_reports_it(slow, person, gated_job, gate):
    """In a terminal, where it draws a bar."""
    terminal, end = pty.openpty()
    watcher = subprocess.Popen(watch_command(gated_job), cwd=PROJECT_ROOT, env=slow.environment, stdout=end, stderr=end)
    os.close(end)
    printed_bytes, is_interrupted = b"", False
    with contextlib.suppress(OSError):  # so a terminal reports that nobody is at the other end any more
        while piece := os.read(terminal, 4096):
            printed_bytes += piece
            if b"Work: step" in printed_bytes and not is_interrupted:
                watcher.send_signal(signal.SIGINT)
                is_interrupted = True
    os.close(terminal)
    gate.touch()

    assert watcher.wait() == 130, printed_bytes
    assert b"\r\x1b[2K[#" in printed_bytes
    assert b"the job runs on" in printed_bytes
    assert person.wait(gated_job)["state"] == "succeeded"


def test_a_server_that_is_stopped_lets_its_followers_go(slow, person, gated_job, gate):
    with contextlib.ExitStack() as stack:
        with slow.second_server() as url:
            follower = stack.enter_context(httpx.Client(headers=person._http.headers, timeout=60))
            events = f"{url}/api/v1/jobs/{gated_job['id']}/events"
            lines = stack.enter_context(follower.stream("GET", events)).iter_lines()
            first = next(lines)
        rest = list(lines)  # had the server been killed, this would raise

    gate.touch()
    assert first.startswith("retry: ")
    assert "event: end" not in rest
