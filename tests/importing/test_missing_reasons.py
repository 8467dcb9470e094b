"""Where a column has several missing reasons, `markers.parquet` holds the reason of each cell."""

import json
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyreadstat
import pytest

from tests.importing.conftest import Importer
from tests.importing.files import workbook

MIXED = ["Refused", "don't know", "", "7", " refused "]
KINDS = ["refused", "unknown", None, None, "refused"]
WORDS = ["Refused", "don't know", "refused", ""]


def markers(importer: Importer) -> dict[str, list[str | None]]:
    """By column, the kind of each cell's marker; nothing when there is no such file."""
    path = importer.folder / "markers.parquet"
    return {} if not path.exists() else pq.read_table(path).to_pydict()


def text(cells: list[str]) -> str:
    return "\n".join(["id,income,city", *(f"{row},{cell},Ulm" for row, cell in enumerate(cells))]) + "\n"


def test_a_text_table_keeps_the_kind_of_each_cell_of_such_columns_only(importer: Importer) -> None:
    result = importer(text(MIXED), missing_markers=WORDS)
    assert result.columns[1]["type"] == "integer"
    assert markers(importer) == {"income": KINDS}


def test_a_column_of_one_kind_needs_no_file(importer: Importer) -> None:
    result = importer(text(["Refused", "7", "8"]), missing_markers=WORDS)
    assert result.columns[1]["missing_reasons"] == {"refused": 1}
    assert markers(importer) == {}


def test_empty_cells_and_standard_markers_are_of_one_kind(importer: Importer) -> None:
    importer(text(["NA", "", "7", "n/a"]))
    assert markers(importer) == {}


def test_a_gap_without_a_marker_is_a_reason_of_its_own_beside_a_marker_with_a_reason(importer: Importer) -> None:
    importer(text(["Refused", "", "7"]), missing_markers=WORDS)
    assert markers(importer) == {"income": ["refused", None, None]}


def test_rows_stay_in_order_whatever_the_file_s_size_encoding_and_line_ends(importer: Importer) -> None:
    cells = [["Refused", "don't know", "", str(row)][row % 4] for row in range(60_000)]
    importer(
        text(cells).replace("Ulm", "Köln").replace("\n", "\r\n").encode("cp1252"),
        missing_markers=WORDS,
        encoding="cp1252",
    )
    kept, table = markers(importer)["income"], pd.read_parquet(importer.table)
    assert kept == [["refused", "unknown", None, None][row % 4] for row in range(60_000)]
    assert table["income"].isna().tolist() == [row % 4 < 3 for row in range(60_000)]


def test_a_sheet_keeps_them(importer: Importer) -> None:
    rows = [["id", "income"], *([row, cell] for row, cell in enumerate(["Refused", "don't know", None, 7]))]
    importer(workbook(rows), missing_markers=WORDS)
    assert markers(importer) == {"income": ["refused", "unknown", None, None]}


def test_json_keeps_them(importer: Importer) -> None:
    records = [{"income": "Refused"}, {"income": "don't know"}, {"income": None}, {}, {"income": 7}]
    importer(json.dumps(records), missing_markers=WORDS)
    assert markers(importer) == {"income": ["refused", "unknown", None, None, None]}


def test_a_parquet_file_keeps_them(importer: Importer, tmp_path: Path) -> None:
    pq.write_table(pa.table({"answer": ["Refused", "don't know", None, "yes"]}), tmp_path / "file.parquet")
    importer((tmp_path / "file.parquet").read_bytes(), missing_markers=WORDS)
    assert markers(importer) == {"answer": ["refused", "unknown", None, None]}


def test_the_index_of_a_data_frame_is_found_under_its_new_name(importer: Importer, tmp_path: Path) -> None:
    pd.DataFrame({"x": [1, 2, 3]}, index=["Refused", "don't know", "yes"]).to_parquet(tmp_path / "file.parquet")
    importer((tmp_path / "file.parquet").read_bytes(), missing_markers=WORDS)
    assert markers(importer) == {"index": ["refused", "unknown", None]}


@pytest.mark.parametrize("packing", ["plain", "zipped"])
def test_codes_of_spss_keep_the_kind_that_their_label_names(importer: Importer, tmp_path: Path, packing: str) -> None:
    path = tmp_path / "answers.spss"
    labels = {"q": {1: "yes", -9: "Refused", -8: "Don't know"}}
    ranges = {"q": [{"lo": -9, "hi": -8}]}
    frame = pd.DataFrame({"q": [1.0, -9, -8, None, 1]})
    pyreadstat.write_sav(frame, path, variable_value_labels=labels, missing_ranges=ranges)
    data = path.read_bytes()
    if packing == "zipped":
        import gzip

        data = gzip.compress(data)
    importer(data)
    assert markers(importer) == {"q": [None, "refused", "unknown", None, None]}


def test_the_parser_child_leaves_them_beside_the_table(server_importer: Importer) -> None:
    server_importer(text(MIXED), missing_markers=WORDS)
    assert markers(server_importer) == {"income": KINDS}
    kind = pq.read_schema(server_importer.folder / "markers.parquet").field("income").type
    assert kind == pa.dictionary(pa.int8(), pa.string())
