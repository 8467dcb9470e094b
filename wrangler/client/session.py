"""One conversation with a Wrangler server."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

import httpx

FINAL_STATES = frozenset({"succeeded", "failed", "cancelled", "timed_out"})
POLL_SECONDS = 0.3
TIMEOUT_SECONDS = 600.0
Document = dict[str, Any]


class Refused(Exception):
    """The server said no: `problem` is its answer (RFC 9457), `status` the HTTP status."""

    def __init__(self, status: int, problem: Document) -> None:
        reasons = "".join(f"\n  {error['pointer']}: {error['detail']}" for error in problem.get("errors", []))
        super().__init__(f"{status} {problem.get('detail') or problem.get('title', '')}{reasons}")
        self.status = status
        self.problem = problem


def connect(url: str, token: str | None = None) -> "Session":
    """A session at a server's address, with an API token or none."""
    return Session(url, token)


class Session:
    """Calls to `/api/v1`; every answer is the JSON document of the HTTP interface as a dict."""

    def __init__(self, url: str, token: str | None = None) -> None:
        self._http = httpx.Client(base_url=f"{url.rstrip('/')}/api/v1", timeout=TIMEOUT_SECONDS)
        if token is not None:
            self._bear(token)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let the connections go."""
        self._http.close()

    def register(self, email: str, password: str, name: str) -> Document:
        """Make an account."""
        return self._call("POST", "/auth/register", json={"email": email, "password": password, "name": name})

    def log_in(self, email: str, password: str) -> None:
        """Take a short-lived access token and use it from here on."""
        answer = self._call("POST", "/auth/token", json={"email": email, "password": password})
        self._bear(answer["access_token"])

    def upload(self, path: str | Path, *, name: str | None = None, **options: object) -> Document:
        """Upload a table; `options` are the import options (`delimiter=";"`, `types={"zip": "text"}` ...)."""
        form = {"options": json.dumps(options), **({"name": name} if name else {})}
        with Path(path).open("rb") as file:
            return self._call("POST", "/datasets", data=form, files={"file": (Path(path).name, file)})

    def submit(self, kind: str, dataset_id: str, *, seed: int = 0, **parameters: object) -> Document:
        """Order a job: `impute`, `analyze` or `correlate`."""
        order = {"kind": kind, "dataset_id": dataset_id, "parameters": parameters, "seed": seed}
        return self._call("POST", "/jobs", json=order)

    def job(self, job_id: str) -> Document:
        """A job as it is now."""
        return self._call("GET", f"/jobs/{job_id}")

    def watch(self, job: Document) -> Iterator[Document]:
        """The job each time it has changed, until it is final."""
        seen = None
        while True:
            job = self.job(job["id"])
            now = (job["state"], job["progress"], job["stage"])
            if now != seen:
                seen = now
                yield job
            if job["state"] in FINAL_STATES:
                return
            time.sleep(POLL_SECONDS)

    def wait(self, job: Document, report: Callable[[Document], None] | None = None) -> Document:
        """The job once it is final; `report` is called at each change."""
        for current in self.watch(job):
            job = current
            if report is not None:
                report(job)
        return job

    def artifacts(self, job: Document) -> list[Document]:
        """Name, media type, length and SHA-256 of each file that a job left."""
        items: list[Document] = self._call("GET", f"/jobs/{job['id']}/artifacts")["items"]
        return items

    def fetch(self, job: Document, artifact: str, path: str | Path) -> Path:
        """Save one artifact of a job to a file."""
        return self.save(f"/jobs/{job['id']}/artifacts/{quote(artifact)}", path)

    def save(self, path: str, target: str | Path, **query: str | int) -> Path:
        """Save whatever lies under a path of `/api/v1` to a file."""
        target = Path(target)
        with self._http.stream("GET", path, params=query) as answer:
            if answer.is_error:
                answer.read()
                raise _refusal(answer)
            with target.open("wb") as file:
                for chunk in answer.iter_bytes():
                    file.write(chunk)
        return target

    def get(self, path: str, **query: str | int) -> Document:
        """Any other document under `/api/v1`."""
        return self._call("GET", path, params=query)

    def _bear(self, token: str) -> None:
        self._http.headers["Authorization"] = f"Bearer {token}"

    def _call(self, verb: str, path: str, **request: Any) -> Document:  # noqa: ANN401 - as httpx.Client.request
        answer = self._http.request(verb, path, **request)
        if answer.is_error:
            raise _refusal(answer)
        document: Document = answer.json() if answer.content else {}
        return document


def _refusal(answer: httpx.Response) -> Refused:
    try:
        problem = answer.json()
    except ValueError:
        problem = {"title": answer.reason_phrase}
    return Refused(answer.status_code, problem)
