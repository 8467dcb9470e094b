"""Tables past memory: one pass over the text, constant memory, pages from any depth."""

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from tests.importing.conftest import Importer
from wrangler.tables import read_rows

pytestmark = pytest.mark.slow
LATE = 30_000  # rows, far below the sample
MEASURED = """
import resource, sys
from pathlib import Path
from wrangler.importing import ImportLimits, ImportOptions
from wrangler.importing.readers.read import read_table
from wrangler.importing.options import Spec
source = Path(sys.argv[1])
read_table(Spec(source, source.parent, "upload", ImportOptions(), ImportLimits()))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def _lines(values: list[str], name: str = "v") -> str:
    return "\n".join([f"{name},n", *(f"{value},{number}" for number, value in enumerate(values)), ""])


@pytest.mark.parametrize(
    ("late", "kind"), [("1.5", "number"), ("+7", "integer"), ("007", "text"), ("word", "text"), ("1_000", "text")]
)
def test_a_cell_far_down_decides_the_type(importer: Importer, late: str, kind: str) -> None:
    result = importer(_lines([str(number) for number in range(LATE)] + [late]))
    assert [column["type"] for column in result.columns] == [kind, "integer"]
    written = pd.read_parquet(importer.table)["v"]
    assert str(written.iloc[-1]) == (late if kind == "text" else str(float(late) if kind == "number" else int(late)))


def test_many_misled_columns_are_inferred_in_two_passes(importer: Importer) -> None:
    names = [f"c{number}" for number in range(6)]
    plain = [",".join(str(row) for _ in names) for row in range(LATE)]
    late = [",".join("word" if place == row else "1" for place in range(6)) for row in range(6)]
    result = importer("\n".join([",".join(names), *plain, *late, ""]))
    assert {column["type"] for column in result.columns} == {"text"}
    assert len(result.report["suspicions"]) == 6


def test_rare_cells_far_down_are_counted(importer: Importer) -> None:
    odd = ["NA", " NA ", '""', " ", "", "n/a", "inf", "0.12345678901234567890"]
    result = importer(_lines([f"{number}.5" for number in range(LATE)] + odd))
    [column, _] = result.columns
    assert column["markers"] == {"NA": 2, "n/a": 1, "": 2, '""': 1}
    assert column["missing"] == 7
    assert {c["kind"]: c["count"] for c in result.report["conversions"]} == {"infinite": 1, "rounded": 1}
    assert pd.read_parquet(importer.table)["v"].isna().sum() == 7


def test_a_text_that_was_asked_for_keeps_every_cell_but_the_markers(importer: Importer) -> None:
    result = importer(_lines([str(number) for number in range(LATE)] + ["NA", "word"]), types={"v": "text"})
    assert (result.columns[0]["type"], result.columns[0]["missing"]) == ("text", 1)
    assert (result.report["conversions"], result.report["suspicions"]) == ([], [])


def test_pandas_metadata_state_rows_and_missing_cells(importer: Importer) -> None:
    importer("a,b,c\n1,1,true\n2,NA,\n")
    frame = pd.read_parquet(importer.table)
    assert [str(dtype) for dtype in frame.dtypes] == ["int64", "Int64", "boolean"]
    assert frame.index.equals(pd.RangeIndex(2))
    assert pq.ParquetFile(importer.table).metadata.num_rows == 2


def test_a_line_that_does_not_fit_far_down_is_refused_by_its_number(importer: Importer) -> None:
    refused = importer.refusal(_lines(["1"] * LATE) + "1,2,3\n")
    assert (refused.code, refused.facts["lines"]) == ("ragged_lines", [LATE + 2])
    assert not importer.table.exists()


def test_a_page_deep_down_holds_the_rows_of_the_file(importer: Importer) -> None:
    values = [f"t{number}" for number in range(350_000)]
    importer(_lines(values))
    rows = read_rows(importer.table, offset=299_990, limit=20)
    assert [(row["v"], row["n"]) for row in rows] == [(values[n], n) for n in range(299_990, 300_010)]


@pytest.mark.slow
def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    """Peak memory of ten times the rows is far from ten times as much.

    It is long because only a file far larger than the buffers shows it.
    """
    peaks = []
    for rows in (150_000, 1_500_000):
        folder = tmp_path / str(rows)
        folder.mkdir()
        with (folder / "upload").open("w") as file:
            file.write("id,text,number,hole\n")
            file.writelines(f"{n},text of row {n} that is long enough,{n * 0.37:.4f},NA\n" for n in range(rows))
        made = subprocess.run([sys.executable, "-c", MEASURED, folder / "upload"], capture_output=True, check=True)
        peaks.append(int(made.stdout))
    assert peaks[1] < 3 * peaks[0]
    assert peaks[1] < 1536 * 1024  # KiB


@pytest.mark.slow
def test_a_table_as_wide_as_is_taken_comes_in(importer: Importer) -> None:
    """It is long because the limit itself is tried: each of ten thousand columns is inferred and described."""
    width = importer.limits.columns
    result = importer("\n".join([",".join(f"c{n}" for n in range(width)), ",".join(["x"] * width), ""]))
    assert (result.rows, len(result.columns)) == (1, width)
