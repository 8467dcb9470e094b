"""Whole files of every format, from which the fuzzer makes damaged ones."""

import gzip
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyreadstat

from tests.importing.corpus import CORPUS
from tests.importing.files import packed_by_zip, packed_by_zstd, parquet, workbook
from tests.importing.mutations import LARGEST_SEED
from tests.importing.sheets import binary_workbook, opendocument
from wrangler.examples import PENGUINS

START = datetime(2024, 1, 31, 10, 30)  # noqa: DTZ001 - files know no zones
FRAME = pd.DataFrame(
    {
        "id": range(40),
        "text": [f"né {i % 7}" if i % 5 else None for i in range(40)],
        "number": [i / 7 if i % 4 else None for i in range(40)],
        "flag": pd.Series([i % 2 == 0 if i % 3 else None for i in range(40)], dtype="boolean"),
        "day": [START + timedelta(days=i) for i in range(40)],
        "kind": pd.Categorical(["low", "high"] * 20, ["low", "high"], ordered=True),
    }
)


def seeds() -> list[bytes]:
    return [case.data for case in CORPUS if case.data and len(case.data) < LARGEST_SEED] + list(_whole())


def _whole() -> Iterator[bytes]:
    rows = [["a", "b", "c"], *([i, f"x{i}", i % 2 == 0] for i in range(20))]
    csv = FRAME.to_csv(index=False).encode()
    yield from (csv, Path(PENGUINS).read_bytes()[:5000], csv.replace(b",", b";").replace(b".", b","))
    yield from (FRAME.to_csv(index=False).encode("utf-16"), gzip.compress(csv), packed_by_zip(csv), packed_by_zstd(csv))
    yield from (binary_workbook(rows), opendocument(rows), opendocument(rows, tail=True), workbook(rows))
    yield FRAME.to_json(orient="records", date_format="iso").encode()
    yield FRAME.to_json(orient="records", date_format="iso", lines=True).encode()
    for options in (
        {},
        {"compression": "zstd", "row_group_size": 7},
        {"data_page_version": "2.0", "use_dictionary": False},
    ):
        yield parquet(pa.Table.from_pandas(FRAME), **options)
    yield from _statistical()


def _statistical() -> Iterator[bytes]:
    frame = FRAME.assign(number=FRAME["number"].fillna(-9), flag=FRAME["id"] % 2, kind=FRAME["id"] % 3)
    labels = {"kind": {0: "low", 1: "middle", 2: "high"}, "number": {-9: "refused"}}
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "file"
        pyreadstat.write_sav(frame, path, variable_value_labels=labels, missing_ranges={"number": [-9]})
        yield path.read_bytes()
        pyreadstat.write_sav(frame, path, compress=True)
        yield path.read_bytes()
        for version in (8, 12, 15):
            whole = {"kind": labels["kind"]}
            pyreadstat.write_dta(frame, path, version=version, variable_value_labels=whole)
            yield path.read_bytes()
        pyreadstat.write_xport(frame[["id", "number"]], path)
        yield path.read_bytes()
