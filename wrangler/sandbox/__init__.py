"""Child processes that are not trusted: resource limits, environment, isolation, ending all their processes."""

from typing import TYPE_CHECKING

from wrangler.lazy_names import lazy_names

if TYPE_CHECKING:
    from wrangler.sandbox import isolation
    from wrangler.sandbox.child import End, run_child
    from wrangler.sandbox.environment import PRIVATE, PROJECT_ROOT, RUN_TOKEN, minimal_environment, server_environment
    from wrangler.sandbox.limits import (
        Limits,
        adopt_orphans,
        die_with_parent,
        hide_from_runs,
        leave_network,
        limit_myself,
        outlive_parent,
        restrict,
    )
    from wrangler.sandbox.processes import Usage, descendants, end_descendants, end_run, kill

__all__ = [
    "PRIVATE",
    "PROJECT_ROOT",
    "RUN_TOKEN",
    "End",
    "Limits",
    "Usage",
    "adopt_orphans",
    "descendants",
    "die_with_parent",
    "end_descendants",
    "end_run",
    "hide_from_runs",
    "isolation",
    "kill",
    "leave_network",
    "limit_myself",
    "minimal_environment",
    "outlive_parent",
    "restrict",
    "run_child",
    "server_environment",
]

__getattr__ = lazy_names(
    __name__,
    {
        "child": ["End", "run_child"],
        "environment": ["PRIVATE", "PROJECT_ROOT", "RUN_TOKEN", "minimal_environment", "server_environment"],
        "limits": [
            "Limits",
            "adopt_orphans",
            "die_with_parent",
            "hide_from_runs",
            "leave_network",
            "limit_myself",
            "outlive_parent",
            "restrict",
        ],
        "processes": ["Usage", "descendants", "end_descendants", "end_run", "kill"],
    },
)
