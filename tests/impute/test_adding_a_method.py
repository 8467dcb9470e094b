"""A new method is one file."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import wrangler

pytestmark = pytest.mark.slow

METHOD = '''
"""The smallest observed cell of each column."""

from dataclasses import dataclass

from wrangler.impute.methods.single_column import StatisticImputer
from wrangler.impute.registry import MeasuredCost, method


NOTHING = MeasuredCost(0, 0, 0, 0, 0, 0, 0, 0)


@method("smallest", "Smallest", "Fills with the smallest observed cell.", rank=15, cost=NOTHING)
@dataclass(kw_only=True, eq=False, repr=False)
class SmallestImputer(StatisticImputer):
    def _fit_column(self, column, work):
        return float(column.known.min())
'''
FILLED = """
import pandas as pd
from wrangler.impute import make_imputer

print(make_imputer("smallest").fit_transform(pd.DataFrame({"a": [3.0, None, 5.0]}))["a"].tolist())
"""


def test_a_file_among_the_methods_is_a_method(tmp_path: Path) -> None:
    package = Path(wrangler.__file__).parent
    shutil.copytree(package, tmp_path / "wrangler", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "wrangler" / "impute" / "methods" / "smallest.py").write_text(METHOD)

    run = subprocess.run([sys.executable, "-c", FILLED], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert run.stdout == "[3.0, 3.0, 5.0]\n", run.stderr
