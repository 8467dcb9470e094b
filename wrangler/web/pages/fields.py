"""The fields of a form, made from the JSON Schema of a template's parameters, and what was typed into them."""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from werkzeug.datastructures import MultiDict

from wrangler.errors import InvalidInput
from wrangler.json_value import JsonValue
from wrangler.web.bodies import parse_json

PREFIX = "p."  # before the name of a parameter, so that none can be one of the form's own fields
NULL = {"type": "null"}


class Kind(StrEnum):
    """How a parameter is asked for."""

    TEXT = "text"
    WHOLE = "whole"
    NUMBER = "number"
    TRUTH = "truth"
    CHOICE = "choice"
    COLUMN = "column"
    COLUMNS = "columns"
    LINES = "lines"
    JSON = "json"


@dataclass(frozen=True)
class Field:
    """One parameter in a form. What it holds is text, or a list of texts, as a browser sends it."""

    name: str
    help: str
    kind: Kind
    is_optional: bool
    default: Any
    choices: tuple[JsonValue, ...] = ()
    low: float | None = None
    high: float | None = None

    @property
    def key(self) -> str:
        return PREFIX + self.name

    @property
    def label(self) -> str:
        return self.name.replace("_", " ").capitalize()

    @property
    def shown_choices(self) -> list[tuple[str, str]]:
        """Each choice as it is sent and as it is read."""
        return [(json.dumps(one), "none" if one is None else str(one)) for one in self.choices]

    @property
    def shown_default(self) -> str | list[str]:
        if self.kind is Kind.COLUMNS:
            return list(self.default or [])
        if self.kind in (Kind.CHOICE, Kind.JSON):
            return json.dumps(self.default, ensure_ascii=False)
        if self.kind is Kind.LINES:
            return "\n".join(self.default or [])
        if self.kind is Kind.TRUTH:
            return "on" if self.default else ""
        return "" if self.default is None else str(self.default)


@dataclass(frozen=True)
class Filled:
    """A form as somebody sent it: what was typed, what that is, and what is wrong by name of the parameter."""

    typed: dict[str, str | list[str]]
    parameters: dict[str, JsonValue]
    errors: dict[str, str]


def fields_of(schema: Mapping[str, Any]) -> list[Field]:
    """The fields in the order that the schema gives them."""
    properties = sorted(schema["properties"].items(), key=lambda one: one[1].get("x-order", 0))
    return [_field(name, facts) for name, facts in properties]


def untouched(fields: list[Field]) -> Filled:
    """The form as it is first shown."""
    return Filled({field.name: field.shown_default for field in fields}, {}, {})


def read_form(fields: list[Field], sent: MultiDict[str, str]) -> Filled:
    """What was sent, typed; a field that was left as nothing is null where that is allowed."""
    filled = Filled({}, {}, {})
    for field in fields:
        filled.typed[field.name] = sent.getlist(field.key) if field.kind is Kind.COLUMNS else sent.get(field.key, "")
        try:
            filled.parameters[field.name] = _value(field, filled.typed[field.name])
        except InvalidInput as refusal:
            filled.errors[field.name] = refusal.message
        except ValueError as exc:
            filled.errors[field.name] = str(exc)
    return filled


def _field(name: str, facts: Mapping[str, Any]) -> Field:
    choices = [one for one in facts.get("anyOf", [facts]) if one != NULL]
    inner = choices[0] if len(choices) == 1 else {}
    is_optional = NULL in facts.get("anyOf", ())
    allowed = inner.get("enum", [inner["const"]] if "const" in inner else [])
    return Field(
        name=name,
        help=facts.get("description") or "",
        kind=_kind(inner, is_optional=is_optional),
        is_optional=is_optional,
        default=facts.get("default"),
        choices=tuple([None, *allowed] if is_optional else allowed),
        low=inner.get("minimum"),
        high=inner.get("maximum"),
    )


def _kind(inner: Mapping[str, Any], *, is_optional: bool) -> Kind:
    if "enum" in inner or "const" in inner:
        return Kind.CHOICE
    if inner.get("format") == "column":
        return Kind.COLUMN
    items = inner.get("items", {})
    if inner.get("type") == "array" and items.get("type") == "string" and "enum" not in items:
        return Kind.COLUMNS if items.get("format") == "column" and not is_optional else Kind.LINES
    plain = {"string": Kind.TEXT, "integer": Kind.WHOLE, "number": Kind.NUMBER}
    if not is_optional:
        plain["boolean"] = Kind.TRUTH
    return plain.get(inner.get("type", ""), Kind.JSON)


def _value(field: Field, typed: str | list[str]) -> JsonValue:
    if isinstance(typed, list):
        return typed
    if field.kind is Kind.TRUTH:
        return typed != ""
    if field.is_optional and not typed.strip():
        return None
    return _READERS[field.kind](typed, field)


def _choice(typed: str, field: Field) -> JsonValue:
    sent = {shown: choice for (shown, _), choice in zip(field.shown_choices, field.choices, strict=True)}
    if typed not in sent:
        raise ValueError("Choose one of the values.")
    return sent[typed]


def _whole(typed: str, _field: Field) -> int:
    digits = typed.strip()
    if not digits.lstrip("+-").isdecimal() or len(digits) > 20:  # noqa: PLR2004 - more than any whole number that is taken
        raise ValueError("Enter a whole number.")
    return int(digits)


def _number(typed: str, _field: Field) -> float:
    try:
        number = float(typed)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ValueError("Enter a number.")
    return number


_READERS: dict[Kind, Callable[[str, Field], JsonValue]] = {
    Kind.TEXT: lambda typed, _: typed,
    Kind.COLUMN: lambda typed, _: typed,
    Kind.WHOLE: _whole,
    Kind.NUMBER: _number,
    Kind.CHOICE: _choice,
    Kind.LINES: lambda typed, _: [line.strip() for line in typed.splitlines() if line.strip()],
    Kind.JSON: lambda typed, _: parse_json(typed),
}
