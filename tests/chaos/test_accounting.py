"""The accounting is right when all is well, and each of its counts rises when something is not."""

import hashlib
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.chaos.accounting import MUST_BE_ZERO, account, outcomes
from tests.chaos.evidence import Evidence, FileRow, JobRow, LedgerLine
from tests.chaos.measures import recovery_seconds
from tests.chaos.notebooks import PlannedEnding
from tests.chaos.processes import Run
from tests.chaos.records import EventLog, Fault, HttpResponse, Outcome, Seen, Submission, Wound

ANALYZED, IMPUTED, FAILED = "a" * 8, "b" * 8, "c" * 8
DATASET, UPLOAD = "d" * 8, "e" * 8


def put(path: Path, content: bytes) -> FileRow:
    """A published file and the row that says so."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    attempt = int(path.parent.name) if path.parent.name.isdigit() else 0
    return FileRow(path.parent.parent.name, attempt, path, hashlib.sha256(content).hexdigest())


def order(job_id: str, kind: str, ending: PlannedEnding) -> Submission:
    made = Submission(f"key of {job_id}", kind, ending, 0.0, attempts=1)
    made.outcome, made.job_ids = Outcome.ACKNOWLEDGED, {job_id}
    return made


@pytest.fixture
def sound(tmp_path: Path) -> Evidence:
    """Three jobs that ended as they should, the last one in its second attempt."""
    data, temporary = tmp_path / "data", tmp_path / "tmp"
    for folder in (data / "runs", data / "uploads", temporary):
        folder.mkdir(parents=True)
    orders = [
        order(ANALYZED, "analyze", PlannedEnding.SUCCEED),
        order(IMPUTED, "impute", PlannedEnding.SUCCEED),
        order(FAILED, "analyze", PlannedEnding.RAISE),
    ]
    event_log = EventLog(submissions=orders)
    event_log.seen[ANALYZED] = [Seen("succeeded", 1, "noon")]
    event_log.files[ANALYZED] = {frozenset({("report.ipynb", "0")})}
    event_log.responses.append(HttpResponse(time.time(), 0.1, "submit", 202, retry_after=True))
    published = data / "artifacts"
    table = put(data / "datasets" / DATASET / "table.parquet", b"table")
    uploaded = put(data / "datasets" / UPLOAD / "table.parquet", b"upload")
    return Evidence(
        event_log=event_log,
        data_dir=data,
        jobs=[
            JobRow(ANALYZED, f"key of {ANALYZED}", "succeeded", 1, None),
            JobRow(IMPUTED, f"key of {IMPUTED}", "succeeded", 1, None),
            JobRow(FAILED, f"key of {FAILED}", "failed", 2, "CELL_FAILED"),
        ],
        artifacts=[
            put(published / ANALYZED / "1" / "report.ipynb", b"one"),
            put(published / IMPUTED / "1" / "report.ipynb", b"two"),
            put(published / FAILED / "2" / "report.ipynb", b"three"),
        ],
        tables=[replace(table, owner_id=IMPUTED), replace(uploaded, owner_id="", sha256=None)],
        ledger=[
            *(LedgerLine(word, Run(job, 1), 1.0) for job in (ANALYZED, IMPUTED) for word in ("start", "end")),
            LedgerLine("start", Run(FAILED, 1), 1.0),
            LedgerLine("start", Run(FAILED, 2), 9.5),
        ],
        temporary=temporary,
    )


def counts(evidence: Evidence) -> dict[str, int]:
    """The counts that are not zero."""
    return {name: len(found) for name, found in account(evidence).items() if found}


def without(evidence: Evidence, job_id: str) -> Evidence:
    return replace(evidence, jobs=[job for job in evidence.jobs if job.id != job_id])


def with_job(evidence: Evidence, job_id: str, **changes: object) -> Evidence:
    return replace(evidence, jobs=[replace(job, **changes) if job.id == job_id else job for job in evidence.jobs])


def with_response(evidence: Evidence, status: int, *, retry_after: bool = False) -> Evidence:
    evidence.event_log.responses.append(HttpResponse(time.time(), 0.1, "submit", status, retry_after))
    return evidence


def lose_a_row(evidence: Evidence) -> Evidence:
    return replace(without(evidence, FAILED), artifacts=evidence.artifacts[:2])


def publish_another_attempt(evidence: Evidence) -> Evidence:
    second = put(evidence.data_dir / "artifacts" / ANALYZED / "2" / "report.ipynb", b"again")
    return replace(evidence, artifacts=[*evidence.artifacts, second])


def make_two_jobs_of_one_key(evidence: Evidence) -> Evidence:
    evidence.event_log.submissions[0].job_ids.add(FAILED)
    return evidence


def make_two_datasets(evidence: Evidence) -> Evidence:
    row = put(evidence.data_dir / "datasets" / "f" / "table.parquet", b"table")
    return replace(evidence, tables=[*evidence.tables, replace(row, owner_id=IMPUTED)])


def change_a_final_state(evidence: Evidence) -> Evidence:
    evidence.event_log.seen[ANALYZED].append(Seen("failed", 1, "noon"))
    return evidence


def change_after_the_last_look(evidence: Evidence) -> Evidence:
    evidence.event_log.seen[FAILED] = [Seen("cancelled", 1, "noon")]
    return evidence


def change_the_files(evidence: Evidence) -> Evidence:
    evidence.event_log.files[ANALYZED].add(frozenset({("report.ipynb", "1")}))
    return evidence


def tear_a_file(evidence: Evidence) -> Evidence:
    evidence.artifacts[0].path.write_bytes(b"on")
    return evidence


def remove_a_table(evidence: Evidence) -> Evidence:
    evidence.tables[1].path.unlink()
    return evidence


def publish_without_a_row(evidence: Evidence) -> Evidence:
    return replace(evidence, artifacts=evidence.artifacts[:2])


def succeed_without_a_dataset(evidence: Evidence) -> Evidence:
    return replace(evidence, tables=[replace(evidence.tables[0], owner_id="somebody"), evidence.tables[1]])


def leave_a_run(evidence: Evidence) -> Evidence:
    (evidence.data_dir / "runs" / FAILED / "1").mkdir(parents=True)
    return evidence


def leave_a_dataset(evidence: Evidence) -> Evidence:
    (evidence.data_dir / "datasets" / "nobody").mkdir()
    return evidence


def leave_a_temporary_file(evidence: Evidence) -> Evidence:
    (evidence.temporary / "nest").mkdir()
    return evidence


def leave_a_process(evidence: Evidence) -> Evidence:
    return replace(evidence, living=["4711: a kernel"])


def succeed_where_the_notebook_raised(evidence: Evidence) -> Evidence:
    evidence.ledger.append(LedgerLine("end", Run(FAILED, 2), 9.9))
    return with_job(evidence, FAILED, state="succeeded", error_code=None)


def succeed_without_an_end(evidence: Evidence) -> Evidence:
    return replace(evidence, ledger=[line for line in evidence.ledger if line.word == "start"])


DOCTORED = [
    (lose_a_row, {"lost": 1, "torn": 1}),
    (lambda it: with_job(it, FAILED, state="running"), {"lost": 1, "stuck": 1}),
    (publish_another_attempt, {"duplicated": 1}),
    (make_two_jobs_of_one_key, {"duplicated": 1}),
    (make_two_datasets, {"duplicated": 1}),
    (lambda it: with_job(it, FAILED, key=f"key of {ANALYZED}"), {"duplicated": 1, "wrong": 1}),
    (lambda it: with_job(it, ANALYZED, key="never used"), {"unexpected": 1}),
    (change_a_final_state, {"changed": 1}),
    (change_after_the_last_look, {"changed": 1}),
    (change_the_files, {"changed": 1}),
    (tear_a_file, {"torn": 1}),
    (remove_a_table, {"torn": 1}),
    (publish_without_a_row, {"torn": 1}),
    (succeed_without_a_dataset, {"torn": 1}),
    (leave_a_run, {"leaked": 1}),
    (leave_a_dataset, {"leaked": 1}),
    (leave_a_temporary_file, {"leaked": 1}),
    (leave_a_process, {"leaked": 1}),
    (lambda it: with_job(it, IMPUTED, state="failed", error_code="INTERNAL"), {"wrong": 1}),
    (succeed_where_the_notebook_raised, {"wrong": 1}),
    (succeed_without_an_end, {"wrong": 2}),
    (lambda it: with_response(it, 500), {"failures": 1}),
    (lambda it: with_response(it, 503), {"failures": 1}),
    (lambda it: replace(it, crashes=["worker 1 ended with -11 on its own"]), {"crashed": 1}),
    (lambda it: replace(it, code_ran=True), {"crashed": 1}),
    (lambda it: replace(it, integrity="row 7 missing"), {"crashed": 1}),
]


def test_nothing_is_found_where_all_is_well(sound):
    assert counts(sound) == {}


@pytest.mark.parametrize(("doctor", "rises"), DOCTORED)
def test_a_count_rises_when_something_is_wrong(sound, doctor, rises):
    assert counts(doctor(sound)) == rises


def test_every_count_can_rise():
    assert {name for _, rises in DOCTORED for name in rises} == set(MUST_BE_ZERO)


def test_a_cancelled_or_killed_run_may_end_so(sound):
    sound.event_log.submissions[0].cancel_asked = True
    sound.event_log.faults.append(Fault(1, "kernel killed", Wound("", killed_runs=frozenset({Run(FAILED, 2)})), 0, 0))
    changed = with_job(sound, FAILED, error_code="KERNEL_DIED")
    del changed.event_log.seen[ANALYZED]

    assert counts(with_job(changed, ANALYZED, state="cancelled")) == {}


def test_an_outage_of_the_database_is_no_excuse_for_a_500(sound):
    now = time.time()
    sound.event_log.faults.append(Fault(1, "database restarted", Wound(""), now - 1, now + 1))

    assert counts(with_response(with_response(sound, 500), 503, retry_after=True)) == {"failures": 1}


def test_a_submission_without_a_response_whose_job_exists_is_recovered(sound):
    silent = sound.event_log.submissions[0]
    silent.outcome, silent.job_ids = Outcome.UNKNOWN, set()

    assert outcomes(sound) == {"acknowledged": 2, "refused": 0, "unknown": 1, "recovered": 1}


def test_recovery_lasts_from_the_loss_of_a_worker_to_the_next_start(sound):
    sound.event_log.faults.append(Fault(1, "worker killed", Wound("", lost_runs=frozenset({Run(FAILED, 1)})), 2.0, 2.0))

    assert recovery_seconds(sound) == [7.5]


def test_a_late_response_does_not_contradict_a_final_observation():
    event_log, asked_before = EventLog(), time.monotonic()
    event_log.look_at({"id": "job", "state": "cancelled", "attempt": 0, "finished_at": "noon"}, time.monotonic())
    running = {"id": "job", "state": "running", "attempt": 1, "finished_at": None}

    event_log.look_at(running, asked_before)
    assert len(event_log.seen["job"]) == 1

    event_log.look_at(running, time.monotonic())
    assert len(event_log.seen["job"]) == 2
