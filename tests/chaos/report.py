"""The tables of a campaign, as text, Markdown and JSON."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field

from tests.chaos.accounting import account, outcomes
from tests.chaos.control import Control
from tests.chaos.evidence import Evidence
from tests.chaos.measures import Figures, measure
from tests.chaos.server_errors import ServerError

MOST_FINDINGS = 20


@dataclass(frozen=True)
class Report:
    """What one campaign came to."""

    command: str
    engine: str
    seconds: float
    submitted: int
    outcomes: dict[str, int]
    counts: dict[str, int]
    findings: dict[str, list[str]]
    figures: Figures
    control: Control | None
    complaints: list[str]
    timeline: list[str]
    server_errors: list[ServerError] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return not any(self.counts.values())

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=2)

    def to_markdown(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield f"# Chaos on {self.engine}: `{self.command}`"
        yield ""
        yield from _table("orders", {"submitted": self.submitted, **self.outcomes})
        yield from _table("must be 0", self.counts)
        yield from _table("allowed", {name: _plain(value) for name, value in self.figures.items() if value != {}})
        if self.control:
            yield from _table("plain Huey (control)", asdict(self.control))
        for name, found in self.findings.items():
            yield from (f"- {name}: {each}" for each in found[:MOST_FINDINGS])
            if len(found) > MOST_FINDINGS:
                yield f"- {name}: and {len(found) - MOST_FINDINGS} more"
        yield from (f"- note: {each}" for each in self.complaints[:MOST_FINDINGS])
        for error in self.server_errors[:MOST_FINDINGS]:
            yield f"- answered with {error.status}, the request and the log of the server:\n"
            yield from (f"      {line}" for line in str(error).splitlines())
            yield ""
        verdict = "every job is accounted for" if self.is_clean else "NOT every job is accounted for"
        yield f"\n{verdict}; {self.seconds:.0f} s; run again with: {self.command}\n"


def make(evidence: Evidence, *, command: str, engine: str, seconds: float, control: Control | None) -> Report:
    findings = account(evidence)
    event_log = evidence.event_log
    return Report(
        command=command,
        engine=engine,
        seconds=round(seconds, 1),
        submitted=len(event_log.submissions),
        outcomes=outcomes(evidence),
        counts={name: len(found) for name, found in findings.items()},
        findings={name: found for name, found in findings.items() if found},
        figures=measure(evidence),
        control=control,
        complaints=event_log.complaints,
        timeline=[
            f"{fault.at - event_log.started_at:7.1f} s {fault.kind}: {fault.wound.detail}"
            for fault in sorted(event_log.faults, key=lambda fault: fault.at)
        ],
        server_errors=event_log.server_errors,
    )


def _table(title: str, rows: Mapping[str, object]) -> Iterator[str]:
    width = max(len(name) for name in [*rows, title])
    yield f"| {title:{width}} | |"
    yield f"|{'-' * (width + 2)}|---|"
    yield from (f"| {name:{width}} | {value} |" for name, value in rows.items())
    yield ""


def _plain(value: object) -> object:
    return ", ".join(f"{name}: {each}" for name, each in value.items()) if isinstance(value, dict) else value
