"""A notebook that somebody wants to register: read, never run, and made into what a run is given.

What is kept of it is its text: the sources of its cells, their tags and how much of the run each is. Outputs and all
other metadata are left behind.
"""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbformat import NotebookNode, ValidationError

from wrangler.errors import FieldError, InvalidInput
from wrangler.notebook.documents import (
    clean_document,
    first_heading,
    read_percent_script,
    read_valid_document,
    weight_of,
)
from wrangler.notebook.templates import catalog
from wrangler.notebook.templates.catalog import CUSTOM_KIND, PARAMETERS_TAG
from wrangler.notebook.templates.parameters import SET_BY_SERVER, Declared, TemplateRefused, read_declarations

MOST_BYTES = 1_000_000
MOST_CELLS = 300
MOST_PARAMETERS = 50
CODE = "template_refused"
FILE = "/file"
_KERNEL = "python3"
_NEED_IMPORT = {
    "Literal": "from typing import Literal",
    "Annotated": "from typing import Annotated",
    "Column": "from wrangler.report import Column",
    "Between": "from wrangler.report import Between",
}
_SERVER_LINES = {
    "seed": "seed: int = 0",
    "dataset_file": 'dataset_file: str = "input.parquet"',
    "dataset_name": 'dataset_name: str = "dataset"',
}


@dataclass(frozen=True)
class Draft:
    """A notebook that may be registered: its text as runs get it, with title, description and parameters."""

    text: str
    title: str
    description: str
    schema: dict[str, Any]


def read_draft(filename: str, content: bytes) -> Draft:
    """The notebook in a percent script (.py) or a notebook file (.ipynb).

    Raises
    ------
    InvalidInput
        With one `FieldError` for each thing wrong: `/file/cells/2` is the third cell.
    """
    document = _read(filename, content)
    _refuse(list(_file_errors(document)))
    _refuse(list(_cell_errors(document.cells)))
    place = next(index for index, cell in enumerate(document.cells) if _is_parameters(cell))
    _refuse(list(_parameter_errors(document.cells, place)))
    text = clean_document([_kept(cell) for cell in document.cells])
    template = catalog.parse(text.encode(), CUSTOM_KIND, Path(filename))
    return Draft(text, template.title, template.description, template.schema)


def _read(filename: str, content: bytes) -> NotebookNode:
    if len(content) > MOST_BYTES:
        _refuse([FieldError(FILE, f"is larger than {MOST_BYTES:,} bytes; take its outputs out")])
    ending = Path(filename).suffix.lower()
    try:
        text = content.decode("utf-8-sig")
        if ending == ".py":
            return read_percent_script(text)
        if ending == ".ipynb":
            return read_valid_document(text)
    except UnicodeDecodeError:
        problem = "is not text in UTF-8"
    except ValidationError as error:
        problem = f"is not a valid notebook: {str(error).splitlines()[0][:300]}"
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        problem = f"is not a notebook ({str(error)[:300] or type(error).__name__})"
    else:
        problem = "must be a percent script (.py) or a notebook (.ipynb)"
    raise _refusal([FieldError(FILE, problem)])


def _file_errors(document: NotebookNode) -> Iterator[FieldError]:
    spec = document.metadata.get("kernelspec", {})
    name, language = spec.get("name", _KERNEL), spec.get("language", "python")
    if name != _KERNEL or language != "python":
        yield FieldError(f"{FILE}/metadata/kernelspec", f"is {name!r} ({language}); only {_KERNEL!r} is run")
    if not 0 < len(document.cells) <= MOST_CELLS:
        yield FieldError(f"{FILE}/cells", f"has {len(document.cells)} cells; 1 to {MOST_CELLS} are taken")
    tagged = sum(_is_parameters(cell) for cell in document.cells)
    if tagged != 1:
        yield FieldError(
            f"{FILE}/cells",
            f"has {tagged} code cells with the tag {PARAMETERS_TAG!r}; exactly one declares the parameters",
        )
    if not first_heading(document.cells):
        yield FieldError(f"{FILE}/cells", "has no Markdown cell with a heading, which is the title of the template")


