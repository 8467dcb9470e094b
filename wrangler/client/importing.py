"""An upload while a worker imports it: how far it is, and what became of it."""

import sys
from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any, TypeAlias

import httpx

from wrangler.client.bar import progress_line
from wrangler.client.following import Poll
from wrangler.client.refused import Refused

ENDED = frozenset({"ready", "failed"})
LONGEST_LINE = 79  # the rest of a longer line before it is overwritten by blanks
Document = dict[str, Any]
Report: TypeAlias = Callable[[Document], None]


def changes(http: httpx.Client, dataset_id: str) -> Iterator[Document]:
    """The dataset as it is now, and each time its import has progressed, until that has ended."""
    poll = Poll(http, f"/datasets/{dataset_id}")
    while True:
        dataset = poll.next()
        yield dataset
        if dataset["status"] in ENDED:
            return


def refusal_of(dataset: Document) -> Refused:
    """The refusal that the server would have sent, had it imported at once."""
    error = dataset["error"]
    problem = {**error, "detail": error["message"], "errors": error.get("errors") or []}
    return Refused(HTTPStatus.UNPROCESSABLE_ENTITY, problem)


def report_for() -> Report:
    """One line that is drawn over itself where somebody sees it, in a terminal or JupyterLab; elsewhere nothing."""
    return _draw if sys.stdout.isatty() or "ipykernel" in sys.modules else lambda _: None


def _draw(dataset: Document) -> None:
    end = "\n" if dataset["status"] in ENDED else ""
    stage = dataset["stage"] or dataset["status"]
    sys.stdout.write(f"\r{progress_line(dataset['progress'], stage):<{LONGEST_LINE}}{end}")
    sys.stdout.flush()
