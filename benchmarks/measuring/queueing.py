"""Many jobs: how many a minute, and how soon a single one starts."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.measuring.installation import Installation
from benchmarks.measuring.notebook import new_folder, write_notebook
from benchmarks.measuring.ways import papermill_command

SLOTS = 2


def wrangler_jobs_a_minute(parent: Path, jobs: int) -> float:
    """Real jobs of a real worker with two slots, from the first submission to the last result."""
    installation = Installation(parent)
    with installation.worker(SLOTS):
        began = time.perf_counter()
        for job_id in [installation.submit() for _ in range(jobs)]:
            installation.finished(job_id)
        seconds = time.perf_counter() - began
    installation.close()
    return 60 * jobs / seconds


def papermill_jobs_a_minute(parent: Path, jobs: int) -> float:
    """Two threads that start a process with papermill for each job."""
    notebook = write_notebook(parent / "template")
    folders = [new_folder(parent, str(number)) for number in range(jobs)]
    began = time.perf_counter()
    with ThreadPoolExecutor(SLOTS) as pool:
        list(pool.map(lambda folder: papermill_command(notebook, folder), folders))
    return 60 * jobs / (time.perf_counter() - began)


def seconds_to_start(parent: Path, runs: int, redis_url: str = "") -> list[float]:
    """From the commit of a job to its claim by an idle worker."""
    installation = Installation(parent, redis_url)
    waited = []
    with installation.worker(1):
        for number in range(runs):
            time.sleep(0.5 + 0.07 * number)  # idle, and at no fixed place of any rhythm
            job = installation.finished(installation.submit())
            assert job.started_at is not None
            waited.append((job.started_at - job.available_at).total_seconds())
    installation.close()
    return waited
