"""A small installation on either database and queue, whose workers a test starts, stops and kills."""

import atexit
import contextlib
import signal
import sqlite3
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import psutil
from flask import Flask
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from tests.imports_once import imports_once
from tests.quick_apps import compile_routes_once, create_tables
from tests.zygote import Forked, Zygote
from wrangler.app import create_app
from wrangler.config import PROJECT_ROOT, Environment, Settings, environment_with
from wrangler.examples import PENGUINS
from wrangler.extensions import db
from wrangler.importing import ImportOptions
from wrangler.models import Artifact, Dataset, Job, JobState
from wrangler.queues import queues_of
from wrangler.services import accounts, datasets
from wrangler.services.datasets import Upload
from wrangler.services.jobs import submission
from wrangler.services.jobs.submission import JobRequest

PATIENCE_SECONDS = 240
SLACK_SECONDS = 60  # for what takes a moment on a machine that is not busy
LEASE_SECONDS = 5  # a heartbeat may be late by three of them on a busy machine
GENEROUS_SETTINGS = {"JOB_LEASE_SECONDS": "60"}  # for workers whose leases are not to end, however busy the machine is
RESULT = """
import json
facts = {"name": dataset_name, "rows": 344, "columns": 8, "parquet_sha256": "0" * 64}
json.dump({"schema_version": 1, "kind": "analyze", "dataset": facts, "seed": seed, "versions": {}, "summary": {},
           "columns": [], "events": [], "scores": [], "durations_seconds": {}, "files": []}, open("result.json", "w"))
"""
WORKER = (sys.executable, "huey_worker.py", "--queues", "analysis")
CONSUMER = (str(Path(sys.executable).parent / "huey_consumer"), "huey_worker.analysis", "-m", "0.5")


def is_working(job: Job) -> bool:
    return job.state is JobState.RUNNING and job.stage == "Work"


def is_final(job: Job) -> bool:
    return job.state.is_final


