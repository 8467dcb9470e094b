"""What is allowed and worth knowing: how often jobs ran, how soon they ran again, what the API answered."""

import math
from collections import Counter, defaultdict

from tests.chaos.evidence import Evidence
from tests.chaos.processes import Run

Figures = dict[str, object]


def measure(evidence: Evidence) -> Figures:
    event_log = evidence.event_log
    responses = [response for response in event_log.responses if response.status is not None]
    return {
        "jobs": len(evidence.jobs),
        "states": dict(Counter(job.state for job in evidence.jobs)),
        "executions": len(_executions(evidence)),
        "executions per job": _per_job(evidence),
        "re-executed": len(_executions(evidence)) - len({run.job_id for run in _executions(evidence)}),
        "seconds until a lost run ran again": _percentiles(recovery_seconds(evidence)),
        "faults": dict(Counter(fault.kind for fault in event_log.faults)),
        "faults that found nothing to hurt": sum(fault.wound.missed for fault in event_log.faults),
        "answers": dict(sorted(Counter(str(response.status) for response in responses).items())),
        "no answer": len(event_log.responses) - len(responses),
        "seconds of an answer": _percentiles([response.seconds for response in responses]),
    }


def recovery_seconds(evidence: Evidence) -> list[float]:
    """From the loss of a worker to the next start of each notebook that it was running."""
    starts: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for line in evidence.ledger:
        if line.word == "start":
            starts[line.run.job_id].append((line.run.attempt, line.at))
    found = []
    for fault in evidence.event_log.faults:
        for run in fault.wound.lost_runs:
            later = [at for attempt, at in starts[run.job_id] if attempt > run.attempt]
            found += [min(later) - fault.at] if later else []
    return found


def _executions(evidence: Evidence) -> set[Run]:
    return {line.run for line in evidence.ledger if line.word == "start"}


def _per_job(evidence: Evidence) -> dict[str, int]:
    per_job = Counter(run.job_id for run in _executions(evidence))
    return {str(number): jobs for number, jobs in sorted(Counter(per_job.values()).items())}


def _percentiles(values: list[float]) -> dict[str, float]:
    """Median, 95th percentile and maximum, by nearest rank."""
    if not values:
        return {}
    ranked = sorted(values)
    ranks = {"p50": 0.5, "p95": 0.95, "max": 1.0}
    return {name: round(ranked[math.ceil(share * len(ranked)) - 1], 2) for name, share in ranks.items()}
