"""Options of a method, declared by annotations: one source for the constructor, the JSON Schema and validation."""

import types
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import Field, dataclass
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

JSON_TYPES: Mapping[type, str] = types.MappingProxyType(
    {bool: "boolean", int: "integer", float: "number", str: "string", type(None): "null"}
)


@dataclass(frozen=True)
class Option:
    """What the type of an option does not express.

    Attributes
    ----------
    description : str
        One sentence for a person.
    minimum, maximum : float or None
        Inclusive limits of a number.
    """

    description: str
    minimum: float | None = None
    maximum: float | None = None


def schema_of(owner: type, fields: Iterable[Field[Any]]) -> dict[str, Any]:
    """JSON Schema of the options that `fields` of the class `owner` declare.

    Parameters
    ----------
    owner : type
        A dataclass whose annotations are `Annotated[type, Option(...)]`.
    fields : iterable of dataclasses.Field
        The fields that are options.

    Returns
    -------
    dict
        An object schema that refuses unknown names.
    """
    hints = get_type_hints(owner, include_extras=True)
    properties = {field.name: _property(hints[field.name], field.default) for field in fields}
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _property(hint: object, default: object) -> dict[str, Any]:
    annotation, option = get_args(hint) if get_origin(hint) is Annotated else (hint, Option(""))
    limits = {"minimum": option.minimum, "maximum": option.maximum}
    return {
        **_type_schema(annotation),
        **{name: limit for name, limit in limits.items() if limit is not None},
        "default": list(default) if isinstance(default, tuple) else default,
        "description": option.description,
    }


def _type_schema(annotation: object) -> dict[str, Any]:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return {"type": "string", "enum": list(arguments)}
    if origin in {Union, types.UnionType}:
        return {"type": [JSON_TYPES[member] for member in arguments]}
    if origin is Sequence:
        return {"type": "array", "items": _type_schema(arguments[0])}
    return {"type": JSON_TYPES[annotation]}  # type: ignore[index]


def violations(schema: Mapping[str, Any], options: Mapping[str, object]) -> list[tuple[str, str]]:
    """Everything in `options` that `schema` does not allow.

    Parameters
    ----------
    schema : mapping
        From `schema_of`.
    options : mapping
        Names and values, as a caller or a JSON body gave them.

    Returns
    -------
    list of (str, str)
        JSON pointer and message; empty when all is well.
    """
    allowed = schema["properties"]
    errors: list[tuple[str, str]] = []
    for name, value in options.items():
        if name not in allowed:
            names = ", ".join(allowed) or "none"
            errors.append((f"/{name}", f"unknown option; allowed are: {names}"))
        elif message := _violation(allowed[name], value):
            errors.append((f"/{name}", message))
    return errors


def _violation(rule: Mapping[str, Any], value: object) -> str | None:
    kinds = [rule["type"]] if isinstance(rule["type"], str) else rule["type"]
    if not any(_is_of(kind, value) for kind in kinds):
        return f"must be {' or '.join(kinds)}, not {value!r}"
    if "enum" in rule and value not in rule["enum"]:
        return f"must be one of {', '.join(rule['enum'])}, not {value!r}"
    if isinstance(value, (int, float)):
        return _outside(rule, value)
    if isinstance(value, (list, tuple)):
        messages = (_violation(rule["items"], item) for item in value)
        return next((f"each item {message}" for message in messages if message), None)
    return None


def _outside(rule: Mapping[str, Any], value: float) -> str | None:
    if value != value:  # noqa: PLR0124 - only NaN differs from itself
        return "must be a number, not NaN"
    if "minimum" in rule and value < rule["minimum"]:
        return f"must be at least {rule['minimum']}, not {value}"
    if "maximum" in rule and value > rule["maximum"]:
        return f"must be at most {rule['maximum']}, not {value}"
    return None


def _is_of(kind: str, value: object) -> bool:
    if kind == "boolean" or isinstance(value, bool):
        return kind == "boolean" and isinstance(value, bool)
    return {
        "integer": isinstance(value, int),
        "number": isinstance(value, (int, float)),
        "string": isinstance(value, str),
        "array": isinstance(value, (list, tuple)),
        "null": value is None,
    }[kind]
