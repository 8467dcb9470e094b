"""Downloads of large tables are made by a process of their own."""

from pathlib import Path

import pandas as pd
import pytest

from tests.importing.http_caller import memory_of
from wrangler.importing import ExportRefused, export, export_apart


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "table.parquet"
    pd.DataFrame({f"c{number}": [f"text {n}" for n in range(60_000)] for number in range(5)}).to_parquet(path)
    return path


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_the_file_is_the_same(table: Path, tmp_path: Path, form: str) -> None:
    export(table, tmp_path / "here", form)
    export_apart(table, tmp_path / "apart", form)
    assert (tmp_path / "apart").read_bytes() == (tmp_path / "here").read_bytes()


def test_a_large_download_leaves_this_process_small(table: Path, tmp_path: Path) -> None:
    before = memory_of("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")
    export_apart(table, tmp_path / "out.csv", "csv")
    assert memory_of("VmHWM") - before < 50 * 1024**2


def test_its_refusal_is_told(tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    pd.DataFrame({"a": ["x" * 40_000] + ["y"] * 120_000}).to_parquet(path)
    with pytest.raises(ExportRefused, match="40,000 characters"):
        export_apart(path, tmp_path / "out.xlsx", "xlsx")
