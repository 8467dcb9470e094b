"""What a registered template declares its parameters with, and how it begins.

Wrangler reads the parameters cell as text; that these names exist lets the cell run as well.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wrangler.report.result import Run, recipe_of

Column = str
"""The name of a column: `group: Column = ""`, `columns: list[Column] = []`."""


@dataclass(frozen=True)
class Between:
    """Bounds of a number, both allowed: `Annotated[int, Between(1, 9)]`; None leaves a side open."""

    low: float | None
    high: float | None


def begin(notebook: Mapping[str, Any]) -> Run:
    """Begin the run of a registered template.

    Parameters
    ----------
    notebook : mapping
        `globals()` of the notebook, after its parameters cell.

    Returns
    -------
    Run
        `run.read()` gives the table, `run.write_result(frame, summary)` ends the notebook.
    """
    return Run(
        "custom", notebook["dataset_name"], notebook["dataset_file"], notebook["seed"], recipe=recipe_of(notebook)
    )
