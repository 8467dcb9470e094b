"""Importing as callers do it: bytes in, a table or a refusal out."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from wrangler.errors import ImportRefused
from wrangler.importing import ImportLimits, ImportOptions, ImportResult, import_table
from wrangler.importing.options import Spec
from wrangler.importing.readers.read import read_table

SMALL = ImportLimits(seconds=60, threads=1)


@dataclass
class Importer:
    """Imports bytes into a folder of the test's own.

    By default without the parser child, whose start costs half a second: what it does is the same. `in_child` takes
    the whole way, as the server does.
    """

    folder: Path
    limits: ImportLimits = SMALL
    in_child: bool = False

    @property
    def table(self) -> Path:
        return self.folder / "table.parquet"

    def __call__(self, data: bytes | str, **options: object) -> ImportResult:
        source = self.folder / "upload"
        source.write_bytes(data.encode() if isinstance(data, str) else data)
        asked = ImportOptions(**options)
        if self.in_child:
            return import_table(source, self.table, filename="upload", options=asked, limits=self.limits)
        return read_table(Spec(source, self.folder, "upload", asked, self.limits))

    def frame(self, data: bytes | str, **options: object) -> pd.DataFrame:
        self(data, **options)
        return pd.read_parquet(self.table)

    def refusal(self, data: bytes | str, **options: object) -> ImportRefused:
        with pytest.raises(ImportRefused) as caught:
            self(data, **options)
        return caught.value


@pytest.fixture
def importer(tmp_path: Path) -> Importer:
    return Importer(tmp_path)


@pytest.fixture
def server_importer(tmp_path: Path) -> Importer:
    return Importer(tmp_path, in_child=True)


@pytest.fixture
def written(tmp_path: Path) -> Callable[[pd.DataFrame], bytes]:
    """The bytes of a frame as pandas writes it to Parquet."""

    def write(frame: pd.DataFrame) -> bytes:
        path = tmp_path / "written.parquet"
        frame.to_parquet(path)
        return path.read_bytes()

    return write
