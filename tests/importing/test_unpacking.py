"""Packed tables: one member, packed once, within the budget."""

import gzip
import io
import zipfile
from collections.abc import Callable

import pytest

from tests.importing.conftest import Importer
from tests.importing.files import packed_by_zip, packed_by_zstd, workbook
from wrangler.importing import Code

CSV = b"a,b\n1,x\n2,y\n"
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "zstd": packed_by_zstd,
    "zip": packed_by_zip,
}


@pytest.mark.parametrize("packing", PACKERS)
def test_a_packed_table_is_the_table(importer: Importer, packing: str) -> None:
    result = importer(PACKERS[packing](CSV))
    assert (result.rows, result.format, result.report["packing"]) == (2, "csv", packing)


def test_a_packed_workbook_is_read(importer: Importer) -> None:
    assert importer(packed_by_zip(workbook([["a"], [1]]))).format == "xlsx"


@pytest.mark.parametrize("packing", ["gzip", "zstd"])
def test_packed_parts_in_a_row_are_one_file(importer: Importer, packing: str) -> None:
    assert importer(PACKERS[packing](CSV) + PACKERS[packing](b"3,z\n")).rows == 3


@pytest.mark.parametrize("packing", PACKERS)
def test_what_is_cut_short_is_broken(importer: Importer, packing: str) -> None:
    whole = PACKERS[packing](CSV * 10)
    assert importer.refusal(whole[: len(whole) // 2]).code in {Code.BROKEN_ARCHIVE, Code.BROKEN_WORKBOOK}


@pytest.mark.parametrize("packing", PACKERS)
def test_a_bomb_is_refused_while_it_inflates(importer: Importer, packing: str) -> None:
    bomb = PACKERS[packing](b"a,b\n" + b"1,2\n" * 10_000_000)
    assert importer.refusal(bomb).code == Code.TOO_LARGE
    assert (importer.folder / "unpacked").stat().st_size <= 200 * max(len(bomb), 10 * 1024**2)


def test_archives_within_archives_are_refused(importer: Importer) -> None:
    assert importer.refusal(gzip.compress(packed_by_zip(CSV))).code == Code.NESTED_ARCHIVE


def test_what_an_apple_adds_to_a_zip_is_no_member(importer: Importer) -> None:
    out = io.BytesIO(packed_by_zip(CSV))
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("__MACOSX/._table.csv", b"\0\0")
    assert importer(out.getvalue()).rows == 2


def test_a_zip_of_two_tables_is_refused(importer: Importer) -> None:
    out = io.BytesIO(packed_by_zip(CSV))
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("more.csv", CSV)
    assert importer.refusal(out.getvalue()).code == Code.SEVERAL_MEMBERS
