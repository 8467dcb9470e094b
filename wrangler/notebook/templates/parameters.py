"""The typed `parameters` cell of a template, read without running it."""

import ast
import builtins
import io
import keyword
import tokenize
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, TypeAdapter, ValidationError, create_model

from wrangler.notebook.documents import NotJson, to_json

SET_BY_SERVER = frozenset({"seed", "dataset_file", "dataset_name"})
_STRICT = ConfigDict(strict=True)
_SIMPLE: dict[str, Any] = {
    "str": str,
    "int": int,
    "float": float,
    "bool": bool,
    "list": list[JsonValue],
    "dict": dict[str, JsonValue],
    "Column": Annotated[str, Field(json_schema_extra={"format": "column"})],
}
_BOUNDED = ("int", "float")
_ALLOWED = (
    "str, int, float, bool, Column, Annotated[int or float, Between(low, high)], list[...], dict[str, ...], "
    "Literal[...], None and unions of them"
)


class TemplateRefused(ValueError):
    """A template that breaks the rules of its parameters cell; the message names the file and the line."""


@dataclass(frozen=True)
class Declared:
    """One parameter as its template declares it."""

    name: str
    annotation: Any
    default: Any
    description: str

    @property
    def is_set_by_server(self) -> bool:
        return self.name in SET_BY_SERVER


def read_declarations(source: str) -> tuple[Declared, ...]:
    """Every `name: type = default  # description` of the cell, in order; anything else in it is refused."""
    try:
        statements = ast.parse(source).body
    except SyntaxError as error:
        raise TemplateRefused(f"line {error.lineno}: not Python ({error.msg})") from error
    comments = _comments(source)
    declared: dict[str, Declared] = {}
    for statement in statements:
        one = _declaration(statement, comments)
        if one.name in declared:
            raise TemplateRefused(f"line {statement.lineno}: {one.name!r} is declared twice")
        declared[one.name] = one
    return tuple(declared.values())


def build_model(name: str, declared: tuple[Declared, ...]) -> type[BaseModel]:
    """A frozen pydantic model of these parameters: nothing unknown, nothing silently converted."""
    fields: dict[str, Any] = {
        one.name: (
            one.annotation,
            Field(default=one.default, description=one.description or None, json_schema_extra={"x-order": place}),
        )
        for place, one in enumerate(declared)
    }
    config = ConfigDict(extra="forbid", strict=True, frozen=True, validate_default=True, protected_namespaces=())
    return create_model(name, __config__=config, **fields)


def _declaration(statement: ast.stmt, comments: dict[int, str]) -> Declared:
    where = f"line {statement.lineno}"
    if not isinstance(statement, ast.AnnAssign) or not isinstance(statement.target, ast.Name):
        raise TemplateRefused(f"{where}: only `name: type = default` may stand in the parameters cell")
    name = _checked_name(statement.target.id, where)
    if statement.value is None:
        raise TemplateRefused(f"{where}: {name!r} needs a default")
    annotation = _annotation(statement.annotation, f"{where}: {name!r}")
    default = _default(statement.value, annotation, f"{where}: {name!r}")
    description = comments.get(statement.end_lineno or statement.lineno) or comments.get(statement.lineno, "")
    return Declared(name, annotation, default, description)


def _checked_name(name: str, where: str) -> str:
    if name.startswith("_") or keyword.iskeyword(name) or hasattr(builtins, name) or hasattr(BaseModel, name):
        raise TemplateRefused(f"{where}: {name!r} hides a name that Python or pydantic needs; choose another")
    return name


def _annotation(node: ast.expr, where: str) -> object:
    if isinstance(node, ast.Name) and node.id in _SIMPLE:
        return _SIMPLE[node.id]
    if isinstance(node, ast.Constant) and node.value is None:
        return type(None)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return reduce(or_, (_annotation(side, where) for side in (node.left, node.right)))
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
        return _generic(node.value.id, node.slice, where)
    raise TemplateRefused(f"{where} has the type `{ast.unparse(node)}`; allowed are {_ALLOWED}")


def _generic(name: str, inside: ast.expr, where: str) -> object:
    parts = inside.elts if isinstance(inside, ast.Tuple) else [inside]
    if name == "Literal" and all(isinstance(part, ast.Constant) for part in parts):
        return Literal[tuple(part.value for part in parts if isinstance(part, ast.Constant))]
    if name == "list" and len(parts) == 1:
        return list[_annotation(parts[0], where)]  # type: ignore[misc]
    if name == "Annotated" and len(parts) == len(("type", "bounds")):
        return _bounded(parts[0], parts[1], where)
    if name == "dict" and len(parts) == len(("key", "value")) and ast.unparse(parts[0]) == "str":
        return dict[str, _annotation(parts[1], where)]  # type: ignore[misc]
    raise TemplateRefused(f"{where} has the type `{name}[{ast.unparse(inside)}]`; allowed are {_ALLOWED}")


def _bounded(kind: ast.expr, bounds: ast.expr, where: str) -> object:
    """`Annotated[int, Between(1, 9)]`; a side that is None is open."""
    if (
        isinstance(kind, ast.Name)
        and kind.id in _BOUNDED
        and isinstance(bounds, ast.Call)
        and ast.unparse(bounds.func) == "Between"
        and len(bounds.args) == len(("low", "high"))
        and not bounds.keywords
    ):
        low, high = (_bound(one, where) for one in bounds.args)
        return Annotated[_SIMPLE[kind.id], Field(ge=low, le=high)]
    raise TemplateRefused(f"{where}: bounds are written `Annotated[int, Between(1, 9)]`, or with float or None")


def _bound(node: ast.expr, where: str) -> float | None:
    try:
        value = ast.literal_eval(node)
    except ValueError:
        value = False
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    raise TemplateRefused(f"{where} has the bound `{ast.unparse(node)}`; only a number or None is allowed")


def _default(node: ast.expr, annotation: Any, where: str) -> object:  # noqa: ANN401 - a type expression, which only pydantic takes
    try:
        value = to_json(ast.literal_eval(node))
        return TypeAdapter(annotation, config=_STRICT).validate_python(value)
    except NotJson as error:
        raise TemplateRefused(f"{where} has a default that {error.message}") from error
    except ValidationError as error:
        reason = error.errors()[0]["msg"]
        raise TemplateRefused(f"{where} has a default that does not fit its type: {reason}") from error
    except ValueError as error:
        raise TemplateRefused(f"{where} has the default `{ast.unparse(node)}`; only a literal is allowed") from error


def _comments(source: str) -> dict[int, str]:
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {token.start[0]: token.string.lstrip("# ").strip() for token in tokens if token.type == tokenize.COMMENT}
