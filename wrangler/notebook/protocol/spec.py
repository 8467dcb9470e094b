"""What is to be run: requested as `RunSpec`, passed to the child as `RunInstructions`, one JSON file in the folder."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from wrangler.notebook.templates import Template
from wrangler.sandbox import PRIVATE, Limits

INSTRUCTIONS_FILE = f"{PRIVATE}/instructions.json"
TEMPLATE_FILE = f"{PRIVATE}/template.ipynb"
LOG_FILE = f"{PRIVATE}/runner.log"
NOTEBOOK_FILE = "report.ipynb"
HTML_FILE = "report.html"
RESULT_FILE = "result.json"
LIVE_LOG_FILE = "log.txt"
RUN_RECORD = frozenset({NOTEBOOK_FILE, HTML_FILE, LIVE_LOG_FILE})  # kept of every run, whatever its outcome


@dataclass(frozen=True)
class RunSpec:
    """One run: a template, its parameters (the user's and the server's), a private folder and its limits.

    `memory_bytes` and `processes` limit the kernel and all that it starts together, `file_bytes` each file; None sets
    no limit of Wrangler's own. Without `network` the kernel has none, where the machine grants that. An `isolated` run
    is kept in a sandbox (see `isolation`), or does not run; `written_bytes` limits all its files together.
    """

    template: "Template"
    parameters: dict[str, Any]
    folder: Path
    deadline_seconds: float
    cell_timeout_seconds: float | None = None
    memory_bytes: int | None = None
    threads: int = 1
    file_bytes: int | None = None
    processes: int | None = None
    network: bool = False
    isolated: bool = False
    written_bytes: int | None = None


@dataclass(frozen=True)
class RunInstructions:
    """What the runner needs to know; it lies in the private part of the folder."""

    kind: str
    title: str
    parameters: dict[str, Any]
    cell_timeout_seconds: float | None
    limits: Limits
    environment: dict[str, str]

    @classmethod
    def of(cls, spec: RunSpec, parameters: dict[str, Any], environment: dict[str, str]) -> Self:
        limits = Limits(spec.memory_bytes, spec.file_bytes, spec.processes, spec.threads, spec.network)
        template, timeout = spec.template, spec.cell_timeout_seconds
        return cls(template.kind, template.title, parameters, timeout, limits, environment)

    @classmethod
    def read(cls, path: Path) -> Self:
        fields = json.loads(path.read_text(encoding="utf-8"))
        return cls(**{**fields, "limits": Limits(**fields["limits"])})

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")
