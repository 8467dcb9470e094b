"""How much of a run each cell of its notebook is."""

import math

from nbformat import NotebookNode


def is_executable(cell: NotebookNode) -> bool:
    return bool(cell.cell_type == "code" and cell.source.strip())


def weight_of(cell: NotebookNode) -> float:
    """How much of the run a cell is: 1 unless its metadata says `"wrangler": {"weight": ...}`; 0 when nothing runs."""
    if not is_executable(cell):
        return 0.0
    weight = cell.metadata.get("wrangler", {}).get("weight", 1)
    return float(weight) if isinstance(weight, int | float) and 0 < weight < math.inf else 1.0