def _cell_errors(cells: Sequence[NotebookNode]) -> Iterator[FieldError]:
    for index, cell in enumerate(cells):
        if cell.cell_type == "raw":
            yield _at(index, "is a raw cell; only Markdown and code are taken")
        elif "\x00" in cell.source:
            yield _at(index, "holds a NUL character")
        elif cell.cell_type == "code":
            problem = _syntax_error(cell.source)
            if problem:
                yield _at(index, problem)


def _syntax_error(source: str) -> str | None:
    try:
        _parsed(source)
    except SyntaxError as error:
        line = source.splitlines()[(error.lineno or 1) - 1 : error.lineno]
        if line and line[0].lstrip().startswith(("%", "!")):
            return f"line {error.lineno}: commands of IPython (% and !) are not taken, only Python"
        return f"line {error.lineno}: not Python ({error.msg})"
    except (ValueError, RecursionError, MemoryError) as error:
        return f"not Python ({str(error) or type(error).__name__})"
    return None


def _parameter_errors(cells: Sequence[NotebookNode], place: int) -> Iterator[FieldError]:
    source = cells[place].source
    try:
        declared = read_declarations(source)
    except TemplateRefused as refusal:
        yield _at(place, str(refusal))
        return
    taken = {name for cell in cells[:place] if cell.cell_type == "code" for name in _bound_names(cell.source)}
    for name in _needed_imports(source) - taken:
        yield _at(place, f"uses {name}; import it in an earlier cell: `{_NEED_IMPORT[name]}`")
    yield from (_at(place, problem) for one in declared for problem in _declaration_errors(one, taken))
    missing = SET_BY_SERVER - {one.name for one in declared}
    for name in sorted(missing):
        yield _at(place, f"must declare what the server sets: `{_SERVER_LINES[name]}`")
    if len(declared) > MOST_PARAMETERS:
        yield _at(place, f"declares {len(declared)} parameters; {MOST_PARAMETERS} is the limit")


def _declaration_errors(one: Declared, taken: set[str]) -> Iterator[str]:
    if one.name in taken:
        yield f"{one.name!r} is the name of something in an earlier cell; choose another for the parameter"
    if one.is_set_by_server and one.annotation is not (int if one.name == "seed" else str):
        yield f"{one.name!r} is set by the server and must read `{_SERVER_LINES[one.name]}`"


def _needed_imports(source: str) -> set[str]:
    annotations = [one.annotation for one in ast.parse(source).body if isinstance(one, ast.AnnAssign)]
    used = {node.id for one in annotations for node in ast.walk(one) if isinstance(node, ast.Name)}
    return used & _NEED_IMPORT.keys()


def _bound_names(source: str) -> Iterator[str]:
    """The names that a cell gives to something at its top level."""
    for statement in _parsed(source).body:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            yield from ((alias.asname or alias.name).partition(".")[0] for alias in statement.names)
        elif isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield statement.name
        elif isinstance(statement, ast.Assign | ast.AnnAssign):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            yield from (node.id for one in targets for node in ast.walk(one) if isinstance(node, ast.Name))


def _parsed(source: str) -> ast.Module:
    flags = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    module: ast.Module = compile(source, "<cell>", "exec", flags=flags, dont_inherit=True)
    return module


def _kept(cell: NotebookNode) -> dict[str, Any]:
    """What is kept of a cell."""
    tags = [tag for tag in cell.metadata.get("tags", []) if isinstance(tag, str)]
    metadata: dict[str, Any] = {"tags": tags} if tags else {}
    if weight_of(cell) not in (0.0, 1.0):
        metadata["wrangler"] = {"weight": weight_of(cell)}
    return {"cell_type": cell.cell_type, "source": cell.source, "metadata": metadata}


def _is_parameters(cell: NotebookNode) -> bool:
    return bool(cell.cell_type == "code" and PARAMETERS_TAG in cell.metadata.get("tags", []))


def _at(index: int, problem: str) -> FieldError:
    return FieldError(f"{FILE}/cells/{index}", f"cell {index + 1}: {problem}")


def _refuse(errors: list[FieldError]) -> None:
    if errors:
        raise _refusal(errors)


def _refusal(errors: list[FieldError]) -> InvalidInput:
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return InvalidInput(f"The notebook cannot be registered: {errors[0].message}{more}.", errors=errors, code=CODE)
