"""Upload, download, upload again: no value is lost on the way."""

import tempfile
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.campaign import short_or_whole
from tests.importing.conftest import Importer
from tests.importing.tables import VALUES, frames
from wrangler.errors import ImportRefused
from wrangler.tables import export

pytestmark = pytest.mark.slow

EXAMPLES = settings(max_examples=short_or_whole(6, 300))
MARKS = st.text(st.sampled_from(",;|\t'\"\n\r #=x7"), max_size=5)


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
    pd.testing.assert_frame_equal(back, expected, check_categorical=False)  # the order of those that have none


@EXAMPLES
@given(frame=frames())
def test_a_dataset_comes_back_from_its_downloads(frame: pd.DataFrame) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        try:
            first = _imported(folder, frame.to_csv(index=False).encode())
        except ImportRefused:
            return
        for kind in ("csv", "jsonl", "parquet"):
            export(folder / "table.parquet", folder / "out", kind, guard_formulas=False)
            again = _imported(folder, (folder / "out").read_bytes())
            pd.testing.assert_frame_equal(again, first)


@EXAMPLES
@given(
    names=st.lists(MARKS.filter(str.strip), min_size=1, max_size=3, unique=True),
    texts=st.lists(st.none() | MARKS.filter(lambda text: text == "" or text.strip()), min_size=3, max_size=12),
)
def test_texts_made_of_marks_come_back_from_csv(names: list[str], texts: list[str | None]) -> None:
    rows = [texts[place : place + len(names)] for place in range(0, len(texts) - len(names) + 1, len(names))]
    frame = pd.DataFrame(rows, columns=names, dtype="str")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        frame.to_parquet(folder / "table.parquet")
        export(folder / "table.parquet", folder / "out", "csv", guard_formulas=False)
        types = dict.fromkeys(names, "text")
        back = Importer(folder).frame((folder / "out").read_bytes(), types=types, missing_markers=[""], header=True)
    pd.testing.assert_frame_equal(back, frame)


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
