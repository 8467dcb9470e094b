"""Templates are read, never run; what breaks the rules is refused by file and line."""

import hashlib
from pathlib import Path

import nbformat
import pytest

from tests.notebook.conftest import PARAMETERS, Runs, notebook, parameters_cell
from wrangler.errors import InvalidInput
from wrangler.notebook.templates import catalog
from wrangler.notebook.templates.parameters import TemplateRefused

RICH = """
method: str = "auto"  # How missing cells are filled
columns: list[str] | None = None   # Only these; null means all
per_column: dict[str, dict] = {}
bounds: dict[str, list[float | None]] = {}
share: float = 0.1
mode: Literal["fast", "good"] = "fast"
many: list[int] = [
    1,
    2,
]  # Some numbers
seed: int = 0
dataset_file: str = "input.parquet"
dataset_name: str = "dataset"
"""


def test_kind_title_and_hash_come_from_the_file(run: Runs) -> None:
    template = run.template("1 + 1")
    assert (template.kind, template.title) == ("small", "A small notebook")
    assert template.sha256 == hashlib.sha256(template.path.read_bytes()).hexdigest()


def test_the_schema_carries_types_defaults_and_trailing_comments(run: Runs) -> None:
    properties = run.template(parameters=RICH).parameters_schema["properties"]
    assert properties["method"] == {
        "type": "string",
        "default": "auto",
        "description": "How missing cells are filled",
        "title": "Method",
        "x-order": 0,
    }
    assert properties["many"]["description"] == "Some numbers"
    assert properties["mode"]["enum"] == ["fast", "good"]
    assert properties["columns"]["anyOf"] == [{"items": {"type": "string"}, "type": "array"}, {"type": "null"}]


def test_what_the_server_sets_is_no_parameter_of_users(run: Runs) -> None:
    template = run.template(parameters=RICH)
    assert set(template.server_parameters.model_fields) == {"seed", "dataset_file", "dataset_name"}
    assert not set(template.parameters.model_fields) & set(template.server_parameters.model_fields)
    with pytest.raises(InvalidInput, match="seed: is not a parameter"):
        template.accept({"seed": 1})


def test_accepted_parameters_are_complete(run: Runs) -> None:
    accepted = run.template(parameters=RICH).accept({"columns": ["a"], "bounds": {"a": [0, None]}})
    assert accepted["columns"] == ["a"]
    assert accepted["bounds"] == {"a": [0.0, None]}
    assert accepted["method"] == "auto"


@pytest.mark.parametrize(
    ("parameters", "pointer"),
    [
        ({"methods": "knn"}, "/methods"),
        ({"method": 3}, "/method"),
        ({"method": None}, "/method"),
        ({"many": [1, "2"]}, "/many/1"),
        ({"many": [True]}, "/many/0"),
        ({"share": "0.5"}, "/share"),
        ({"mode": "best"}, "/mode"),
        ({"per_column": {"a/b": {"x": (1, 2)}}}, "/per_column/a~1b/x"),
        ({"per_column": {"a": {"x": b"bytes"}}}, "/per_column/a/x"),
        ({"per_column": {"a": {1: 2}}}, "/per_column/a"),
        ({"method": "\ud800"}, "/method"),
        ({"many": [10**4400]}, "/many/0"),
        ({"per_column": {"a": {"x": float}}}, "/per_column/a/x"),
        ({"x = 1\nimport os": 1}, "/x = 1\nimport os"),
    ],
)
def test_what_does_not_fit_is_refused_by_pointer(run: Runs, parameters: dict, pointer: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        run.template(parameters=RICH).accept(parameters)
    assert refusal.value.errors[0].pointer.startswith(pointer)


def test_endless_nesting_is_refused(run: Runs) -> None:
    nested: list = []
    nested.append(nested)
    with pytest.raises(InvalidInput, match="nested deeper"):
        run.template().accept({"more": {"x": nested}})


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("import os", "line 1: only `name: type = default`"),
        ("x = 1", "line 1: only `name: type = default`"),
        ("x: int = 1\nprint(x)", "line 2"),
        ("x: int", "needs a default"),
        ("x: tuple = ()", "allowed are"),
        ("x: set[int] = []", "allowed are"),
        ("x: os.PathLike = 1", "allowed are"),
        ("x: dict[int, str] = {}", "allowed are"),
        ("x: int = open('f')", "only a literal"),
        ("x: list[int] = (1,)", "is a tuple"),
        ("x: int = 'a'", "does not fit its type"),
        ("x: int = 1\nx: int = 2", "declared twice"),
        ("print: int = 1", "hides a name"),
        ("_x: int = 1", "hides a name"),
        ("model_dump: int = 1", "hides a name"),
        ("x: int = (", "not Python"),
    ],
)
def test_a_template_that_breaks_the_rules_is_refused_by_line(run: Runs, source: str, reason: str) -> None:
    with pytest.raises(TemplateRefused, match=r"small\.ipynb, parameters cell: .*") as refusal:
        run.template(parameters=source)
    assert reason in str(refusal.value)


@pytest.mark.parametrize("count", [0, 2])
def test_exactly_one_cell_declares_parameters(tmp_path: Path, count: int) -> None:
    document = notebook()
    document.cells = [parameters_cell() for _ in range(count)]
    nbformat.write(document, tmp_path / "odd.ipynb")
    with pytest.raises(TemplateRefused, match="exactly one code cell"):
        catalog.templates(tmp_path)


@pytest.mark.parametrize("content", ["", "[]", '{"cells": 3}', "{}"])
def test_a_file_that_is_no_notebook_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "odd.ipynb").write_text(content)
    with pytest.raises(TemplateRefused, match=r"odd\.ipynb"):
        catalog.templates(tmp_path)


def test_a_changed_template_is_read_again(run: Runs) -> None:
    before = run.template("1")
    after = run.template("1 + 1", parameters=PARAMETERS + "\nfresh: int = 1")
    assert before.sha256 != after.sha256
    assert "fresh" in after.parameters.model_fields
