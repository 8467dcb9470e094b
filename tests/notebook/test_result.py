"""`result.json` is believed only when it is what it has to be."""

import json
from pathlib import Path

import pytest

from tests.notebook.conftest import RESULT
from wrangler.notebook.protocol.result import read_result


def written(folder: Path, content: object) -> Path:
    path = folder / "result.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def test_a_valid_result_is_given_as_it_stands(tmp_path: Path) -> None:
    result, error = read_result(written(tmp_path, {**RESULT, "more": 1}), "small")
    assert error is None
    assert result == {**RESULT, "more": 1}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "Expecting value"),
        ("[]", "the whole"),
        (json.dumps(RESULT)[:-1], "Expecting"),
        ({**RESULT, "schema_version": 2}, "schema_version"),
        ({**RESULT, "seed": "0"}, "seed"),
        ({**RESULT, "kind": "other"}, "kind"),
        ({**RESULT, "summary": {"x": float("nan")}}, "NaN is not JSON"),
        ({key: value for key, value in RESULT.items() if key != "events"}, "events"),
        ({**RESULT, "dataset": {**RESULT["dataset"], "rows": -1}}, "dataset.rows"),
        ("[" * 100_000, "recursion"),
    ],
)
def test_anything_else_is_invalid_with_the_reason(tmp_path: Path, content: object, reason: str) -> None:
    result, error = read_result(written(tmp_path, content), "small")
    assert result is None
    assert error is not None
    assert error.code == "RESULT_INVALID"
    assert reason in error.message


def test_a_link_is_no_result(tmp_path: Path) -> None:
    target = written(tmp_path, RESULT).rename(tmp_path / "elsewhere.json")
    (tmp_path / "result.json").symlink_to(target)
    _, error = read_result(tmp_path / "result.json", "small")
    assert error is not None
    assert error.code == "RESULT_MISSING"


def test_an_imputation_without_its_completed_table_is_invalid(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    path.write_text(json.dumps({**RESULT, "kind": "impute"}))
    (tmp_path / "mask.parquet").touch()

    result, error = read_result(path, "impute")

    assert result is None
    assert error is not None
    assert "no imputed.parquet" in error.message