@dataclass
class SmallInstallation:
    """An owner, a dataset and an analyze notebook that does what the test wants."""

    __test__ = False  # pytest takes the name for that of a test

    app: Flask
    settings: Settings
    owner_id: uuid.UUID = field(default_factory=uuid.uuid4)
    dataset_id: uuid.UUID = field(default_factory=uuid.uuid4)

    @property
    def notebooks(self) -> Path:
        return self.settings.notebooks_dir

    @property
    def ledger(self) -> Path:
        """A file to which a notebook may write that it was executed: a side effect that cannot be taken back."""
        return self.settings.data_dir.parent / "ledger"

    @property
    def gate(self) -> Path:
        return self.settings.data_dir.parent / "gate"

    def work(self, *sources: str, result: str = RESULT) -> None:
        """What jobs do from now on: these cells under the heading "Work", and then the result."""
        parameters = 'seed: int = 0\ndataset_file: str = "input.parquet"\ndataset_name: str = "dataset"'
        cells = [new_markdown_cell("# A test"), new_code_cell(parameters, metadata={"tags": ["parameters"]})]
        cells += [new_markdown_cell("## Work"), *map(new_code_cell, sources), new_code_cell(result)]
        metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
        draft = self.notebooks / "draft"
        nbformat.write(new_notebook(cells=cells, metadata=metadata), draft)
        draft.replace(self.notebooks / "analyze.ipynb")

    def hold(self) -> None:
        """Jobs wait in their work from now on, until they are let go."""
        self.gate.unlink(missing_ok=True)
        self.work(
            f"import os, pathlib, time\n"
            f"with open({str(self.ledger)!r}, 'a') as ledger: print(os.getcwd(), file=ledger)\n"
            f"while not pathlib.Path({str(self.gate)!r}).exists(): time.sleep(0.05)"
        )

    def release(self) -> None:
        self.gate.touch()

    def submit(self, *, notifies: bool = False, **settings: Any) -> uuid.UUID:
        """A job of this owner; unless it `notifies`, a worker must find it by looking."""
        with self.app.app_context():
            job_request = JobRequest(kind="analyze", dataset_id=self.dataset_id)
            notify = queues_of(self.app).notify if notifies else lambda *_: False
            return submission.submit(
                self.owner_id, job_request, settings=self.settings.model_copy(update=settings), notify=notify
            ).id

    def delete_jobs(self) -> None:
        """Have nothing left to do for the workers of the next test."""
        with self.app.app_context():
            db.session.query(Job).delete()
            db.session.commit()

    def finalize(self) -> None:
        """An owner and a dataset."""
        with self.app.app_context():
            self.owner_id = accounts.register("ada@example.org", "correct horse battery", "Ada").id
        self.dataset_id = self.new_dataset()

    def new_dataset(self) -> uuid.UUID:
        copy = self.settings.data_dir.parent / "upload"
        copy.write_bytes(PENGUINS.read_bytes())
        upload = Upload(copy, copy.stat().st_size, "0" * 64, "penguins.csv")
        with self.app.app_context():
            return datasets.create(self.owner_id, upload, ImportOptions(), name=None, settings=self.settings).id

    @property
    def environment(self) -> dict[str, str]:
        return {
            "WRANGLER_DATA_DIR": str(self.settings.data_dir),
            "WRANGLER_NOTEBOOKS_DIR": str(self.notebooks),
            "DATABASE_URL": self.settings.database_url,
            "REDIS_URL": self.settings.redis_url,
            "RATELIMIT_ENABLED": "false",
            "JOB_LEASE_SECONDS": str(LEASE_SECONDS),
            "JOB_DISPATCH_SECONDS": "1",
            "PYTHONPATH": str(PROJECT_ROOT),
        }

    @contextlib.contextmanager
    def process(self, *command: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
        """Any process of this installation; it is killed at the end, and so is what it has started."""
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                command,
                cwd=PROJECT_ROOT,
                env=environment_with(**self.environment | environment),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE if "-c" in command else log,
                stderr=log,
            )
        with process:
            try:
                yield process
            finally:
                kill_tree(process.pid)

    def freeze(self, worker: psutil.Process) -> None:
        """Suspend a worker at a moment when it holds no lock: with one it would freeze all others along."""
        worker.suspend()
        while not self._can_write():
            worker.resume()
            time.sleep(0.05)
            worker.suspend()

    def _can_write(self) -> bool:
        """Whether nobody is in the middle of a transaction that writes."""
        try:
            if not self.settings.database_url:
                with contextlib.closing(sqlite3.connect(self.settings.data_dir / "wrangler.sqlite3", timeout=1)) as one:
                    one.execute("BEGIN IMMEDIATE")
                return True
            with self.app.app_context(), db.engine.begin() as connection:
                connection.execute(text("SET LOCAL lock_timeout = '1s'"))
                connection.execute(text("LOCK TABLE jobs, maintenance_tasks, workers IN SHARE ROW EXCLUSIVE MODE"))
        except (sqlite3.OperationalError, OperationalError):
            return False
        return True

    def worker(
        self, *command: str, afresh: bool = False, **environment: str
    ) -> contextlib.AbstractContextManager[subprocess.Popen[bytes] | Forked]:
        """A worker; unless `afresh` it is forked from a process that has loaded everything."""
        command = command or WORKER
        if afresh or command[:2] != WORKER[:2]:
            return self.process(*command, **environment)
        return self._forked(*command[1:], **environment)

    @contextlib.contextmanager
    def _forked(self, *arguments: str, **environment: str) -> Iterator[Forked]:
        environment = environment_with(**self.environment | environment)
        with self.log.open("ab") as log:
            process = zygote().start(arguments, PROJECT_ROOT, environment, log)
        with process:
            try:
                yield process
            finally:
                for pid in (process.pid, *process.servers()):
                    kill_tree(pid)

    def wait(self, job_id: uuid.UUID, condition: Callable[[Job], bool] = is_final) -> Job:
        """The job as soon as the condition holds for it."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            job = self.job(job_id)
            if condition(job):
                return job
            time.sleep(0.05)
        raise AssertionError(f"the job is {job.state} at {job.stage!r}; {self.log.read_text()}")

    def job(self, job_id: uuid.UUID) -> Job:
        with self.app.app_context():
            job: Job = db.session.get_one(Job, job_id)
            db.session.expunge(job)
            return job

    @property
    def log(self) -> Path:
        return self.settings.data_dir / "processes.log"

    def executions(self, job_id: uuid.UUID) -> int:
        """How often the work of a job has begun, whatever became of it."""
        return self.ledger.read_text().count(f"/{job_id}/") if self.ledger.exists() else 0

    def published(self, job_id: uuid.UUID) -> list[int]:
        """The attempts that left something to be read, by the rows and by the disk.

        They agree as soon as nobody publishes: a worker that was fenced takes back what it had put in place.
        """
        folder = self.settings.data_dir / "artifacts" / str(job_id)
        deadline = time.monotonic() + SLACK_SECONDS
        while True:
            with self.app.app_context():
                rows = db.session.query(Artifact.attempt).filter(Artifact.job_id == job_id).distinct().all()
            attempts = sorted(row[0] for row in rows)
            on_disk = sorted(int(path.name) for path in folder.iterdir()) if folder.exists() else []
            if attempts == on_disk:
                return attempts
            assert time.monotonic() < deadline, f"published by the rows: {attempts}, by the disk: {on_disk}"
            time.sleep(0.05)

    def artifacts(self, job_id: uuid.UUID) -> list[str]:
        """The names of the files that a job offers, sorted."""
        with self.app.app_context():
            rows = db.session.query(Artifact.name).filter(Artifact.job_id == job_id).order_by(Artifact.name).all()
        return [row[0] for row in rows]

    def report(self, job_id: uuid.UUID) -> nbformat.NotebookNode:
        (attempt,) = self.published(job_id)
        folder = self.settings.data_dir / "artifacts" / str(job_id) / str(attempt)
        return nbformat.read(folder / "report.ipynb", as_version=4)

    def completed(self, job_id: uuid.UUID) -> int:
        """How many datasets a job has made."""
        with self.app.app_context():
            return db.session.query(Dataset).filter(Dataset.job_id == job_id).count()

    def processes_of_runs(self) -> list[psutil.Process]:
        """Everybody who stands in the data directory, which all processes of a run do."""
        folder = str(self.settings.data_dir)
        found = []
        for entry in Path("/proc").glob("[0-9]*"):  # psutil would read some files of every process of the machine
            with contextlib.suppress(OSError, psutil.Error):
                if str((entry / "cwd").readlink()).startswith(folder):
                    found.append(psutil.Process(int(entry.name)))
        return found


@cache
def zygote() -> Zygote:
    """One for this process of pytest."""
    made = Zygote()
    atexit.register(made.close)
    return made


@contextlib.contextmanager
def installed(folder: Path, **different: Any) -> Iterator[SmallInstallation]:
    """A farm on fresh tables, in this folder."""
    notebooks = folder / "notebooks"
    notebooks.mkdir(parents=True)
    chosen = {
        "env": Environment.TESTING,
        "data_dir": folder / "var",
        "notebooks_dir": notebooks,
        "ratelimit_enabled": False,
        "log_level": "WARNING",
    }
    settings = Settings(**chosen | different)
    compile_routes_once()
    installation = SmallInstallation(create_app(settings), settings)
    create_tables(installation.app, settings)
    with imports_once():
        installation.finalize()
    installation.hold()
    yield installation
    with installation.app.app_context():
        db.session.remove()
        db.engine.dispose()


def kill_tree(pid: int) -> None:
    """Kill a process and all below it, whatever they did to be left alone."""
    with contextlib.suppress(psutil.NoSuchProcess):
        root = psutil.Process(pid)
        below = root.children(recursive=True)
        for process in (root, *below):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGKILL)
        wait_until(lambda: are_gone(below))


def wait_until(
    condition: Callable[[], object], seconds: float = PATIENCE_SECONDS, message_on_timeout: str = ""
) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, message_on_timeout or "what was waited for did not come"
        time.sleep(0.05)


def are_gone(processes: list[psutil.Process]) -> bool:
    """Whether none of these is alive; one that is dead but not yet buried by its parent is gone too."""
    return not any(_is_alive(process) for process in processes)


def _is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def is_gone(pid: int) -> bool:
    """The same of one process that is known by its number."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
