"""The small impute notebook that all ways of running are given, and the table that it is run on."""

import json
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

KIND = "impute"
ROWS, COLUMNS = 1_000, 8
PARAMETERS = """
seed: int = 0  # Seed of all random numbers
dataset_file: str = "input.parquet"  # The table
dataset_name: str = "dataset"  # What it is called
"""
IMPORTS = """
import json
import platform

import matplotlib.pyplot as plt
import pandas as pd
from sklearn.impute import KNNImputer
"""
FILL = """
table = pd.read_parquet(dataset_file)
filled = pd.DataFrame(KNNImputer(n_neighbors=5).fit_transform(table), columns=table.columns)
filled.describe()
"""
PLOT = """
figure, axes = plt.subplots(figsize=(7, 3))
axes.hist([table.iloc[:, 0].dropna(), filled.iloc[:, 0]], bins=30, label=["observed", "filled"])
axes.set_title("Before and after")
axes.legend()
plt.show()
"""
RESULT = """
filled.to_parquet("imputed.parquet")
table.isna().to_parquet("mask.parquet")
result = {
    "schema_version": 1,
    "kind": "impute",
    "dataset": {"name": dataset_name, "rows": len(table), "columns": table.shape[1], "parquet_sha256": "0" * 64},
    "seed": seed,
    "versions": {"python": platform.python_version()},
    "summary": {"cells_filled": int(table.isna().sum().sum())},
    "columns": [],
    "events": [],
    "scores": [],
    "durations_seconds": {},
    "files": [],
}
with open("result.json", "w") as file:
    json.dump(result, file)
"""
CELLS = (IMPORTS, FILL, PLOT, RESULT)


def write_notebook(directory: Path, *more: str) -> Path:
    """The notebook, with further cells at its end if there are any."""
    directory.mkdir(parents=True, exist_ok=True)
    cells = [new_markdown_cell("# A small imputation"), new_code_cell(PARAMETERS.strip())]
    cells[-1].metadata["tags"] = ["parameters"]
    cells += [new_code_cell(source.strip()) for source in (*CELLS, *more)]
    kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    path = directory / f"{KIND}.ipynb"
    nbformat.write(new_notebook(cells=cells, metadata={"kernelspec": kernelspec}), path)
    return path


def small_table() -> pd.DataFrame:
    """1,000 x 8 correlated numbers, a tenth of them missing."""
    random = np.random.default_rng(0)
    values = random.normal(size=(ROWS, COLUMNS)) @ random.normal(size=(COLUMNS, COLUMNS))
    values[random.random(values.shape) < 0.1] = np.nan
    return pd.DataFrame(values, columns=[f"x{number}" for number in range(COLUMNS)])


def new_folder(parent: Path, name: str) -> Path:
    """A private folder of one run with the table in it."""
    folder = parent / name
    folder.mkdir(mode=0o700)
    small_table().to_parquet(folder / "input.parquet")
    return folder


def seconds_in_cells(executed: Path) -> float:
    """What papermill's own notes say that the cells took, together."""
    cells = json.loads(executed.read_text(encoding="utf-8"))["cells"]
    return sum(cell["metadata"]["papermill"].get("duration") or 0.0 for cell in cells)
