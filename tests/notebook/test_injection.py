"""Parameters are data: whatever is sent arrives as the same value and executes nothing."""

import ast
import math

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from papermill.parameterize import parameterize_notebook

from tests.notebook.conftest import WRITE_RESULT, Runs, notebook
from wrangler.notebook.documents.json_values import to_json

HOSTILE = [
    '"""',
    "'''",
    "'); import os; os.system('touch owned') #",
    '"); open("owned", "w") #',
    "\\",
    '\\"',
    "{seed} {0.__class__} {{x}}",
    "a\nimport os\nb",
    "\r\n\t\0\x1b",
    "\u2028 \u202e \N{GREEK SMALL LETTER ALPHA} \N{PILE OF POO}",
    "\\N{BULLET} \\x41 \\u0041",
    "%%bash\ntouch owned",
    "!touch owned",
    "<script>alert(1)</script>",
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63) + 1, 2**63 - 1) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def assigned(document: nbformat.NotebookNode) -> dict:
    """What the injected cell assigns; anything but assignments of literals fails."""
    (cell,) = [cell for cell in document.cells if "injected-parameters" in cell.metadata.get("tags", [])]
    values = {}
    for statement in ast.parse(cell.source).body:
        assert isinstance(statement, ast.Assign)
        values[ast.unparse(statement.targets[0])] = literal(statement.value)
    return values


def literal(node: ast.expr) -> object:
    source = ast.unparse(node).replace("float('inf')", "1e999").replace("float('-inf')", "-1e999")
    return ast.literal_eval(source)


@given(JSON)
def test_any_plain_value_arrives_as_the_same_literal(value: object) -> None:
    document = notebook("more")
    for cell in document.cells:
        cell.metadata.setdefault("tags", [])
    document.metadata["papermill"] = {}
    injected = parameterize_notebook(document, {"more": to_json({"x": value})})
    assert assigned(injected) == {"more": {"x": value}}


@pytest.mark.kernel
def test_hostile_strings_arrive_unchanged_and_execute_nothing(run: Runs) -> None:
    keys = {text: text for text in HOSTILE}
    parameters = {"text": HOSTILE[2], "numbers": [math.nan, -math.inf, 0.1, None], "more": {"all": HOSTILE, **keys}}
    outcome = run(
        "import json, math\n"
        "assert math.isnan(numbers[0]) and numbers[1:] == [-math.inf, 0.1, None]\n"
        "json.dump([text, more], open('seen.json', 'w'))",
        WRITE_RESULT,
        parameters=parameters,
    )
    assert outcome.succeeded, outcome.error
    assert run.wrote("seen.json") == [parameters["text"], parameters["more"]]
    assert not (run.folder / "owned").exists()
    assert "NaN" not in (run.folder / "report.ipynb").read_text().replace('"nan"', "")
