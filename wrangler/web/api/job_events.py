"""`/jobs/{id}/events` and `/jobs/{id}/log`: a job while it runs."""

import time
import weakref
from collections.abc import Iterable, Iterator
from http import HTTPStatus

from flask import Response, json, request
from flask_openapi import APIBlueprint, Tag
from pydantic import Field

from wrangler.errors import TooMany
from wrangler.models import Job, JobState
from wrangler.services import owned
from wrangler.services.jobs import Event, Hub, JobSnapshot, LogFile, Position, follow
from wrangler.web import access
from wrangler.web.access import caller
from wrangler.web.api.jobs import JobPath
from wrangler.web.context import hub, storage
from wrangler.web.schemas import Request

api = APIBlueprint("job_events", __name__, url_prefix="/api/v1", abp_tags=[Tag(name="jobs")])
LONGEST_SECONDS = 600
KEEP_ALIVE_SECONDS = 15
RECONNECT_MILLISECONDS = 2000
RETRY_AFTER_SECONDS = 5
LARGEST_OFFSET = 2**53


class EventsQuery(Request):
    last_event_id: str | None = Field(
        None, max_length=100, description="id of the last event that was received, as in the header `Last-Event-ID`"
    )


class LogQuery(Request):
    offset: int = Field(0, ge=0, le=LARGEST_OFFSET, description="bytes that are known already: `X-Log-Offset`")


@api.get("/jobs/<uuid:job_id>/events")
@access.user
def follow_job(path: JobPath, query: EventsQuery) -> Response:
    """What happens to a job, as it happens (server-sent events): `progress`, `log` and, at last, `end`.

    Whoever is cut off sends `Last-Event-ID` and receives what came since, nothing twice; after the end, 204.
    """
    job = JobSnapshot.of(owned(Job, path.job_id, caller().id))
    last_id = request.headers.get("Last-Event-ID") or query.last_event_id
    after = Position.parse(last_id) if last_id else Position()
    if after.is_end and job.state.is_final:
        return Response(status=HTTPStatus.NO_CONTENT)
    place = _take_place(hub())
    events = follow(job, after, hub(), storage(), seconds=LONGEST_SECONDS)
    response = Response(_lines(events), mimetype="text/event-stream")
    response.headers.update({"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
    # The response may never be read, for HEAD or when the connection is gone: the place is freed with it.
    response.call_on_close(weakref.finalize(response, place.streams.release))
    return response


@api.get("/jobs/<uuid:job_id>/log")
@access.user
def show_log(path: JobPath, query: LogQuery) -> Response:
    """What the notebook's cells have printed so far, from `offset` on; `X-Log-Offset` is where to go on."""
    job = owned(Job, path.job_id, caller().id)
    is_begun = job.state is not JobState.QUEUED
    content, offset = LogFile(storage(), job.id, job.attempt).read(query.offset) if is_begun else (b"", 0)
    headers = {"X-Log-Offset": str(offset), "X-Log-Attempt": str(job.attempt)}
    return Response(content, headers=headers, content_type="text/plain; charset=utf-8")


def _take_place(found: Hub) -> Hub:
    if not found.streams.acquire(blocking=False):
        raise TooMany(
            "As many jobs are followed live as this server can; ask for the job itself with ?wait=20 instead.",
            retry_after_seconds=RETRY_AFTER_SECONDS,
            code="too_many_watchers",
        )
    return found


def _lines(events: Iterable[Event | None]) -> Iterator[str]:
    """The events as the standard has them written, with a comment when nothing happens for long."""
    yield f"retry: {RECONNECT_MILLISECONDS}\n\n"
    sent_at = time.monotonic()
    for event in events:
        if event is not None:
            yield f"id: {event.position}\nevent: {event.kind}\ndata: {json.dumps(event.facts)}\n\n"
        elif time.monotonic() < sent_at + KEEP_ALIVE_SECONDS:
            continue
        else:
            yield ": still here\n\n"
        sent_at = time.monotonic()
