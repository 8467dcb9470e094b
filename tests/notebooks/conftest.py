"""Executes notebooks with a real kernel, in a folder of their own: as JupyterLab would, or as a worker does."""

import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import papermill
import pytest

from tests.browser import browser  # noqa: F401 - a fixture
from wrangler.notebook import RunSpec, supervise
from wrangler.notebook.templates import catalog

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = ROOT / "notebooks"


@dataclass(frozen=True)
class Executed:
    """An executed notebook and the folder that it ran in."""

    notebook: nbformat.NotebookNode
    folder: Path

    def outputs(self) -> list[dict[str, Any]]:
        return [output for cell in self.notebook.cells if cell.cell_type == "code" for output in cell.outputs]


def execute(kind: str, frame: pd.DataFrame, folder: Path, **parameters: Any) -> Executed:
    frame.to_parquet(folder / "input.parquet", index=False)
    with warnings.catch_warnings(), pytest.MonkeyPatch.context() as patch:
        warnings.simplefilter("ignore")  # of papermill and jupyter_client; what the kernel warns of is in the outputs
        patch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]))  # noqa: TID251
        notebook = papermill.execute_notebook(
            str(NOTEBOOKS / f"{kind}.ipynb"),
            str(folder / "report.ipynb"),
            parameters=parameters,
            cwd=str(folder),
            kernel_name="python3",
            progress_bar=False,
        )
    return Executed(notebook, folder)


def run_forked(kind: str, frame: pd.DataFrame, folder: Path, **parameters: Any) -> Executed:
    """The same as a worker does it: by this process's fork server, which starts no library anew for each kernel."""
    frame.to_parquet(folder / "input.parquet", index=False)
    given = {"dataset_file": "input.parquet", **parameters}
    spec = RunSpec(catalog.templates()[kind], given, folder, deadline_seconds=240)
    outcome = supervise(spec, lambda _: True, heartbeat_seconds=1)
    assert outcome.succeeded, outcome.error
    return Executed(nbformat.read(folder / "report.ipynb", as_version=4), folder)


@pytest.fixture(scope="session")
def penguins() -> pd.DataFrame:
    return (
        pd.read_csv(ROOT / "wrangler" / "examples" / "penguins.csv")
        .convert_dtypes()
        .astype({"bill_length_mm": float, "bill_depth_mm": float, "species": "str", "island": "str", "sex": "str"})
    )


@pytest.fixture(scope="session")
def executed(penguins: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Executed]:
    """Each notebook on the penguins with its defaults, executed once."""
    done: dict[str, Executed] = {}

    def of(kind: str) -> Executed:
        if kind not in done:
            done[kind] = execute(kind, penguins, tmp_path_factory.mktemp(kind), dataset_name="penguins.csv", seed=1)
        return done[kind]

    return of
