"""What may be registered: a notebook is read as text, and everything wrong is named by its cell."""

import json
import re
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output, new_raw_cell

from wrangler.errors import InvalidInput
from wrangler.notebook.templates import registration
from wrangler.notebook.templates.registration import Draft, read_draft

EXAMPLE = Path("docs/examples/group_means.py")
SERVER = 'seed: int = 0\ndataset_file: str = "input.parquet"\ndataset_name: str = "dataset"'


def notebook(*cells: object, parameters: str = "", before: str = "", **metadata: object) -> bytes:
    made = [new_markdown_cell("# A title"), new_code_cell(before)]
    made.append(new_code_cell(f"{parameters}\n{SERVER}", metadata={"tags": ["parameters"]}))
    made += [new_code_cell(cell) if isinstance(cell, str) else cell for cell in cells]
    return json.dumps(new_notebook(cells=made, metadata=metadata)).encode()


def refusal(content: bytes, filename: str = "own.ipynb") -> dict[str, str]:
    with pytest.raises(InvalidInput) as refused:
        read_draft(filename, content)
    assert refused.value.code == "template_refused"
    return {error.pointer: error.message for error in refused.value.errors}


def draft(**parts: str) -> Draft:
    return read_draft("own.ipynb", notebook(**parts))


def test_a_percent_script_becomes_a_notebook_for_wranglers_kernel() -> None:
    read = read_draft("group_means.py", EXAMPLE.read_bytes())
    document = json.loads(read.text)

    assert read.title == "Group means before and after imputation"
    assert read.description.startswith("The mean of a number in each group")
    assert document["metadata"]["kernelspec"]["name"] == "python3"
    assert [cell["cell_type"] for cell in document["cells"]][:3] == ["markdown", "code", "code"]


def test_the_schema_carries_everything_a_form_needs() -> None:
    schema = read_draft("group_means.py", EXAMPLE.read_bytes()).schema
    properties = schema["properties"]

    assert schema["additionalProperties"] is False
    assert list(properties) == ["group", "numbers", "method", "min_rows", "include_missing"]
    assert [one["x-order"] for one in properties.values()] == [0, 1, 2, 3, 4]
    assert properties["group"]["format"] == "column"
    assert properties["numbers"]["items"] == {"type": "string", "format": "column"}
    assert properties["method"]["enum"] == ["mean", "linear", "knn", "pmm"]
    assert (properties["min_rows"]["minimum"], properties["min_rows"]["maximum"]) == (1, 1000)
    assert properties["min_rows"]["default"] == 5
    assert properties["group"]["description"] == "The column whose values form the groups"


def test_nothing_is_run_when_a_notebook_is_registered(tmp_path: Path) -> None:
    trace = tmp_path / "ran"
    deed = f"open({str(trace)!r}, 'w')"
    read_draft("own.ipynb", notebook(deed))
    with pytest.raises(InvalidInput):
        read_draft("own.ipynb", notebook(parameters=f"x: str = {deed}"))
    with pytest.raises(InvalidInput):
        read_draft("own.ipynb", notebook(parameters=f"x: Annotated[int, {deed}] = 1"))

    assert not trace.exists()


def test_outputs_and_foreign_metadata_are_left_behind() -> None:
    shown = new_code_cell("1 + 1", outputs=[new_output("stream", text="secret")], metadata={"author": "secret"})
    read = read_draft("own.ipynb", notebook(shown, widgets={"state": "secret"}))

    assert "secret" not in read.text
    assert json.loads(read.text)["cells"][-1]["source"] in ("1 + 1", ["1 + 1"])


@pytest.mark.parametrize(
    ("cell", "problem"),
    [
        ("x = (", "line 1: not Python"),
        ("x = 1\n%matplotlib inline", "line 2: commands of IPython"),
        ("!rm -rf /", "line 1: commands of IPython"),
        ("\x00", "NUL"),
        ("(" * 5000, "not Python"),
        (new_raw_cell("raw"), "is a raw cell"),
    ],
)
def test_a_cell_that_cannot_run_is_named(cell: object, problem: str) -> None:
    found = refusal(notebook("1", cell))

    assert problem in found["/file/cells/4"]
    assert found["/file/cells/4"].startswith("cell 5: ")


@pytest.mark.parametrize(
    ("parameters", "before", "problem"),
    [
        ("import os", "", "line 1: only `name: type = default`"),
        ("x: tuple = ()", "", "allowed are"),
        ("x: int = 'a'", "", "does not fit its type"),
        ("x: int = 1\nx: int = 2", "", "declared twice"),
        ("open: int = 1", "", "hides a name"),
        ("pd: int = 1", "import pandas as pd", "is the name of something in an earlier cell"),
        ("helper: int = 1", "def helper(): ...", "is the name of something in an earlier cell"),
        ("x: Column = ''", "", "from wrangler.report import Column"),
        ("x: Literal['a'] = 'a'", "", "from typing import Literal"),
        (
            "x: Annotated[int, Between(1, 2)] = 3",
            "from typing import Annotated\nfrom wrangler.report import Between",
            "less than or equal to 2",
        ),
        ("x: Annotated[int, 1] = 3", "from typing import Annotated", "bounds are written"),
        ("x: Annotated[int, Between(a, 2)] = 1", "", "only a number or None"),
        ("x: Annotated[str, Between(1, 2)] = 'a'", "", "bounds are written"),
        ("\n".join(f"x{n}: int = {n}" for n in range(60)), "", "50 is the limit"),
    ],
)
def test_a_parameter_that_breaks_the_rules_is_named(parameters: str, before: str, problem: str) -> None:
    found = refusal(notebook(parameters=parameters, before=before))

    assert problem in found["/file/cells/2"]


