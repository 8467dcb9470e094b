"""Answers of 5xx that nobody was promised: kept whole, with what the web server logged while it made them."""

import re
from dataclasses import dataclass
from pathlib import Path

import httpx

UNAVAILABLE = 503
MOST_CHARACTERS = 20_000
_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_EVENT = re.compile(r"^(?:\d{4}-\d\d-\d\d[T ]|\[\d{4}-\d\d-\d\d )", re.MULTILINE)
_OF_GUNICORN = "Error handling request"  # gunicorn logs what left the application, without the id of the request


@dataclass(frozen=True)
class ServerError:
    """One such answer: `at` is when it was asked for, by the clock (`time.time`)."""

    at: float
    method: str
    path: str
    body: str
    status: int
    response: str
    log: str

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.body}: {self.status} {self.response}\n{self.log}".strip()


def is_promised(status: int, headers: httpx.Headers) -> bool:
    """Whether an answer is no server error, or the one that reports when to try again."""
    return status < httpx.codes.INTERNAL_SERVER_ERROR or (status == UNAVAILABLE and "Retry-After" in headers)


class LogReader:
    """What a log file has gained since a moment; of a file that is not there, nothing."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._begin = self._size()

    def _size(self) -> int:
        return self._path.stat().st_size if self._path and self._path.exists() else 0

    def gained(self, request_id: str, path: str) -> str:
        """The events of one request with their tracebacks, or all events when none names it."""
        if self._path is None or not self._path.exists():
            return ""
        with self._path.open("rb") as file:
            file.seek(self._begin)
            text = _ANSI.sub("", file.read().decode(errors="replace"))
        starts = [found.start() for found in _EVENT.finditer(text)]
        events = [text[start:end] for start, end in zip(starts, [*starts[1:], len(text)], strict=True)]
        own = [one for one in events if request_id in one or (_OF_GUNICORN in one and path in one)]
        return "".join(own or events)[-MOST_CHARACTERS:]


def kept(
    request: httpx.Request, response: httpx.Response, *, at: float, request_id: str, log: LogReader
) -> ServerError:
    """The request, its answer and the log of both."""
    body = request.content.decode(errors="replace")
    target = request.url.raw_path.decode()
    gained = log.gained(request_id, target)
    return ServerError(at, request.method, target, body, response.status_code, response.text[:MOST_CHARACTERS], gained)
