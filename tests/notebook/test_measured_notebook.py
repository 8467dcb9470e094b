"""The notebook that `make bench-jobs` measures is one that Wrangler accepts."""

from pathlib import Path

import pytest

from benchmarks.measuring.notebook import new_folder, write_notebook
from benchmarks.measuring.ways import wrangler_run


@pytest.mark.kernel
def test_the_measured_notebook_leaves_all_that_an_imputation_has_to(tmp_path: Path) -> None:
    folder = new_folder(tmp_path, "run")
    wrangler_run(write_notebook(tmp_path / "template"), folder)
    assert {"imputed.parquet", "mask.parquet", "report.html"} <= {path.name for path in folder.iterdir()}
