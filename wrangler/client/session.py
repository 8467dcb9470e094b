"""A session with a Wrangler server."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Self, TypedDict, Unpack
from urllib.parse import quote

import httpx

from wrangler.client.following import Follower
from wrangler.client.importing import Report, changes, refusal_of, report_for
from wrangler.client.refused import Refused

TIMEOUT_SECONDS = 600.0
LARGE_BYTES = 8 * 1024 * 1024
"""A larger file is imported by a worker after the upload, so that its progress can be followed."""
ASYNCHRONOUS = {"Prefer": "respond-async"}
Document = dict[str, Any]


class _Request(TypedDict, total=False):
    """What is used of the arguments of `httpx.Client.request`."""

    params: Mapping[str, str | int]
    headers: Mapping[str, str]
    json: object
    data: Mapping[str, str]
    files: Mapping[str, tuple[str, IO[bytes]]]


def connect(url: str, token: str | None = None) -> "Session":
    """A session at a server's address, with an API token or none."""
    return Session(url, token)


class Session:
    """Calls to `/api/v1`; every result is the JSON document of the HTTP interface as a dict."""

    def __init__(self, url: str, token: str | None = None) -> None:
        self._http = httpx.Client(base_url=f"{url.rstrip('/')}/api/v1", timeout=TIMEOUT_SECONDS)
        if token is not None:
            self._bear(token)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def register(self, email: str, password: str, name: str) -> Document:
        """Make an account."""
        return self._call("POST", "/auth/register", json={"email": email, "password": password, "name": name})

    def log_in(self, email: str, password: str) -> None:
        """Take a short-lived access token and use it from here on."""
        response = self._call("POST", "/auth/token", json={"email": email, "password": password})
        self._bear(response["access_token"])

    def upload(
        self,
        path: str | Path,
        *,
        name: str | None = None,
        wait: bool = True,
        report: Report | None = None,
        **options: object,
    ) -> Document:
        """Upload a table; `options` are the import options (`delimiter=";"`, `types={"zip": "text"}` ...).

        The dataset comes back ready; with `wait=False` as soon as it has arrived, and `wait_for_import` waits.
        `report` is called at each change of the progress; without it, a terminal or JupyterLab shows the progress of a
        large file.
        """
        path = Path(path)
        form = {"options": json.dumps(options), **({"name": name} if name else {})}
        headers = {} if wait and path.stat().st_size < LARGE_BYTES else ASYNCHRONOUS
        with path.open("rb") as file:
            files = {"file": (path.name, file)}
            dataset = self._call("POST", "/datasets", data=form, files=files, headers=headers)
        return self.wait_for_import(dataset, report) if wait else dataset

    def import_again(
        self, dataset_id: str, *, accept_suspected_markers: bool = False, wait: bool = True, **options: object
    ) -> Document:
        """Import an uploaded table once more under other options: a new dataset, of which the older is the parent."""
        body = {"options": options, "accept_suspected_markers": accept_suspected_markers}
        headers = {} if wait else ASYNCHRONOUS
        dataset = self._call("POST", f"/datasets/{dataset_id}/versions", json=body, headers=headers)
        return self.wait_for_import(dataset) if wait else dataset

    def wait_for_import(self, dataset: Document, report: Report | None = None) -> Document:
        """The dataset once it is ready.

        Raises
        ------
        Refused
            When it has failed, with the same reasons as when an upload is refused at once.
        """
        if dataset["status"] == "ready":
            return dataset
        report = report or report_for()
        current = dataset
        for current in changes(self._http, dataset["id"]):
            report(current)
        if current["status"] == "failed":
            raise refusal_of(current)
        return current

    def submit(self, kind: str, dataset_id: str, *, seed: int = 0, **parameters: object) -> Document:
        """Submit a job: `impute`, `analyze`, `correlate` or `compare`."""
        body = {"kind": kind, "dataset_id": dataset_id, "parameters": parameters, "seed": seed}
        return self._call("POST", "/jobs", json=body)

    def compare(self, jobs: Sequence[Document]) -> Document:
        """Submit a job that compares finished impute jobs of one dataset."""
        return self.submit("compare", jobs[0]["dataset_id"], jobs=[job["id"] for job in jobs])

    def job(self, job_id: str) -> Document:
        """A job as it is now."""
        return self._call("GET", f"/jobs/{job_id}")

    def watch(self, job: Document) -> Iterator[Document]:
        """The job as it is now and each time it has changed, until it is final."""
        return Follower(self._http, job["id"]).changes()

    def follow(self, job: Document) -> Iterator[Document]:
        """What happens to the job, as it happens; each event is a dict whose `event` is its kind.

        `progress` has state, progress, stage, attempt and expected_seconds_left; `log` has `text`, what the cells
        print; `end`, the last, has state and error. A lost connection is made anew and loses nothing.
        """
        return Follower(self._http, job["id"]).events()

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
        with self._http.stream("GET", path, params=query) as response:
            if response.is_error:
                response.read()
                raise Refused.of(response)
            with target.open("wb") as file:
                for chunk in response.iter_bytes():
                    file.write(chunk)
        return target

    def get(self, path: str, **query: str | int) -> Document:
        """Any other document under `/api/v1`."""
        return self._call("GET", path, params=query)

    def _bear(self, token: str) -> None:
        self._http.headers["Authorization"] = f"Bearer {token}"

    def _call(self, verb: str, path: str, **request: Unpack[_Request]) -> Document:
        response = self._http.request(verb, path, **request)
        if response.is_error:
            raise Refused.of(response)
        document: Document = response.json() if response.content else {}
        return document
