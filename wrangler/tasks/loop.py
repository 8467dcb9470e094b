"""Work that a thread repeats for as long as its process lives, whatever becomes of one round."""

import threading
from collections.abc import Callable

import structlog
from sqlalchemy.exc import DBAPIError

logger = structlog.get_logger(__name__)


def repeat(name: str, work: Callable[[], None], wait: Callable[[], object], ending: threading.Event) -> None:
    """Do the work, wait, and do it again until asked to end.

    A thread that died would leave a worker that looks alive and keeps no promise, so no failure ends it: each is
    logged, and the next round tries again. `/health` reports what is then not done.
    """
    while not ending.is_set():
        try:
            work()
        except DBAPIError as exc:
            logger.warning("waits for the database", thread=name, error=str(exc.orig))
        except Exception:  # a thread's edge, see above
            logger.exception("a round failed", thread=name)
        wait()
