"""Clients that order jobs over HTTP: they repeat what was not answered, hang up, order twice, and cancel."""

import queue
import random
import threading
import time
import uuid
from dataclasses import dataclass

import httpx

from tests.chaos.notebooks import KINDS, PlannedEnding
from tests.chaos.records import EventLog, HttpResponse, Outcome, Submission
from tests.chaos.server_errors import LogReader, is_promised, kept

CLIENTS = 4
MOST_UNFINISHED = 16
AHEAD_OF_FAULTS = 2.5
LONGEST_WAIT_SECONDS = 60
LONGEST_SUBMISSION_SECONDS = 120
RESPONSE_SECONDS = 30
HANG_UP_SECONDS = 0.004
LONGEST_PAUSE_SECONDS = 1.0
PLANNED_ENDINGS = [PlannedEnding.SUCCEED] * 16 + [
    PlannedEnding.RAISE,
    PlannedEnding.EXIT,
    PlannedEnding.SILENT,
    PlannedEnding.DIE,
]


def plan(jobs: int, chance: random.Random) -> list[Submission]:
    """Submissions with their planned endings, all from the seed."""
    return [
        Submission(
            key=str(uuid.UUID(int=chance.getrandbits(128))),
            kind=chance.choice(KINDS),
            ending=chance.choice(PLANNED_ENDINGS),
            seconds=round(chance.uniform(0, 2), 3),
            hangs_up=chance.random() < 0.1,
            gives_up=chance.random() < 0.2,
            sends_again=chance.random() < 0.1,
            misuses_key=chance.random() < 0.05,
            cancels_after=round(chance.uniform(0, 4), 3) if chance.random() < 0.12 else None,
        )
        for _ in range(jobs)
    ]


class Caller:
    """One conversation with the API, with every answer written down; of server errors, the log of the server too."""

    def __init__(self, url: str, token: str, event_log: EventLog) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        self._http = httpx.Client(base_url=f"{url}/api/v1", headers=headers, timeout=RESPONSE_SECONDS)
        self._event_log = event_log

    def call(
        self, verb: str, path: str, call: str, *, timeout: float = RESPONSE_SECONDS, **request: object
    ) -> httpx.Response | None:
        """The answer, or None when the connection broke before there was one."""
        at, started, request_id, log = (
            time.time(),
            time.monotonic(),
            uuid.uuid4().hex,
            LogReader(self._event_log.web_log),
        )
        sent = self._http.build_request(verb, path, timeout=timeout, **request)  # type: ignore[arg-type]
        sent.headers["X-Request-ID"] = request_id
        try:
            response = self._http.send(sent)
        except httpx.TransportError:
            response = None
        status = None if response is None else response.status_code
        retry_after = response is not None and "Retry-After" in response.headers
        self._event_log.responses.append(HttpResponse(at, time.monotonic() - started, call, status, retry_after))
        if response is not None and not is_promised(response.status_code, response.headers):
            error = kept(sent, response, at=at, request_id=request_id, log=log)
            self._event_log.server_errors.append(error)
        return response

    def close(self) -> None:
        self._http.close()


@dataclass
class Load:
    """The clients of a campaign and the orders that they share."""

    url: str
    token: str
    dataset_id: str
    event_log: EventLog
    stopping: threading.Event
    faults: int

    def __post_init__(self) -> None:
        self._orders: queue.SimpleQueue[Submission] = queue.SimpleQueue()
        for submission in self.event_log.submissions:
            self._orders.put(submission)
        self._threads = [threading.Thread(target=self._work, name=f"client {n}", daemon=True) for n in range(CLIENTS)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        caller = Caller(self.url, self.token, self.event_log)
        while not self.stopping.is_set():
            try:
                submission = self._orders.get_nowait()
            except queue.Empty:
                break
            self._wait_for_capacity()
            self._order(caller, submission)
        caller.close()

    def _wait_for_capacity(self) -> None:
        """Keep some jobs in hand, but do not run ahead of the faults: each has to find work that it can hurt."""
        give_up_at = time.monotonic() + LONGEST_WAIT_SECONDS
        while not self._has_capacity() and time.monotonic() < give_up_at and not self.stopping.is_set():
            time.sleep(0.1)

    def _has_capacity(self) -> bool:
        share = (len(self.event_log.faults) + AHEAD_OF_FAULTS) / max(1, self.faults)
        return self.event_log.unfinished < MOST_UNFINISHED and self.event_log.concluded < share * len(
            self.event_log.submissions
        )

    def _order(self, caller: Caller, submission: Submission) -> None:
        outcome = self._submit(caller, submission)
        if outcome is Outcome.ACKNOWLEDGED and submission.sends_again:
            self._submit(caller, submission)
        if outcome is Outcome.ACKNOWLEDGED and submission.misuses_key:
            self._misuse_key(caller, submission)
        self.event_log.conclude(submission, outcome)
        if outcome is Outcome.ACKNOWLEDGED and submission.cancels_after is not None:
            time.sleep(submission.cancels_after)
            self._cancel(caller, submission)

    def _submit(self, caller: Caller, submission: Submission) -> Outcome:
        give_up_at = time.monotonic() + LONGEST_SUBMISSION_SECONDS
        while time.monotonic() < give_up_at:
            hurried = submission.hangs_up and submission.attempts == 0
            timeout = HANG_UP_SECONDS if hurried else RESPONSE_SECONDS
            submission.attempts += 1
            response = self._post(caller, submission, submission.seconds, timeout=timeout)
            if response is not None and response.status_code == httpx.codes.ACCEPTED:
                submission.job_ids.add(response.json()["id"])
                return Outcome.ACKNOWLEDGED
            if (
                response is not None
                and response.is_client_error
                and response.status_code != httpx.codes.TOO_MANY_REQUESTS
            ):
                self.event_log.complaints.append(f"order {submission.key} was refused: {response.text[:300]}")
                return Outcome.REFUSED
            if hurried and submission.gives_up:
                return Outcome.UNKNOWN
            _pause(response)
        return Outcome.UNKNOWN

    def _post(
        self, caller: Caller, submission: Submission, seconds: float, *, timeout: float = RESPONSE_SECONDS
    ) -> httpx.Response | None:
        body = {
            "kind": submission.kind,
            "dataset_id": self.dataset_id,
            "parameters": {"ending": submission.ending.value, "seconds": seconds},
        }
        headers = {"Idempotency-Key": submission.key}
        return caller.call("POST", "/jobs", "submit", timeout=timeout, json=body, headers=headers)

    def _misuse_key(self, caller: Caller, submission: Submission) -> None:
        """The same key with another order must be refused."""
        response = self._post(caller, submission, submission.seconds + 1)
        if response is not None and response.is_success:
            submission.job_ids.add(response.json()["id"])
            self.event_log.complaints.append(f"key {submission.key} was taken for another order")

    def _cancel(self, caller: Caller, submission: Submission) -> None:
        submission.cancel_asked = True
        give_up_at = time.monotonic() + LONGEST_SUBMISSION_SECONDS
        (job_id,) = submission.job_ids
        while time.monotonic() < give_up_at:
            asked_at = time.monotonic()
            response = caller.call("POST", f"/jobs/{job_id}/cancel", "cancel")
            if response is not None and response.is_success:
                self.event_log.look_at(response.json(), asked_at)
                return
            _pause(response)


def _pause(response: httpx.Response | None) -> None:
    asked = float(response.headers.get("Retry-After", LONGEST_PAUSE_SECONDS)) if response is not None else 0.2
    time.sleep(min(asked, LONGEST_PAUSE_SECONDS))
