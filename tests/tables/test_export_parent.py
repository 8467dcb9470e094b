"""Downloads of large tables are made by a process of their own."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from tests.importing.http_caller import memory_of
from wrangler.errors import ExportRefused
from wrangler.tables import ExportLimits, export, export_child, export_in_child

pytestmark = pytest.mark.slow


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "table.parquet"
    pd.DataFrame({f"c{number}": [f"text {n}" for n in range(60_000)] for number in range(5)}).to_parquet(path)
    return path


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_the_file_is_the_same(table: Path, tmp_path: Path, form: str) -> None:
    export(table, tmp_path / "here", form)
    export_in_child(table, tmp_path / "apart", form)
    assert (tmp_path / "apart").read_bytes() == (tmp_path / "here").read_bytes()


def test_a_large_download_leaves_this_process_small(table: Path, tmp_path: Path) -> None:
    before = memory_of("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")
    export_in_child(table, tmp_path / "out.csv", "csv")
    assert memory_of("VmHWM") - before < 50 * 1024**2


def test_its_refusal_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    pd.DataFrame({"a": ["x" * 40_000] + ["y"] * 120_000}).to_parquet(path)
    with pytest.raises(ExportRefused, match="40,000 characters"):
        export_in_child(path, tmp_path / "out.xlsx", "xlsx")


def refused(table: Path, target: Path, form: str = "csv", **limits: float) -> ExportRefused:
    with pytest.raises(ExportRefused) as caught:
        export_in_child(table, target, form, limits=replace(ExportLimits(), **limits))
    assert [path.name for path in target.parent.iterdir()] == [table.name], "something is left"
    return caught.value


@pytest.mark.parametrize("form", ["csv", "jsonl", "xlsx"])
@pytest.mark.parametrize(
    ("limits", "code"),
    [
        ({"seconds": 0.01}, "export_timed_out"),
        ({"memory_bytes": 24 * 1024**2}, "export_out_of_memory"),
        ({"file_bytes": 100_000}, "export_too_large"),
    ],
    ids=["time", "memory", "file"],
)
def test_a_download_that_breaks_a_limit_is_refused_by_name(
    table: Path, tmp_path: Path, form: str, limits: dict[str, float], code: str
) -> None:
    assert refused(table, tmp_path / f"out.{form}", form, **limits).code == code


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_a_full_disk_is_reported_as_such(table: Path, form: str) -> None:
    spec = {"path": table, "target": "/dev/full", "format": form, "guard_formulas": True}
    assert export_child.outcome_of(spec, ExportLimits()) == {"code": "insufficient_storage"}


def test_a_table_with_more_rows_than_a_sheet_starts_no_child(tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    pd.DataFrame({"a": [1] * 1_048_576}).to_parquet(path)
    reported = refused(path, tmp_path / "out.xlsx", "xlsx", seconds=0.0)
    assert (reported.code, "1,048,575 rows" in reported.message) == ("export_refused", True)
