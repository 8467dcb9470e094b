"""Plain JSON: the only values that travel into a notebook."""

import math
from typing import Any

from wrangler.json_value import JsonValue

LARGEST_INTEGER = 2**63 - 1
DEEPEST = 20


class NotJson(ValueError):
    """A value that is not plain JSON; `pointer` names its place."""

    def __init__(self, pointer: str, message: str) -> None:
        super().__init__(message)
        self.pointer = pointer
        self.message = message


def to_json(value: object, pointer: str = "", depth: int = 0) -> JsonValue:
    """A copy of `value` made of str, int, float, bool, None, list and dict alone, or a refusal that names the place.

    Subclasses are refused too: what looks like a number and is not one changes its type on the way through source text.
    """
    if depth > DEEPEST:
        raise NotJson(pointer, f"is nested deeper than {DEEPEST} levels")
    if value is None or type(value) is bool or type(value) is float:
        return value
    if type(value) is int:
        return _integer(value, pointer)
    if type(value) is str:
        return _text(value, pointer)
    if type(value) is list:
        return [to_json(item, f"{pointer}/{index}", depth + 1) for index, item in enumerate(value)]
    if type(value) is dict:
        return _mapping(value, pointer, depth)
    raise NotJson(
        pointer, f"is a {type(value).__name__}; text, numbers, true, false, null, lists and objects are allowed"
    )


def finite(value: object) -> object:
    """The same value with NaN and the infinities as text: strict JSON, which browsers read, has no form for them."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, list):
        return [finite(item) for item in value]
    return value


def _integer(value: int, pointer: str) -> int:
    if abs(value) > LARGEST_INTEGER:
        raise NotJson(pointer, f"is a whole number beyond ±{LARGEST_INTEGER}")
    return value


def _text(value: str, pointer: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise NotJson(pointer, "holds half of a surrogate pair, which is no character") from error
    return value


def _mapping(value: dict[Any, Any], pointer: str, depth: int) -> dict[str, JsonValue]:
    copy: dict[str, JsonValue] = {}
    for key, item in value.items():
        if type(key) is not str:
            raise NotJson(pointer, f"has the key {key!r}; keys are text")
        step = _text(key, pointer).replace("~", "~0").replace("/", "~1")
        copy[key] = to_json(item, f"{pointer}/{step}", depth + 1)
    return copy
