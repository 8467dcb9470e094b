"""Somebody who looks at all jobs over HTTP again and again, so that a final state that changes does not go unseen."""

import threading
import time

from tests.chaos.load import Caller
from tests.chaos.records import EventLog

ROUND_SECONDS = 0.5
PAGE = 100
PATIENCE_SECONDS = 60


class Observer:
    """Makes its rounds until stopped; the last round is complete."""

    def __init__(self, url: str, token: str, event_log: EventLog) -> None:
        self._caller = Caller(url, token, event_log)
        self._event_log = event_log
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._observe, name="observer", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        self._thread.join()
        self._last_round()
        self._caller.close()

    def _observe(self) -> None:
        pause = ROUND_SECONDS
        while not self._ended.wait(pause):
            started = time.monotonic()
            self._round()
            pause = max(ROUND_SECONDS, 3 * (time.monotonic() - started))

    def _last_round(self) -> None:
        give_up_at = time.monotonic() + PATIENCE_SECONDS
        while not self._round():
            if time.monotonic() > give_up_at:
                self._event_log.complaints.append("the API did not answer in the last round")
                return
            time.sleep(ROUND_SECONDS)
        for job_id in list(self._event_log.seen):
            self._look_at_files(job_id)

    def _round(self) -> bool:
        """One look at every job; False when the API did not answer throughout."""
        cursor: str | None = None
        while True:
            query = {"limit": PAGE} | ({"cursor": cursor} if cursor else {})
            asked_at = time.monotonic()
            response = self._caller.call("GET", "/jobs", "list", params=query)
            if response is None or not response.is_success:
                return False
            page = response.json()
            for job in page["items"]:
                if self._event_log.look_at(job, asked_at):
                    self._look_at_files(job["id"])
            cursor = page["next"]
            if cursor is None:
                return True

    def _look_at_files(self, job_id: str) -> None:
        response = self._caller.call("GET", f"/jobs/{job_id}/artifacts", "artifacts")
        if response is not None and response.is_success:
            self._event_log.files[job_id].add(
                frozenset((one["name"], one["sha256"]) for one in response.json()["items"])
            )
