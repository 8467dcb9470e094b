"""The settings of a run as a reader wants them: name, value, and what it means."""

import ast
import json
from collections.abc import Sequence
from dataclasses import dataclass

from nbformat import NotebookNode

from wrangler.notebook.rendering.html.cells import has_tag
from wrangler.notebook.templates import TemplateRefused, read_declarations


@dataclass(frozen=True)
class Setting:
    """One parameter with the value that the run had."""

    name: str
    value: str
    is_default: bool
    description: str


def settings_of(cells: Sequence[NotebookNode]) -> list[Setting]:
    """The parameters of the notebook with the values given to this run; none when the cell cannot be read."""
    declared = next((cell.source for cell in cells if has_tag(cell, "parameters")), "")
    given = next((cell.source for cell in cells if has_tag(cell, "injected-parameters")), "")
    try:
        parameters, values = read_declarations(declared), _assignments(given)
    except (TemplateRefused, SyntaxError):
        return []
    return [
        Setting(one.name, _words(values.get(one.name, one.default)), one.name not in values, one.description)
        for one in parameters
    ]


def _assignments(source: str) -> dict[str, object]:
    values = {}
    for statement in ast.parse(source).body:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            values[statement.targets[0].id] = _literal(statement.value)
    return values


def _literal(node: ast.expr) -> object:
    try:
        return ast.literal_eval(node)
    except ValueError:
        return ast.unparse(node)


def _words(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
