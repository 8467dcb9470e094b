"""JSON in and out: what is refused before a view or a model sees it."""

import json
import math
import re
import sys
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from typing import Any, NoReturn, TypeVar, get_type_hints

from flask import Flask, current_app, request
from flask.json.provider import DefaultJSONProvider
from werkzeug.exceptions import BadRequest, NotFound, RequestEntityTooLarge, UnsupportedMediaType

from wrangler.errors import FieldError, InvalidInput, NotJson
from wrangler.json_value import JsonValue
from wrangler.web.problems import pointer

LARGEST_JSON_BYTES = 2 * 1024 * 1024
DEEPEST_JSON = 64
TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|NaN|-?Infinity|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?')
KINDS: dict[type, str] = {list: "an array", str: "a string", bool: "a boolean", type(None): "null"}
View = TypeVar("View", bound=Callable[..., Any])


class StrictJson(DefaultJSONProvider):
    """Reads and writes JSON as RFC 8259 has it: UTF-8, no NaN, instants in RFC 3339 UTC, keys in their own order."""

    sort_keys = False

    @staticmethod
    def default(value: object) -> object:
        if isinstance(value, datetime):
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        if isinstance(value, uuid.UUID):
            return str(value)
        return DefaultJSONProvider.default(value)

    def dumps(self, obj: object, **kwargs: object) -> str:
        return super().dumps(obj, **{"allow_nan": False, "ensure_ascii": False} | kwargs)

    def loads(self, s: str | bytes, **kwargs: object) -> object:
        text = s.decode("utf-8-sig") if isinstance(s, bytes) else s
        return super().loads(text, **{"parse_constant": _refuse_number, "parse_float": _finite} | kwargs)


def register(app: Flask) -> None:
    app.json = StrictJson(app)
    app.before_request(_check_request)


def at_most(most_bytes: int) -> Callable[[View], View]:
    """Declare that a view takes no larger form."""

    def limit(view: View) -> View:
        view.most_bytes = most_bytes  # type: ignore[attr-defined] # read by `_check_request`
        return view

    return limit


def parse_json(text: str, at: str = "") -> JsonValue:
    """JSON from a form field, under the same rules as a JSON body; `at` is the pointer to the field.

    Raises
    ------
    InvalidInput
        When it is not JSON, too deep, or holds text that no database stores.
    """
    try:
        parsed: JsonValue = current_app.json.loads(text)
    except (ValueError, RecursionError) as error:
        message, _ = _explain(text, error, "The text")
        raise InvalidInput(f"{message}.", errors=[FieldError(at, message)]) from error
    check_texts(parsed, at)
    return parsed


def check_texts(parsed: object, at: str = "") -> None:
    """Refuse, in all of a JSON document, text that cannot be stored: NUL and halves of surrogate pairs."""
    for path, value in _walk(parsed, at):
        if isinstance(value, str) and not _is_storable(value):
            message = "must not contain NUL or unpaired surrogate characters"
            raise InvalidInput(f"{path or 'The text'} {message}.", errors=[FieldError(path, message)])


def _check_request() -> None:
    if request.url_rule is None:
        return
    if not all(_is_storable(value) for value in (request.view_args or {}).values() if isinstance(value, str)):
        raise NotFound
    check_texts(request.args.to_dict(flat=False))
    view = current_app.view_functions[request.url_rule.endpoint]
    wanted = _wants(view)
    if wanted == "body":
        _check_json_body()
    elif wanted == "form":
        if request.mimetype != "multipart/form-data":
            raise _unsupported("a form", "multipart/form-data")
        if not request.mimetype_params.get("boundary"):
            raise BadRequest("The Content-Type multipart/form-data names no boundary.")
        request.max_content_length = getattr(view, "most_bytes", request.max_content_length)
    elif wanted is None:
        request.max_content_length = LARGEST_JSON_BYTES


def _check_json_body() -> None:
    request.max_content_length = LARGEST_JSON_BYTES
    if not request.is_json:
        raise _unsupported("a JSON body", "application/json")
    # A body without Content-Length is cut at the limit and not refused: what reaches it was longer.
    if len(request.get_data()) >= LARGEST_JSON_BYTES:
        raise RequestEntityTooLarge(f"The body is larger than the {LARGEST_JSON_BYTES} bytes that are taken here.")
    try:
        parsed = request.get_json()
    except (BadRequest, RecursionError):
        raise _not_json(request.get_data()) from None
    if not isinstance(parsed, dict):
        must = f"must be a JSON object, not {KINDS.get(type(parsed), 'a number')}"
        raise InvalidInput(f"The body {must}.", errors=[FieldError("", must)])
    check_texts(parsed)


