"""`gunicorn --config python:wrangler.web.gunicorn wsgi:app`: Wrangler's hooks in gunicorn."""

import signal
from types import FrameType
from typing import TYPE_CHECKING

from wrangler.config import exit_when_refused, load_settings
from wrangler.services import templates
from wrangler.web.context import HUB

if TYPE_CHECKING:
    from gunicorn.workers.base import Worker


def on_starting(_server: object) -> None:
    """Refuse settings in the master, which then ends with status 1, before any worker is started."""
    with exit_when_refused():
        templates.refuse_unsafe(load_settings())


def post_worker_init(worker: "Worker") -> None:
    """End the event streams when the server is asked to stop, so that it need not wait for them."""

    def stop(number: int, frame: FrameType | None) -> None:
        hub = worker.wsgi.extensions.get(HUB)
        if hub is not None:
            hub.close()
        worker.handle_exit(number, frame)

    signal.signal(signal.SIGTERM, stop)
