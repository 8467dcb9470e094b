"""The consumer of the control: `python -m tests.chaos.control_worker QUEUE LEDGER`."""

import logging
import sys

from tests.chaos.control_tasks import make_huey, make_task

THREADS = 2


def main(queue: str, ledger: str) -> None:
    logging.basicConfig(level=logging.ERROR)
    huey = make_huey(queue)
    make_task(huey, ledger)
    huey.create_consumer(workers=THREADS, max_delay=0.1).run()


if __name__ == "__main__":
    main(*sys.argv[1:])
