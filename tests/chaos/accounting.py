"""The accounting, after Jepsen's queue checker: what the clients know, against what is there when all is quiet."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from tests.chaos import notebooks
from tests.chaos.evidence import Evidence, FileRow
from tests.chaos.processes import Run
from tests.chaos.records import FINAL_STATES, HttpResponse, Outcome

Findings = Iterator[str]


def lost(evidence: Evidence) -> Findings:
    """Acknowledged, and not there, or not ended."""
    states = {job.id: job.state for job in evidence.jobs}
    for submission in evidence.event_log.submissions:
        for job_id in submission.job_ids:
            if states.get(job_id) not in FINAL_STATES:
                yield f"job {job_id} was acknowledged and is {states.get(job_id, 'not there')}"


def duplicated(evidence: Evidence) -> Findings:
    """Two jobs for one key, two published attempts of one job, or two datasets from one job."""
    for submission in evidence.event_log.submissions:
        if len(submission.job_ids) > 1:
            yield f"key {submission.key} made the jobs {sorted(submission.job_ids)}"
    yield from (f"key {key} has more than one job" for key in _repeated(job.key for job in evidence.jobs))
    attempts = {(row.owner_id, row.attempt) for row in evidence.artifacts}
    attempts |= {(path.parent.name, int(path.name)) for path in _folders(evidence.data_dir / "artifacts", 2)}
    yield from (f"job {job_id} has published twice" for job_id in _repeated(job_id for job_id, _ in attempts))
    made = (row.owner_id for row in evidence.tables if row.owner_id)
    yield from (f"job {job_id} has made more than one dataset" for job_id in _repeated(made))


def unexpected(evidence: Evidence) -> Findings:
    """There, but nobody has ordered it."""
    ordered = {submission.key for submission in evidence.event_log.submissions if submission.attempts}
    for job in evidence.jobs:
        if job.key not in ordered:
            yield f"job {job.id} has the key {job.key}, which nobody used"


def stuck(evidence: Evidence) -> Findings:
    """Still waiting or running, acknowledged or not."""
    for job in evidence.jobs:
        if job.state not in FINAL_STATES:
            yield f"job {job.id} is {job.state} in attempt {job.attempt}"


def changed(evidence: Evidence) -> Findings:
    """Seen in a final state, and later otherwise."""
    now = {job.id: job for job in evidence.jobs}
    for job_id, looks in evidence.event_log.seen.items():
        if len(looks) > 1:
            yield f"job {job_id} was seen as {looks}"
        elif looks and job_id in now and (now[job_id].state, now[job_id].attempt) != (looks[0].state, looks[0].attempt):
            yield f"job {job_id} was seen as {looks[0]} and is {now[job_id]}"
    for job_id, files in evidence.event_log.files.items():
        if len(files) > 1:
            yield f"the files of job {job_id} changed"


def torn(evidence: Evidence) -> Findings:
    """A row without its file, a published folder without its row, a success without its files."""
    for row in [*evidence.artifacts, *evidence.tables]:
        yield from _compare(row)
    published = {row.path.parent for row in evidence.artifacts}
    for folder in _folders(evidence.data_dir / "artifacts", 2):
        if folder not in published:
            yield f"{folder} is published and no row says so"
    kinds = {submission.key: submission.kind for submission in evidence.event_log.submissions}
    with_files = {row.owner_id for row in evidence.artifacts}
    with_table = {row.owner_id for row in evidence.tables}
    for job in evidence.jobs:
        complete = with_table & with_files if kinds.get(job.key or "") == "impute" else with_files
        if job.state == "succeeded" and job.id not in complete:
            yield f"job {job.id} succeeded and has not left all that it should"


def leaked(evidence: Evidence) -> Findings:
    """Processes, folders of runs, folders of datasets and temporary files that belong to nobody."""
    yield from (f"process {one}" for one in evidence.living)
    for folder in _folders(evidence.data_dir / "runs", 1):
        yield f"{folder} holds {sorted(path.name for path in folder.iterdir())}"
    known = {row.path.parent for row in evidence.tables}
    for folder in _folders(evidence.data_dir / "datasets", 1):
        if folder not in known:
            yield f"{folder} belongs to no dataset"
    for place in (evidence.data_dir / "uploads", evidence.temporary):
        yield from (str(path) for path in (place.iterdir() if place.is_dir() else ()))


def wrong(evidence: Evidence) -> Findings:
    """Ended otherwise than its notebook did."""
    killed = {run.job_id for fault in evidence.event_log.faults for run in fault.wound.killed_runs}
    by_key = {submission.key: submission for submission in evidence.event_log.submissions}
    ended = {line.run for line in evidence.ledger if line.word == "end"}
    for job in evidence.jobs:
        submission = by_key.get(job.key or "")
        if submission is None or job.state not in FINAL_STATES:
            continue
        possible = notebooks.possible_endings(
            submission.ending, cancelled=submission.cancel_asked, killed=job.id in killed
        )
        if (job.state, job.error_code) not in possible:
            yield f"job {job.id}, whose planned ending is {submission.ending}, is {job.state} ({job.error_code})"
        if job.state == "succeeded" and Run(job.id, job.attempt) not in ended:
            yield f"job {job.id} succeeded in attempt {job.attempt}, whose notebook never came to its end"


def failures(evidence: Evidence) -> Findings:
    """Answers that say that Wrangler failed, at any time: a lost server is 503 that says until when, never 500."""
    for response in evidence.event_log.responses:
        if response.status is None or response.status < 500:
            continue
        if response.status != 503:
            yield f"{_when(evidence, response)}: {response.status}"
        elif not response.retry_after:
            yield f"{_when(evidence, response)}: 503 without Retry-After"


def crashed(evidence: Evidence) -> Findings:
    """Processes that ended on their own, code that came through the queue, a database that is not whole."""
    yield from evidence.crashes
    if evidence.code_ran:
        yield "a forged message ran code"
    if evidence.integrity != "ok":
        yield f"integrity check: {evidence.integrity}"


MUST_BE_ZERO: Mapping[str, Callable[[Evidence], Findings]] = {
    "lost": lost,
    "duplicated": duplicated,
    "unexpected": unexpected,
    "stuck": stuck,
    "changed": changed,
    "torn": torn,
    "leaked": leaked,
    "wrong": wrong,
    "failures": failures,
    "crashed": crashed,
}


def account(evidence: Evidence) -> dict[str, list[str]]:
    """Every count that must be zero, with what makes it rise."""
    return {name: list(check(evidence)) for name, check in MUST_BE_ZERO.items()}


def outcomes(evidence: Evidence) -> dict[str, int]:
    """How the orders looked to their clients; recovered are those that are there though no reply came."""
    reported = Counter(submission.outcome for submission in evidence.event_log.submissions)
    present = {job.key for job in evidence.jobs}
    unknown = [one for one in evidence.event_log.submissions if one.outcome is Outcome.UNKNOWN]
    counts: dict[str, int] = {outcome.value: reported[outcome] for outcome in Outcome}
    return counts | {"recovered": sum(one.key in present for one in unknown)}


def _compare(row: FileRow) -> Findings:
    if not row.path.is_file():
        yield f"{row.path} is not there"
    elif row.sha256 is not None and hashlib.sha256(row.path.read_bytes()).hexdigest() != row.sha256:
        yield f"{row.path} is not what its row says"


def _repeated(values: Iterable[str | None]) -> list[str | None]:
    return [value for value, number in Counter(values).items() if number > 1]


def _folders(place: Path, depth: int) -> list[Path]:
    return sorted(path for path in place.glob("/".join("*" * depth)) if path.is_dir())


def _when(evidence: Evidence, response: HttpResponse) -> str:
    return f"{response.call} at {response.at - evidence.event_log.started_at:.1f} s"
