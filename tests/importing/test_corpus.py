"""Every file of the corpus gets the answer that it is promised, and never an accident."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.importing.conftest import SMALL, Importer
from tests.importing.corpus import CORPUS, Case
from tests.importing.files import repeating_parquet
from wrangler.errors import ImportRefused
from wrangler.importing import Code


@pytest.mark.parametrize("case", CORPUS, ids=lambda case: case.name)
def test_the_answer_is_the_promised_one(importer: Importer, case: Case) -> None:
    try:
        answer: str | int = importer(case.data, **case.options).rows
    except ImportRefused as refused:
        answer = refused.code
    assert answer == case.answer


@pytest.mark.parametrize("case", [case for case in CORPUS if isinstance(case.answer, str)], ids=lambda case: case.name)
def test_every_refusal_is_a_whole_sentence(importer: Importer, case: Case) -> None:
    assert importer.refusal(case.data, **case.options).message.endswith((".", "?"))


def test_every_promised_code_is_a_known_one() -> None:
    assert {case.answer for case in CORPUS if isinstance(case.answer, str)} <= set(Code)


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