def _unsupported(what: str, wanted: str) -> UnsupportedMediaType:
    sent = request.mimetype or "none"
    return UnsupportedMediaType(f"Send {what} with Content-Type: {wanted}; this request names {sent}.")


def _not_json(content: bytes) -> NotJson:
    """Why a body could not be read; Flask keeps the reason to itself, so it is read once more."""
    try:
        current_app.json.loads(content)
    except (ValueError, RecursionError) as error:
        message, place = _explain(content, error, "The body")
        refusal = NotJson(f"{message}.", errors=[FieldError("", message)])
        refusal.facts.update(place)
        return refusal
    raise AssertionError("what Flask could not read was read")


def _explain(content: bytes | str, error: Exception, subject: str) -> tuple[str, dict[str, Any]]:
    """What is wrong with text that is not JSON, and in which line and column when there is one place."""
    if isinstance(error, UnicodeDecodeError):
        return f"{subject} is not text in UTF-8", {}
    if isinstance(error, RecursionError):
        return f"{subject} is nested too deeply; at most {DEEPEST_JSON} levels are read", {}
    text = content.decode("utf-8-sig") if isinstance(content, bytes) else content
    if not text.strip():
        return f"{subject} is empty; send a JSON object", {}
    if isinstance(error, json.JSONDecodeError):
        place = _place(text, error.pos)
        return f"{subject} is not JSON: {error.msg.removesuffix(' at')} at {_place_words(place)}", place
    position, fault = _refused_number(text)
    place = _place(text, position)
    return fault.format(place=_place_words(place)), place


def _refused_number(text: str) -> tuple[int, str]:
    """Where the first number is that JSON or Python cannot hold, and what is wrong with it."""
    for found in TOKEN.finditer(text):
        token = found.group()
        if token.endswith("NaN"):
            return found.start(), "NaN at {place} is not JSON; send null for a missing number"
        if token.endswith("Infinity"):
            return found.start(), f"{token} at {{place}} is not JSON; send a finite number or null"
        if token.lstrip("-").isdecimal():
            if len(token.lstrip("-")) > sys.get_int_max_str_digits():
                return found.start(), f"The number at {{place}} has more than {sys.get_int_max_str_digits()} digits"
        elif token[0] != '"' and math.isinf(float(token)):
            limit = f"64-bit floating point holds up to {sys.float_info.max:.1e}".replace("e+", "e")
            return found.start(), f"The number at {{place}} is out of range; {limit}"
    raise AssertionError("every number can be read")


def _place(text: str, position: int) -> dict[str, int]:
    return {"line": text.count("\n", 0, position) + 1, "column": position - text.rfind("\n", 0, position)}


def _place_words(place: dict[str, int]) -> str:
    return f"line {place['line']}, column {place['column']}"


@cache
def _wants(view: Callable[..., Any]) -> str | None:
    """Whether a view takes a JSON `body`, a multipart `form`, or neither."""
    hints = get_type_hints(view)
    return next((name for name in ("body", "form") if name in hints), None)


def _walk(document: object, at: str) -> Iterator[tuple[str, object]]:
    """All keys and values with the pointers to them, without recursion."""
    waiting: list[tuple[str, object, int]] = [(at, document, 0)]
    while waiting:
        path, value, depth = waiting.pop()
        if depth > DEEPEST_JSON:
            message = f"is nested deeper than {DEEPEST_JSON} levels"
            raise InvalidInput(f"The JSON {message}.", errors=[FieldError(at, message)])
        yield path, value
        if isinstance(value, dict):
            for key, inner in value.items():
                yield path, key
                waiting.append((path + pointer(key), inner, depth + 1))
        elif isinstance(value, list):
            waiting.extend((path + pointer(index), inner, depth + 1) for index, inner in enumerate(value))


def _is_storable(text: str) -> bool:
    return "\x00" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def _refuse_number(token: str) -> NoReturn:
    raise ValueError(f"{token} is not a number of JSON")


def _finite(token: str) -> float:
    number = float(token)
    if math.isinf(number):
        _refuse_number(token)
    return number
