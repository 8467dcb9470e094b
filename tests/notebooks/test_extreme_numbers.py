"""Each notebook on a table of columns whose squares, sums or ranges a float64 cannot hold."""

import json

import pandas as pd
import pytest

from tests.hostile_numbers import FLOATS, all_together
from tests.notebooks.conftest import execute

pytestmark = [pytest.mark.kernel, pytest.mark.slow]

PARAMETERS = {
    "analyze": {},
    "correlate": {"fill_by": "linear"},
    "compare": {"methods": ["mean", "linear", "knn"]},
    "impute": {"method": "mice", "draws": 3},
}


@pytest.mark.parametrize("kind", PARAMETERS)
def test_the_notebook_ends_without_a_warning(kind, tmp_path):
    frame = all_together()
    run = execute(kind, frame, tmp_path, seed=1, **PARAMETERS[kind])
    assert [output for output in run.outputs() if output["output_type"] in {"stream", "error"}] == []
    result = json.loads((tmp_path / "result.json").read_text())
    assert {column["name"] for column in result["columns"]} <= set(frame)
    if kind == "impute":
        completed = pd.read_parquet(tmp_path / "imputed.parquet")
        for name in FLOATS:
            known = frame[name].notna()
            assert completed[name][known].tolist() == frame[name][known].tolist()
            assert completed[name].notna().all()
