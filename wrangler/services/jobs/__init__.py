"""Jobs: the only writers of a job's state.

`submission` takes a job from a user, `leases` gives it to one worker at a time, `pending` finds those whose
notification was lost, `attempt` ends an attempt, `results` publishes, `deletion` deletes what has ended. The promise
they keep together: every job that was accepted reaches a final state; it may run more than once; its result is
published at most once; a finished job is never changed.
"""

from wrangler.services.jobs import attempt, costs, deletion, leases, pending, results, run_inputs, submission
from wrangler.services.jobs.attempt import AttemptEnd
from wrangler.services.jobs.change_hub import Hub, JobSnapshot
from wrangler.services.jobs.event_stream import Event, Position, follow
from wrangler.services.jobs.leases import Verdict
from wrangler.services.jobs.logs import LogFile
from wrangler.services.jobs.parameters import check_alone
from wrangler.services.jobs.submission import JobRequest, template_of

__all__ = [
    "AttemptEnd",
    "Event",
    "Hub",
    "JobRequest",
    "JobSnapshot",
    "LogFile",
    "Position",
    "Verdict",
    "attempt",
    "check_alone",
    "costs",
    "deletion",
    "follow",
    "leases",
    "pending",
    "results",
    "run_inputs",
    "submission",
    "template_of",
]
