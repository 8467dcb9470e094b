"""How an attempt at a job ends: published, handed back, tried again, refused, failed, or lost to another worker."""

from enum import StrEnum

from wrangler.errors import WranglerError
from wrangler.notebook import ErrorCode, Outcome
from wrangler.services.jobs import leases, results
from wrangler.services.jobs.leases import Verdict
from wrangler.services.leases import Claim
from wrangler.services.storage import Storage

INTERNAL = "Wrangler itself failed while it ran this job, and has logged why; ask the operator about job {job_id}."
RUNNER_LOST = "the process that watched over the notebook was lost"


class AttemptEnd(StrEnum):
    """How an attempt ended; a job that ended is named by its state."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    CANCELLED = "cancelled"
    REFUSED = "refused"
    HANDED_BACK = "handed_back"
    TO_BE_TRIED_AGAIN = "to_be_tried_again"
    LOST = "lost"


def finish(claim: Claim, outcome: Outcome, verdict: Verdict, storage: Storage) -> AttemptEnd:
    """Write down how a run ended. Safe to be called again when the database failed half-way.

    Parameters
    ----------
    claim : Claim
    outcome : Outcome
        Of the run; its processes are gone.
    verdict : Verdict
        The last reply to the renewal of the lease.
    storage : Storage

    Returns
    -------
    AttemptEnd
    """
    end = _end_without_result(claim, outcome, verdict)
    if end is not None:
        storage.remove_run(claim.row_id, claim.attempt)
        return end
    state = results.publish(claim, outcome, storage)
    return AttemptEnd.LOST if state is None else AttemptEnd(state.value)


def refuse(claim: Claim, error: WranglerError) -> AttemptEnd:
    """End a job whose run cannot even start, for a reason that concerns its user."""
    return AttemptEnd.REFUSED if results.fail(claim, error.code.upper(), error.message) else AttemptEnd.LOST


def fail(claim: Claim) -> AttemptEnd:
    """End a job in which Wrangler itself failed."""
    failed = results.fail(claim, "INTERNAL", INTERNAL.format(job_id=claim.row_id))
    return AttemptEnd.FAILED if failed else AttemptEnd.LOST


def _end_without_result(claim: Claim, outcome: Outcome, verdict: Verdict) -> AttemptEnd | None:
    """The end of an attempt that leaves nothing; None when its outcome is to be published."""
    if outcome.stopped and verdict is Verdict.LOST:
        return AttemptEnd.LOST
    if outcome.stopped and verdict is Verdict.CONTINUE and leases.hand_back(claim):
        return AttemptEnd.HANDED_BACK
    code = outcome.error.code if outcome.error else None
    if code == ErrorCode.RUNNER_DIED and leases.try_again(claim, RUNNER_LOST):
        return AttemptEnd.TO_BE_TRIED_AGAIN
    return None
