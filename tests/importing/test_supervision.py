"""The parser child: whatever becomes of it, the caller gets a table or a refusal with a stable code."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from tests.importing.conftest import SMALL, Importer
from wrangler.importing import Code, leash


def test_a_table_comes_through_the_child(server_importer: Importer) -> None:
    result = server_importer("a,b\n1,x\nNA,y\n")
    assert (result.rows, result.format) == (2, "csv")
    assert pd.read_parquet(server_importer.table)["a"].dtype == "Int64"


def test_an_empty_file_starts_no_child(server_importer: Importer) -> None:
    assert server_importer.refusal(b"").code == Code.EMPTY_FILE


def test_a_refusal_in_the_child_arrives_whole(server_importer: Importer) -> None:
    refused = server_importer.refusal("a,b\n1\n")
    assert refused.code == Code.RAGGED_LINES
    assert refused.facts["lines"] == [2]
    assert refused.errors[0].pointer == "/options/delimiter"


def test_too_many_bytes_are_refused_before_reading(server_importer: Importer) -> None:
    server_importer.limits = replace(SMALL, bytes=5)
    assert server_importer.refusal("a,b\n1,2\n").code == Code.TOO_LARGE


def test_a_slow_parser_is_ended(server_importer: Importer) -> None:
    server_importer.limits = replace(SMALL, seconds=0.01)
    assert server_importer.refusal("a,b\n1,2\n").code == Code.TIMED_OUT


def test_a_parser_without_memory_is_a_refusal(server_importer: Importer) -> None:
    server_importer.limits = replace(SMALL, memory_bytes=96 * 1024**2)
    rows = "".join(f"{'x' * 200}{number},{number}\n" for number in range(200_000))
    # A native library that meets the limit may die of it rather than say so: that is contained as well.
    assert server_importer.refusal("a,b\n" + rows).code in {Code.OUT_OF_MEMORY, Code.PARSER_DIED}


def test_nothing_is_left_behind(server_importer: Importer) -> None:
    server_importer("a,b\n1,2\n")
    server_importer.refusal("a,b\n1\n")
    assert sorted(path.name for path in server_importer.folder.iterdir()) == ["table.parquet", "upload"]


def test_a_refused_import_leaves_an_older_table_alone(server_importer: Importer) -> None:
    server_importer("a,b\n1,2\n")
    before = server_importer.table.read_bytes()
    server_importer.refusal("a,b\n1\n")
    assert server_importer.table.read_bytes() == before


def test_the_child_sees_no_secret(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SECRET_KEY", "the server's own")
    assert "SECRET_KEY" not in leash.bare_environment(tmp_path)
