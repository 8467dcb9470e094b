"""The only door to papermill, nbclient and nbformat: what may be run, and running it in a process tree of its own.

`catalog` reads the templates, `supervise` runs one of them and says truly how it ended. What runs inside the child
(`runner`, `engine`, `kernel`) is imported by nobody else, so this package loads without the notebook stack.
"""

from typing import TYPE_CHECKING, Any

from wrangler.notebook import late_grammar

if TYPE_CHECKING:
    from wrangler.notebook.catalog import Template
    from wrangler.notebook.outcome import ArtifactFile, ErrorCode, Outcome, Progress, RunError
    from wrangler.notebook.spec import RunSpec
    from wrangler.notebook.strays import end_strays
    from wrangler.notebook.supervisor import supervise, warm_up

__all__ = [
    "ArtifactFile",
    "ErrorCode",
    "Outcome",
    "Progress",
    "RunError",
    "RunSpec",
    "Template",
    "end_strays",
    "supervise",
    "warm_up",
]

_HOMES = {
    "ArtifactFile": "wrangler.notebook.outcome",
    "ErrorCode": "wrangler.notebook.outcome",
    "Outcome": "wrangler.notebook.outcome",
    "Progress": "wrangler.notebook.outcome",
    "RunError": "wrangler.notebook.outcome",
    "RunSpec": "wrangler.notebook.spec",
    "Template": "wrangler.notebook.catalog",
    "end_strays": "wrangler.notebook.strays",
    "supervise": "wrangler.notebook.supervisor",
    "warm_up": "wrangler.notebook.supervisor",
}


late_grammar.put_off()


def __getattr__(name: str) -> Any:  # noqa: ANN401 - the module protocol of PEP 562
    """Load a public name when it is asked for: the kernel imports this package too, and its start-up counts."""
    from importlib import import_module

    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
