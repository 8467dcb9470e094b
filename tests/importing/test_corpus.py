"""Every file of the corpus gets the answer that it is promised, and never an accident."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.campaign import short_or_whole
from tests.importing.bombs import BOMBS, Bomb
from tests.importing.conftest import SMALL, Importer
from tests.importing.corpus import CORPUS, Case
from tests.importing.files import repeating_parquet
from wrangler.errors import ImportRefused
from wrangler.importing import Code

pytestmark = pytest.mark.slow

CASES: list[Case | Bomb] = [*CORPUS, *BOMBS]
PAGE = Path(__file__).parents[2] / "docs" / "import" / "corpus.md"


def test_the_kept_page_lists_every_response() -> None:
    rows = [line.split(" | ") for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    reported = {(name.removeprefix("| "), expected, response) for name, expected, response, *_ in rows[1:]}
    assert reported == {
        (case.name, str(case.expected), f"422 {case.expected}" if isinstance(case.expected, str) else "201 created")
        for case in CASES
    }


@pytest.mark.parametrize("case", CORPUS, ids=lambda case: case.name)
def test_the_response_is_the_promised_one(importer: Importer, case: Case) -> None:
    try:
        response: str | int = importer(case.data, **case.options).rows
    except ImportRefused as refused:
        response = refused.code
    assert response == case.expected


@pytest.mark.parametrize(
    "case", [case for case in CORPUS if isinstance(case.expected, str)], ids=lambda case: case.name
)
def test_every_refusal_is_a_whole_sentence(importer: Importer, case: Case) -> None:
    assert importer.refusal(case.data, **case.options).message.endswith((".", "?"))


def test_every_promised_code_is_a_known_one() -> None:
    assert {case.expected for case in CORPUS if isinstance(case.expected, str)} <= set(Code)


@pytest.mark.slow
def test_small_bombs_get_the_promised_response(importer: Importer) -> None:
    small = [bomb for bomb in BOMBS if not bomb.is_large]
    assert {bomb.name: importer.refusal(bomb.data).code for bomb in small} == {
        bomb.name: bomb.expected for bomb in small
    }
    assert len(small) > 10


@pytest.mark.slow
def test_damaged_files_never_fail_the_server() -> None:
    """A few of what `make campaign` tries in thousands; it is long because some go through a real server."""
    command = [sys.executable, "-m", "tests.importing.fuzz", str(short_or_whole(30, 20_000)), "7"]
    reported = subprocess.run(command, capture_output=True, text=True, check=False)
    assert reported.returncode == 0, reported.stdout


def test_a_parquet_file_of_very_many_rows_is_refused_unread(importer: Importer, tmp_path: Path) -> None:
    importer.limits = replace(SMALL, rows=1_000_000)
    bomb = repeating_parquet(tmp_path / "bomb.parquet", 3_000_000)
    assert len(bomb) < 100_000
    assert importer.refusal(bomb).code == Code.TOO_MANY_ROWS


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (replace(SMALL, rows=2), Code.TOO_MANY_ROWS),
        (replace(SMALL, columns=1), Code.TOO_MANY_COLUMNS),
        (replace(SMALL, cells=5), Code.TOO_MANY_CELLS),
    ],
)
def test_tables_beyond_the_budget_are_refused(importer: Importer, limits: object, code: str) -> None:
    importer.limits = limits
    assert importer.refusal("a,b\n1,2\n3,4\n5,6\n").code == code
