"""The notebooks as they are committed."""

import nbformat
import pytest

from tests.notebooks.conftest import NOTEBOOKS
from wrangler.notebook.templates import catalog

KINDS = sorted(path.stem for path in NOTEBOOKS.glob("*.ipynb"))
MOST_LINES = 10


@pytest.fixture(params=KINDS)
def notebook(request):
    return nbformat.read(NOTEBOOKS / f"{request.param}.ipynb", as_version=4)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_no_output_and_no_count_is_committed(notebook):
    assert not any(cell.outputs or cell.execution_count for cell in code_cells(notebook))


def test_the_notebook_is_valid_and_for_the_python3_kernel(notebook):
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "python3"
    assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)


def test_code_is_short_and_every_section_begins_with_a_heading(notebook):
    assert notebook.cells[0].source.startswith("# ")
    for cell in code_cells(notebook):
        lines = [line for line in cell.source.splitlines() if line.strip()]
        assert len(lines) <= MOST_LINES or "parameters" in cell.metadata.get("tags", [])


def test_one_cell_gives_the_verdict(notebook):
    assert sum("verdict" in cell.metadata.get("tags", []) for cell in notebook.cells) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_every_parameter_is_typed_and_explained(kind):
    template = catalog.templates()[kind]
    assert {"seed", "dataset_file", "dataset_name"} <= {one.name for one in template.declared}
    assert all(one.description for one in template.declared)
