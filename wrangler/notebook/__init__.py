"""The only importer of papermill, nbclient and nbformat: what may be run, and running it in a process tree of its own.

`templates` reads which notebooks there are, `supervise` runs one of them and reports how it ended. What runs inside the
child processes (`runner`, `kernel`) is imported by nobody else, so this package loads without the notebook stack.
"""

from typing import TYPE_CHECKING

from wrangler.lazy_names import lazy_names
from wrangler.notebook import lazy_jsonschema

if TYPE_CHECKING:
    from wrangler.notebook.forkserver import end_orphans
    from wrangler.notebook.protocol import ArtifactFile, ErrorCode, Outcome, Progress, RunError, RunSpec
    from wrangler.notebook.supervisor import preload, supervise
    from wrangler.notebook.templates import Template

__all__ = [
    "ArtifactFile",
    "ErrorCode",
    "Outcome",
    "Progress",
    "RunError",
    "RunSpec",
    "Template",
    "end_orphans",
    "preload",
    "supervise",
]

lazy_jsonschema.defer()

__getattr__ = lazy_names(
    __name__,
    {
        "forkserver": ["end_orphans"],
        "protocol": ["ArtifactFile", "ErrorCode", "Outcome", "Progress", "RunError", "RunSpec"],
        "supervisor": ["supervise", "preload"],
        "templates": ["Template"],
    },
)
