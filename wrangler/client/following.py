"""A job as it happens: by server-sent events, and by long-poll where the server has no place for them."""

import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import httpx

from wrangler.client.refused import Refused

FINAL_STATES = frozenset({"succeeded", "failed", "cancelled", "timed_out"})
WAIT_SECONDS = 20
PAUSE_SECONDS = 1.0
MOST_CUTS = 30
STREAM_TIMEOUT = httpx.Timeout(10.0, read=45.0)  # the server sends something at least every 15 s
PROGRESS = ("state", "progress", "stage", "attempt", "expected_seconds_left")
Document = dict[str, Any]


@dataclass
class Poll:
    """Asks for one document again and again; the server delays its response until the document has changed."""

    http: httpx.Client
    path: str
    etag: str = ""

    def next(self) -> Document:
        """The document as it is now, and from then on as soon as it is another."""
        while True:
            began = time.monotonic()
            headers = {"If-None-Match": self.etag} if self.etag else {}
            query = {"wait": WAIT_SECONDS} if self.etag else {}
            response = self.http.get(self.path, params=query, headers=headers)
            if response.is_error:
                raise Refused.of(response)
            if response.status_code != HTTPStatus.NOT_MODIFIED:
                self.etag = response.headers["ETag"]
                document: Document = response.json()
                return document
            if time.monotonic() < began + PAUSE_SECONDS:  # the server had no place to wait in
                time.sleep(PAUSE_SECONDS)


@dataclass
class Follower:
    """Follows one job and knows how far it has come, so that a lost connection loses nothing."""

    http: httpx.Client
    job_id: str
    last_event_id: str = ""
    attempt: int = 0
    offset: int = 0
    is_over: bool = False

    def events(self) -> Iterator[Document]:
        """Each event once, `event` naming its kind: `progress`, `log` (with `text`) and, at last, `end`."""
        cuts = 0
        while not self.is_over:
            try:
                for event in self._stream():
                    cuts = 0
                    yield event
            except httpx.TransportError:
                cuts += 1
                if cuts > MOST_CUTS:
                    raise
                time.sleep(PAUSE_SECONDS)
            except Refused as refusal:
                if refusal.status != HTTPStatus.TOO_MANY_REQUESTS:
                    raise
                yield from self._poll()

    def changes(self) -> Iterator[Document]:
        """The job as it is now, and each time it has changed, by long-poll, until it is final."""
        poll = Poll(self.http, f"/jobs/{self.job_id}")
        while not self.is_over:
            job = poll.next()
            self.is_over = job["state"] in FINAL_STATES
            yield job

    def _stream(self) -> Iterator[Document]:
        headers = {"Last-Event-ID": self.last_event_id} if self.last_event_id else {}
        path = f"/jobs/{self.job_id}/events"
        with self.http.stream("GET", path, headers=headers, timeout=STREAM_TIMEOUT) as response:
            if response.is_error:
                response.read()
                raise Refused.of(response)
            for event_id, event in parse(response.iter_lines()):
                self.last_event_id = event_id
                self.is_over = event["event"] == "end"
                if event["event"] == "log":
                    self.attempt, self.offset = event["attempt"], event["offset"]
                yield event
            self.is_over = self.is_over or response.status_code == HTTPStatus.NO_CONTENT

    def _poll(self) -> Iterator[Document]:
        for job in self.changes():
            yield {"event": "progress", **{name: job[name] for name in PROGRESS}}
            yield from self._log(job["attempt"])
            if self.is_over:
                yield {"event": "end", "state": job["state"], "error": job["error"]}

    def _log(self, attempt: int) -> Iterator[Document]:
        known = self.offset if attempt == self.attempt else 0
        response = self.http.get(f"/jobs/{self.job_id}/log", params={"offset": known})
        if response.is_error:
            raise Refused.of(response)
        if response.content:
            self.attempt, self.offset = int(response.headers["X-Log-Attempt"]), int(response.headers["X-Log-Offset"])
            yield {"event": "log", "attempt": self.attempt, "offset": self.offset, "text": response.text}


def parse(lines: Iterable[str]) -> Iterator[tuple[str, Document]]:
    """Id and content of each server-sent event; comments are passed over."""
    fields: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(": ")
        if name:
            fields[name] = value
        elif "data" in fields:
            yield fields["id"], {"event": fields["event"], **json.loads(fields["data"])}
            fields = {}
