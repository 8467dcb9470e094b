"""A file converted in one pass comes out as one that is checked first and converted then, report and all."""

import random

import pandas as pd
import pytest

from tests.importing.conftest import Importer
from wrangler.importing.readers.delimited import rare_cells, reader
from wrangler.tables import aggregates

pytestmark = pytest.mark.slow

PLAIN = {
    "integer": ["1", "22", "-3", "400"],
    "number": ["1.5", "-0.25", "1e5"],
    "instant": ["2020-01-01T00:00:00", "2021-02-03 10:11:12.5"],
    "text": ["abc", "def ghi", '"x,y"'],
    "boolean": ["true", "false"],
}
RARE = {
    "integer": ["NA", "", "007", " 7 ", "9223372036854775808", "-999"],
    "number": ["", "inf", "1e400", "0.12345678901234567890123", "  ", "-999"],
    "instant": ["", "2020-01-01 00:00:00.123456789", "N/A"],
    "text": ['""', " NA", "   ", "", "null", "-"],
    "boolean": ["", "NA", "TRUE"],
}
OPTIONS = (
    {},
    {"missing_markers": ["", "-999", "-"]},
    {"missing_markers": []},
    {"types": {"c0": "number", "c1": "integer"}, "conversion_failures": "missing"},
)
BEYOND_THE_SAMPLE = 10_500


def rare_table(seed: int, rows: int) -> str:
    chance = random.Random(seed)
    kinds = [chance.choice(list(PLAIN)) for _ in range(6)]
    odd = [chance.sample(RARE[kind], chance.randint(0, 2)) for kind in kinds]
    share = chance.choice([0.0, 0.01, 0.3])

    def cell(kind: str, rare: list[str]) -> str:
        return chance.choice(rare if rare and chance.random() < share else PLAIN[kind])

    lines = [",".join(cell(kind, rare) for kind, rare in zip(kinds, odd, strict=True)) for _ in range(rows)]
    last = ",".join(chance.choice(rare or PLAIN[kind]) for kind, rare in zip(kinds, odd, strict=True))
    return "\n".join(["c0,c1,c2,c3,c4,c5", *lines, last]) + "\n"


def everything(importer: Importer, text: str, options: dict[str, object]) -> tuple[object, pd.DataFrame]:
    found = importer(text, **options)
    return (found.rows, found.columns, found.report), pd.read_parquet(importer.table)


@pytest.mark.parametrize("flat_columns", [24, 0])
@pytest.mark.parametrize(("seed", "rows"), [*((seed, 80) for seed in range(12)), (12, BEYOND_THE_SAMPLE)])
def test_one_pass_gives_what_two_give(
    importer: Importer, monkeypatch: pytest.MonkeyPatch, seed: int, rows: int, flat_columns: int
) -> None:
    for module in (aggregates, rare_cells):
        monkeypatch.setattr(module, "FLAT_COLUMNS", flat_columns)
    text, options = rare_table(seed, rows), OPTIONS[seed % len(OPTIONS)]
    reported, table = everything(importer, text, options)
    monkeypatch.setattr(reader, "MOST_AT_ONCE", 0)
    reported_by_two, table_by_two = everything(importer, text, options)
    assert reported == reported_by_two
    pd.testing.assert_frame_equal(table, table_by_two)
