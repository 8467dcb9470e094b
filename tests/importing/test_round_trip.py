"""Upload, download, upload again: no value is lost on the way."""

import tempfile
from pathlib import Path

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.importing.conftest import Importer
from tests.importing.tables import VALUES, frames
from wrangler.errors import ImportRefused
from wrangler.importing import export

EXAMPLES = settings(max_examples=20, deadline=None)


def _imported(folder: Path, data: bytes) -> pd.DataFrame:
    return Importer(folder).frame(data)


@EXAMPLES
@given(frame=frames())
def test_a_table_comes_back_from_parquet(frame: pd.DataFrame) -> None:
    whole = {name: kind for name, kind in frame.dtypes.items() if not frame[name].isna().any()}
    numpy = {"Int64": "int64", "boolean": "bool"}
    expected = frame.astype({name: numpy[str(kind)] for name, kind in whole.items() if str(kind) in numpy})
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        frame.to_parquet(folder / "frame.parquet")
        back = _imported(folder, (folder / "frame.parquet").read_bytes())
    pd.testing.assert_frame_equal(back, expected)


@EXAMPLES
@given(frame=frames())
def test_a_dataset_comes_back_from_its_downloads(frame: pd.DataFrame) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        try:
            first = _imported(folder, frame.to_csv(index=False).encode())
        except ImportRefused:
            return
        for kind in ("csv", "parquet"):
            export(folder / "table.parquet", folder / "out", kind, guard_formulas=False)
            again = _imported(folder, (folder / "out").read_bytes())
            pd.testing.assert_frame_equal(again, first)


@EXAMPLES
@given(numbers=st.lists(VALUES["number"], min_size=1), integers=st.lists(VALUES["integer"], min_size=1))
def test_numbers_come_through_to_the_bit(numbers: list[float], integers: list[int]) -> None:
    rows = max(len(numbers), len(integers))
    lines = [
        f"{numbers[i % len(numbers)]!r},{integers[i % len(integers)]}"
        for i in range(rows)
    ]  # fmt: skip
    with tempfile.TemporaryDirectory() as name:
        frame = _imported(Path(name), "\n".join(["number,integer", *lines, ""]).encode())
    assert [value.hex() for value in frame["number"]] == [numbers[i % len(numbers)].hex() for i in range(rows)]
    assert frame["integer"].tolist() == [integers[i % len(integers)] for i in range(rows)]
