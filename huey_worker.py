"""The worker: `python huey_worker.py` serves all queues; `huey_consumer huey_worker.imputation` serves one."""

import argparse

from wrangler.app import create_app
from wrangler.config import exit_when_refused, settings_of
from wrangler.queue_names import QUEUES
from wrangler.queues import queues_of
from wrangler.tasks.consumer import WorkerProcess

with exit_when_refused():
    app = create_app()
worker = WorkerProcess(app, settings_of(app), queues_of(app))
worker.serve_with_huey_consumer()
imputation, analysis, default = (queues_of(app).hueys[name] for name in QUEUES)


def main() -> None:
    """Read the command line and serve until asked to stop."""
    parser = argparse.ArgumentParser(description="Run Wrangler's jobs.")
    parser.add_argument("--queues", default=",".join(QUEUES), help="comma-separated; default: all of them")
    parser.add_argument("--workers", type=int, default=1, help="jobs run side by side in each queue; default: 1")
    chosen = parser.parse_args()
    serves = [name.strip() for name in chosen.queues.split(",") if name.strip()]
    unknown = sorted(set(serves) - set(QUEUES))
    if unknown:
        parser.error(f"there is no queue {', '.join(unknown)}; the queues are {', '.join(QUEUES)}")
    worker.run(serves, max(1, chosen.workers))


if __name__ == "__main__":
    main()
