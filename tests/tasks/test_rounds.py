"""A thread of a worker outlives whatever fails in one of its rounds."""

import threading

from sqlalchemy.exc import OperationalError

from wrangler.tasks.loop import go_round


def test_no_failure_ends_the_rounds():
    ending, failures = threading.Event(), [OperationalError("SELECT 1", {}, Exception("gone")), KeyError("x"), None]
    done = []

    def work():
        failure = failures.pop(0)
        if failure is not None:
            raise failure
        done.append("third round")
        ending.set()

    go_round("test", work, lambda: None, ending)

    assert done == ["third round"]
