"""What passes between supervisor, runner and kernel: run specification, messages, outcome, result, limits of output."""

from typing import TYPE_CHECKING

from wrangler.lazy_names import lazy_names

if TYPE_CHECKING:
    from wrangler.notebook.protocol import failures
    from wrangler.notebook.protocol.channel import Channel
    from wrangler.notebook.protocol.live_log import LiveLog
    from wrangler.notebook.protocol.outcome import ArtifactFile, ErrorCode, Outcome, Progress, RunError, storable
    from wrangler.notebook.protocol.output_limits import OutputBudget
    from wrangler.notebook.protocol.result import read_result, result_schema
    from wrangler.notebook.protocol.spec import (
        HTML_FILE,
        INSTRUCTIONS_FILE,
        LIVE_LOG_FILE,
        LOG_FILE,
        NOTEBOOK_FILE,
        RESULT_FILE,
        RUN_RECORD,
        TEMPLATE_FILE,
        RunInstructions,
        RunSpec,
    )

__all__ = [
    "HTML_FILE",
    "INSTRUCTIONS_FILE",
    "LIVE_LOG_FILE",
    "LOG_FILE",
    "NOTEBOOK_FILE",
    "RESULT_FILE",
    "RUN_RECORD",
    "TEMPLATE_FILE",
    "ArtifactFile",
    "Channel",
    "ErrorCode",
    "LiveLog",
    "Outcome",
    "OutputBudget",
    "Progress",
    "RunError",
    "RunInstructions",
    "RunSpec",
    "failures",
    "read_result",
    "result_schema",
    "storable",
]

__getattr__ = lazy_names(
    __name__,
    {
        "channel": ["Channel"],
        "live_log": ["LiveLog"],
        "outcome": ["ArtifactFile", "ErrorCode", "Outcome", "Progress", "RunError", "storable"],
        "output_limits": ["OutputBudget"],
        "result": ["read_result", "result_schema"],
        "spec": [
            "HTML_FILE",
            "LIVE_LOG_FILE",
            "LOG_FILE",
            "NOTEBOOK_FILE",
            "INSTRUCTIONS_FILE",
            "RESULT_FILE",
            "RUN_RECORD",
            "TEMPLATE_FILE",
            "RunInstructions",
            "RunSpec",
        ],
    },
)