def test_what_the_server_sets_has_to_be_declared_as_it_is() -> None:
    content = (
        notebook().replace(b"seed: int = 0\\n", b"").replace(b"dataset_name: str = ", b"dataset_name: str | None = ")
    )
    with pytest.raises(InvalidInput) as refused:
        read_draft("own.ipynb", content)

    progress_seen = [error.message for error in refused.value.errors]
    assert any("must declare what the server sets: `seed: int = 0`" in one for one in progress_seen)
    assert any("'dataset_name' is set by the server" in one for one in progress_seen)


def test_bounds_and_columns_may_also_be_left_open() -> None:
    schema = draft(
        before="from typing import Annotated\nfrom wrangler.report import Between, Column",
        parameters="share: Annotated[float, Between(-0.5, None)] | None = None\nby: Column | None = None",
    ).schema["properties"]

    assert schema["share"]["anyOf"] == [{"type": "number", "minimum": -0.5}, {"type": "null"}]
    assert schema["by"]["anyOf"][0]["format"] == "column"


@pytest.mark.parametrize(
    ("filename", "content", "problem"),
    [
        ("own.exe", b"", "must be a percent script"),
        ("own.py", b"print(1)", "must begin with `# %%`"),
        ("own.py", "# %%\nx = '\xe9'".encode("latin-1"), "not text in UTF-8"),
        ("own.ipynb", b"{", "is not a notebook"),
        ("own.ipynb", b"[]", "format 4 is needed"),
        ("own.ipynb", b'{"nbformat": 3, "cells": []}', "format 4 is needed"),
        ("own.ipynb", b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{}]}', "not a valid notebook"),
        ("own.ipynb", b'{"nbformat": 4, "nbformat_minor": 5, "cells": []}', "not a valid notebook"),
        ("own.ipynb", b"[" * 100_000, "is not a notebook"),
    ],
)
def test_a_file_that_is_no_notebook_is_refused(filename: str, content: bytes, problem: str) -> None:
    assert problem in refusal(content, filename)["/file"]


def test_a_file_beyond_the_limit_is_not_even_read() -> None:
    assert "larger than" in refusal(b" " * (registration.MOST_BYTES + 1))["/file"]


def test_only_wranglers_kernel_runs_notebooks() -> None:
    found = refusal(notebook(kernelspec={"name": "ir", "display_name": "R", "language": "R"}))

    assert "only 'python3' is run" in found["/file/metadata/kernelspec"]


@pytest.mark.parametrize("tagged", [0, 2])
def test_exactly_one_cell_declares_the_parameters(tagged: int) -> None:
    declaring = [new_code_cell(SERVER, metadata={"tags": ["parameters"]}) for _ in range(tagged)]
    cells = [new_markdown_cell("# T"), *declaring]
    content = json.dumps(new_notebook(cells=cells)).encode()

    assert f"has {tagged} code cells with the tag 'parameters'" in refusal(content)["/file/cells"]


def test_a_template_without_a_heading_has_no_title() -> None:
    content = json.dumps(new_notebook(cells=[new_code_cell(SERVER, metadata={"tags": ["parameters"]})])).encode()

    assert "title" in refusal(content)["/file/cells"]


def test_the_same_cells_are_the_same_notebook_whatever_file_they_came_in() -> None:
    script = f'# %% [markdown]\n# # A title\n\n# %%\nx = 1\n\n# %% tags=["parameters"]\n{SERVER}\n'
    cells = [new_markdown_cell("# A title"), new_code_cell("x = 1")]
    cells.append(new_code_cell(SERVER, metadata={"tags": ["parameters"]}))
    content = json.dumps(new_notebook(cells=cells)).encode()

    assert read_draft("a.py", script.encode()).text == read_draft("b.ipynb", content).text


def test_the_smallest_template_of_the_manual_can_be_registered() -> None:
    (smallest,) = re.findall(r"```python\n(.*?)```", Path("docs/templates.md").read_text(), re.DOTALL)
    read = read_draft("smallest.py", smallest.encode())

    assert read.description == "How many rows each group has. This paragraph becomes the description."
    assert read.schema["properties"]["at_least"] | {"x-order": 1} == {
        "default": 5,
        "description": "Smaller groups are left out",
        "minimum": 1,
        "title": "At Least",
        "type": "integer",
        "x-order": 1,
    }
