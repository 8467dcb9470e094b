"""Small notebooks, one for each way a run can go."""

import json
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

from wrangler.notebook import Outcome, Progress, RunSpec, Template, supervise
from wrangler.notebook.templates import catalog

RESULT = {
    "schema_version": 1,
    "kind": "small",
    "dataset": {"name": "d", "rows": 3, "columns": 2, "parquet_sha256": "0" * 64},
    "seed": 0,
    "versions": {"python": "3"},
    "summary": {"cells_filled": 1},
    "columns": [],
    "events": [],
    "scores": [],
    "durations_seconds": {"all": 0.1},
    "files": [],
}
WRITE_RESULT = f"import json\njson.dump({RESULT!r}, open('result.json', 'w'))"
PARAMETERS = 'text: str = "a"  # Some text\nseed: int = 0\nnumbers: list[float | None] = []\nmore: dict = {}'


def parameters_cell(source: str = PARAMETERS) -> nbformat.NotebookNode:
    return nbformat.v4.new_code_cell(source, metadata={"tags": ["parameters"]})


def notebook(*cells: str, parameters: str = PARAMETERS) -> nbformat.NotebookNode:
    """A notebook of these cells; one that begins with # and a space is Markdown."""
    made = [
        nbformat.v4.new_markdown_cell(cell) if cell.startswith("# ") else nbformat.v4.new_code_cell(cell)
        for cell in cells
    ]
    first = [nbformat.v4.new_markdown_cell("# A small notebook"), parameters_cell(parameters)]
    kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return nbformat.v4.new_notebook(cells=first + made, metadata={"kernelspec": kernelspec})


class Runs:
    """Runs small notebooks in a folder of their own."""

    def __init__(self, tmp_path: Path, *, plainly: bool = False) -> None:
        self.plainly = plainly
        self.templates = tmp_path / "templates"
        self.folder = tmp_path / "run"
        self.templates.mkdir()
        self.folder.mkdir(mode=0o700)
        self.seen: list[Progress] = []

    def template(self, *cells: str, parameters: str = PARAMETERS) -> Template:
        nbformat.write(notebook(*cells, parameters=parameters), self.templates / "small.ipynb")
        return catalog.templates(self.templates)["small"]

    def spec(self, *cells: str, **changes: object) -> RunSpec:
        fields = {"parameters": {}, "folder": self.folder, "deadline_seconds": 60.0, **changes}
        return RunSpec(template=self.template(*cells), **fields)

    def __call__(
        self,
        *cells: str,
        heartbeat: Callable[[Progress], bool] | None = None,
        heartbeat_seconds: float = 5.0,
        **changes: object,
    ) -> Outcome:
        spec = self.spec(*cells, **changes)
        return supervise(spec, heartbeat or self.watch, heartbeat_seconds=heartbeat_seconds, plainly=self.plainly)

    def watch(self, progress: Progress) -> bool:
        self.seen.append(progress)
        return True

    @property
    def report(self) -> nbformat.NotebookNode:
        return nbformat.read(self.folder / "report.ipynb", as_version=4)

    def wrote(self, name: str) -> dict:
        return json.loads((self.folder / name).read_text())


@pytest.fixture
def run(tmp_path: Path) -> Runs:
    return Runs(tmp_path)


@pytest.fixture
def plain_run(tmp_path: Path) -> Runs:
    """As where fork is not to be had: runner and kernel are processes started from nothing."""
    return Runs(tmp_path, plainly=True)
