"""`gunicorn --config python:wrangler.web.gunicorn wsgi:app`: what gunicorn has to know of Wrangler."""

import signal
from types import FrameType
from typing import Any

from wrangler.web.context import HUB


def post_worker_init(worker: Any) -> None:  # noqa: ANN401 - gunicorn is untyped
    """Those who follow jobs live are let go when the server is told to stop, so that it need not wait for them."""

    def stop(number: int, frame: FrameType | None) -> None:
        hub = worker.wsgi.extensions.get(HUB)
        if hub is not None:
            hub.close()
        worker.handle_exit(number, frame)

    signal.signal(signal.SIGTERM, stop)
