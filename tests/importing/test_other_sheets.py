"""Binary workbooks and OpenDocument sheets: the same tables as .xlsx, the same budget."""

from collections.abc import Callable

import pytest

from tests.importing.conftest import Importer
from tests.importing.files import packed_by_zip, with_member
from tests.importing.sheets import binary_workbook, opendocument, repeated_cell
from wrangler.importing import Code

MAKERS: dict[str, Callable[..., bytes]] = {"xlsb": binary_workbook, "ods": opendocument}
ROWS = [["name", "n", "flag"], ["Ada", 1, True], [None, 2.5, None]]


@pytest.mark.parametrize("form", MAKERS)
def test_a_sheet_is_the_table(importer: Importer, form: str) -> None:
    result = importer(MAKERS[form](ROWS))
    assert (result.rows, result.format) == (2, form)
    assert [(column["type"], column["missing"]) for column in result.columns] == [
        ("text", 1),
        ("number", 0),
        ("boolean", 1),
    ]


@pytest.mark.parametrize("form", MAKERS)
def test_a_sheet_that_is_not_there_is_refused(importer: Importer, form: str) -> None:
    assert importer.refusal(MAKERS[form](ROWS), sheet="two").code == Code.UNKNOWN_SHEET


@pytest.mark.parametrize("form", MAKERS)
def test_a_sheet_cut_short_is_broken(importer: Importer, form: str) -> None:
    assert importer.refusal(MAKERS[form](ROWS)[:-100]).code == Code.BROKEN_WORKBOOK


@pytest.mark.parametrize(
    ("member", "content"),
    [("xl/worksheets/sheet1.bin", b"\x81\x01\x00\x94\x01\x10"), ("xl/_rels/workbook.bin.rels", "<Relationships/>")],
    ids=["a sheet cut short", "a sheet that nothing names, at which the reader panics"],
)
def test_a_damaged_member_is_a_broken_workbook(importer: Importer, member: str, content: str | bytes) -> None:
    assert importer.refusal(with_member(binary_workbook(ROWS), member, content)).code == Code.BROKEN_WORKBOOK


def test_blank_cells_that_fill_a_sheet_up_are_no_cells(importer: Importer) -> None:
    assert importer(opendocument(ROWS, tail=True)).rows == 2


@pytest.mark.parametrize(
    "bomb",
    [
        repeated_cell(16_384, 1_048_576),
        repeated_cell(1, 10**12),
        binary_workbook([["a"] * 100, [1] * 100], first_row=10**9),
    ],
    ids=["repeated", "repeated rows", "far row"],
)
def test_cells_far_off_or_repeated_are_refused_unread(importer: Importer, bomb: bytes) -> None:
    assert len(bomb) < 10_000
    assert importer.refusal(bomb).code == Code.TOO_MANY_CELLS


def test_a_zip_that_only_looks_like_a_binary_workbook_is_broken(importer: Importer) -> None:
    assert importer.refusal(packed_by_zip(b"\xff" * 5000, "xl/workbook.bin")).code == Code.BROKEN_WORKBOOK
