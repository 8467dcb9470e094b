"""A thread of a worker outlives whatever fails in one of its rounds."""

import threading

from sqlalchemy.exc import OperationalError

from wrangler.tasks.loop import repeat
from wrangler.web import logs


def test_no_failure_ends_the_rounds(make_settings):
    logs.configure(make_settings())  # without it the traceback is drawn with all that its frames hold
    ending, failures = threading.Event(), [OperationalError("SELECT 1", {}, Exception("gone")), KeyError("x"), None]
    done = []

    def work():
        failure = failures.pop(0)
        if failure is not None:
            raise failure
        done.append("third round")
        ending.set()

    repeat("test", work, lambda: None, ending)

    assert done == ["third round"]
