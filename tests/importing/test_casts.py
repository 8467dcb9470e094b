"""The cheap test that spares most cells the exact one: it never lets through what the exact one would not."""

import random

import duckdb
import pytest

from wrangler.importing.column_types.casts import BOOLEAN, CAST_VALUE, INTEGER, VALUE, Reading, iso, number
from wrangler.importing.column_types.evidence import Style

TEXTS = 40_000
WRITTEN = (
    "0", "-0", "7", "-12", "+3", "007", "1e2", "12.", ".5", "0.5", "-0.25", "00.5", "1_000", "9007199254740993",
    "1e400", "0.1234567890123456789", "123456789012345.678", "inf", "nan", "true", "False", "TRUE", "yes", "t", "1",
    "2020-01-31", "2020-01-01T00:00:00", "2020-12-31 23:59:59", "2020-01-01 00:00:00.250000", "0000-01-01",
    "0001-01-01", "2020-02-30", "2020-1-1", "2020-01-01T24:00:00", "2020-01-01 00:00:00Z", "2020-01-01T00:00+01",
    "-044-03-15", "12020-01-01", "infinity", "epoch",
)  # fmt: skip
LETTERS = "0123456789" * 2 + ".-+eE_:T /Zztrufalsein\t\n,'x½"


def _changed(rng: random.Random) -> str:
    letters = list(rng.choice(WRITTEN))
    for _ in range(rng.randint(0, 3)):
        place = rng.randint(0, len(letters))
        letters[place : place + rng.randint(0, 1)] = rng.choices(LETTERS, k=rng.randint(0, 1))
    return "".join(letters)


@pytest.mark.parametrize(
    ("reading", "kept"),
    [(INTEGER, 300), (BOOLEAN, 4), (number(Style(".")), 300), (iso(is_zoned=False), 100)],
    ids=["integer", "boolean", "number", "date"],
)
def test_what_is_plain_fits_and_is_worth_its_draft(reading: Reading, kept: int) -> None:
    rng = random.Random(20)
    plain = reading.plain.replace(VALUE, "v").replace(CAST_VALUE, "d")
    with duckdb.connect() as con:
        con.execute("CREATE TABLE texts (v VARCHAR)")
        con.execute("INSERT INTO texts SELECT unnest($1)", [[*WRITTEN, *(_changed(rng) for _ in range(TEXTS))]])
        drafted = f"SELECT v, {reading.draft.replace(VALUE, 'v')} AS d FROM texts"
        con.execute(f"CREATE TABLE found AS SELECT *, {plain} AS p FROM ({drafted})")
        wrong = con.execute(
            f"SELECT v, d FROM found WHERE p AND (NOT {reading.holds('trim(v)')} "
            f"OR {reading.typed('trim(v)')} IS DISTINCT FROM d)"
        ).fetchall()
        [(found,)] = con.execute("SELECT count(DISTINCT v) FROM found WHERE p").fetchall()
    assert not wrong
    assert found >= kept
