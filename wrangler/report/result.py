"""`result.json`: what a run found, for programs and for the audit; strict JSON, NaN as null."""

import importlib
import importlib.metadata
import json
import math
import platform
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from wrangler.files import file_sha256, replace_file
from wrangler.json_value import JsonValue

SCHEMA_VERSION = 1
RESULT_FILE = "result.json"
DATASET_FILE = "dataset.json"

_NOT_IN_RECIPE = frozenset({"seed", "dataset_file", "dataset_name"})
_VERSIONS = ("numpy", "pandas", "scikit-learn")


@dataclass
class Run:
    """One run of a notebook: what it read, how long its steps took, and the result it leaves.

    Attributes
    ----------
    kind : str
        The kind of notebook: impute, analyze, correlate, compare, custom.
    dataset_name, dataset_file : str
        What the table is called, and the Parquet file it is read from, relative to the folder of the notebook.
    seed : int
        Seed of all random numbers.
    recipe : dict of str to any JSON value
        The settings of the run, from `recipe_of`.
    durations_seconds : dict of str to float
        Filled by `timed`.
    findings : dict of str to DataFrame
        Further tables that the result shall hold, such as `differences`.
    """

    kind: str
    dataset_name: str
    dataset_file: str
    seed: int
    recipe: dict[str, Any] = field(default_factory=dict)
    durations_seconds: dict[str, float] = field(default_factory=dict)
    findings: dict[str, pd.DataFrame] = field(default_factory=dict)

    @contextmanager
    def timed(self, step: str) -> Iterator[None]:
        """Note how long the block under `with` takes."""
        start = time.perf_counter()
        yield
        self.durations_seconds[step] = round(time.perf_counter() - start, 4)

    def read(self, exclude: Sequence[str] = ()) -> pd.DataFrame:
        """Read the table without the excluded columns.

        Raises
        ------
        ValueError
            When an excluded column does not exist.
        """
        with self.timed("read"):
            frame = pd.read_parquet(self.dataset_file)
        unknown = [name for name in exclude if name not in frame.columns]
        if unknown:
            known = ", ".join(frame.columns[:20])
            raise ValueError(f"exclude: there is no column {unknown[0]!r}; the columns are {known}.")
        return frame.drop(columns=list(exclude))

    def write_result(
        self,
        frame: pd.DataFrame,
        summary: Mapping[str, Any],
        *,
        columns: pd.DataFrame | None = None,
        events: Iterable[Any] = (),
        scores: pd.DataFrame | None = None,
        files: Sequence[str | Path] = (),
    ) -> Path:
        """Write `result.json`, the last step of every notebook.

        Parameters
        ----------
        frame : DataFrame
            The table as it was read.
        summary : mapping
            The headline numbers of this kind of run.
        columns : DataFrame indexed by column name, or None
        events : iterable of dataclasses or mappings
            What was dropped, replaced, clipped, rounded, sampled or skipped.
        scores : DataFrame or None
            Held-out errors.
        files : sequence of paths
            The files written before this one.

        Returns
        -------
        Path
        """
        result = {
            "schema_version": SCHEMA_VERSION,
            "kind": self.kind,
            "dataset": {
                "name": self.dataset_name,
                "rows": len(frame),
                "columns": frame.shape[1],
                "sha256": dataset_sha256(Path(self.dataset_file).parent),
                "parquet_sha256": file_sha256(Path(self.dataset_file)),
            },
            "recipe": self.recipe,
            "seed": self.seed,
            "versions": _versions(),
            "summary": summary,
            "columns": [] if columns is None else columns.rename_axis("name").reset_index().to_dict("records"),
            "events": [asdict(event) if _is_dataclass_instance(event) else event for event in events],
            "scores": [] if scores is None else scores.to_dict("records"),
            "durations_seconds": self.durations_seconds,
            **{name: table.to_dict("records") for name, table in self.findings.items()},
            "files": [Path(path).name for path in files],
        }
        text = json.dumps(as_json(result), ensure_ascii=False, allow_nan=False, indent=2)
        path = Path(RESULT_FILE)
        replace_file(path, lambda target: target.write_text(text, encoding="utf-8"))
        return path


def recipe_of(notebook: Mapping[str, Any]) -> dict[str, Any]:
    """Collect the settings of a notebook: its annotated names, but for those that the server sets.

    Parameters
    ----------
    notebook : mapping
        `globals()` of the notebook.
    """
    return {
        name: notebook[name]
        for name in notebook.get("__annotations__", {})
        if name in notebook and name not in _NOT_IN_RECIPE
    }


def as_json(value: object) -> JsonValue:
    """Turn numpy and pandas values into plain JSON ones; NaN, infinities and missing values become null."""
    if isinstance(value, Mapping):
        return {str(key): as_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset | np.ndarray):
        return [as_json(item) for item in value]
    if isinstance(value, np.generic):
        return as_json(value.item())
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and not math.isfinite(value)):
        return None
    return value if isinstance(value, str | int | float | bool) else str(value)


def dataset_sha256(folder: Path) -> str | None:
    """SHA-256 of the dataset as the server stores it, from the file `dataset.json` that it puts beside the table.

    None where there is no such file, as when a notebook is run by hand.
    """
    file = folder / DATASET_FILE
    return str(json.loads(file.read_text(encoding="utf-8"))["sha256"]) if file.is_file() else None


def _is_dataclass_instance(value: object) -> bool:
    return is_dataclass(value) and not isinstance(value, type)


def _versions() -> dict[str, str]:
    versions = {"python": platform.python_version(), "wrangler": importlib.import_module("wrangler").__version__}
    return versions | {name: importlib.metadata.version(name) for name in _VERSIONS}
