"""The life of one job on SQLite, in a process that kills itself at the n-th point where a crash could tear something.

`python -m tests.faults.crash_points` lives that life once unharmed and reports how many points it has passed; then it
forks one process for each point and reports how it ended. Before each it waits for a word: so whoever reads along can
look at what was left. The forked ones find everything imported and mapped, which is most of the time of a first life.
"""

import itertools
import os
import shutil
import signal
import sys
import uuid
from pathlib import Path

from sqlalchemy import event, select
from sqlalchemy.engine import Engine

from wrangler.app import create_app
from wrangler.config import settings_of
from wrangler.extensions import db
from wrangler.files import file_sha256
from wrangler.models import Dataset, Job, User
from wrangler.notebook import ArtifactFile, Outcome
from wrangler.notebook.protocol import NOTEBOOK_FILE
from wrangler.services.jobs import leases, results, submission
from wrangler.services.jobs.submission import JobRequest
from wrangler.services.storage import Storage

FILE_EVENTS = {"os.rename", "os.link", "os.mkdir", "os.rmdir", "os.remove", "shutil.rmtree", "shutil.copyfile"}
COMPLETED = "imputed.parquet"


class Fuse:
    """Counts the points that a process passes, and kills it at one of them."""

    def __init__(self) -> None:
        self.passed = 0
        self._last: int | None = None

    def burn(self) -> None:
        self.passed += 1
        if self.passed == self._last:
            os.kill(os.getpid(), signal.SIGKILL)

    def light(self, last: int) -> None:
        """Count from here, and die at this point."""
        self.passed, self._last = 0, last

    def lay(self) -> None:
        """Around each statement and each commit, and before each change of the file tree."""
        for name in ("before_cursor_execute", "after_cursor_execute", "commit", "rollback"):
            event.listen(Engine, name, lambda *_: self.burn())
        event.listen(db.session, "after_commit", lambda *_: self.burn())
        sys.addaudithook(lambda name, _arguments: self.burn() if name in FILE_EVENTS else None)


def live(settings) -> None:
    """Submit a job and see it through, and another one that is cancelled while it runs."""
    owner_id = db.session.scalar(select(User.id))
    dataset_id = db.session.scalar(select(Dataset.id).where(Dataset.parent_id.is_(None)))
    db.session.rollback()
    storage = Storage(settings.data_dir)
    for is_cancelled in (False, True):
        job_request = JobRequest(kind="impute", dataset_id=dataset_id)
        job_id = submission.submit(owner_id, job_request, settings=settings, notify=lambda *_: False).id
        run(job_id, storage, owner_id if is_cancelled else None)


def run(job_id: uuid.UUID, storage: Storage, cancelled_by: uuid.UUID | None = None) -> None:
    """What a worker does, but for the notebook."""
    held = leases.claim(job_id, worker="one", lease_seconds=60)
    if held is None:
        return
    dataset_id = db.session.get_one(Job, job_id).dataset_id
    db.session.rollback()
    folder = storage.new_run_folder(held.row_id, held.attempt)
    shutil.copyfile(storage.table(dataset_id), folder / COMPLETED)
    (folder / NOTEBOOK_FILE).write_text("{}")
    with db.engine.begin() as connection:
        leases.renew(connection, held, lease_seconds=60, progress=(0.5, "Work"))
    if cancelled_by is not None:
        submission.cancel(cancelled_by, job_id)
    results.publish(held, outcome_of(folder), storage)


def outcome_of(folder: Path) -> Outcome:
    """A successful run that left these files, a completed table among them."""
    files = sorted(folder.iterdir())
    left = [ArtifactFile(one.name, "application/octet-stream", one.stat().st_size, file_sha256(one)) for one in files]
    return Outcome(
        succeeded=True,
        error=None,
        artifacts=left,
        result={"summary": {"cells_filled": 1}},
        peak_memory_bytes=1,
        cpu_seconds=0.1,
        duration_seconds=0.1,
    )


def end_of_forked(fuse: Fuse, point: int, settings) -> int:
    """How a copy of this process ended that lived until that point."""
    child = os.fork()
    if child == 0:
        fuse.light(point)
        live(settings)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def run_crash_point(number: int) -> bool:
    """Whether the reader wants to go on after this."""
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()
    return bool(sys.stdin.readline())


def main() -> None:
    app = create_app()
    with app.app_context():
        fuse = Fuse()
        fuse.lay()
        live(settings_of(app))
        db.session.remove()
        db.engine.dispose()  # no connection may be shared with those that are forked
        wants_more = run_crash_point(fuse.passed)
        for point in itertools.count(1):
            wants_more = wants_more and run_crash_point(end_of_forked(fuse, point, settings_of(app)))
            if not wants_more:
                break


if __name__ == "__main__":
    main()
