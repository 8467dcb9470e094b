"""JSON in and out: what is refused before a view or a model sees it."""

import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from typing import Any, NoReturn, TypeVar, get_type_hints

from flask import Flask, current_app, request
from flask.json.provider import DefaultJSONProvider
from werkzeug.exceptions import BadRequest, NotFound, RequestEntityTooLarge, UnsupportedMediaType

from wrangler.errors import FieldError, InvalidInput
from wrangler.web.problems import pointer

LARGEST_JSON_BYTES = 2 * 1024 * 1024
DEEPEST_JSON = 64
View = TypeVar("View", bound=Callable[..., Any])


class StrictJson(DefaultJSONProvider):
    """Reads and writes JSON as RFC 8259 has it: no NaN, instants in RFC 3339 UTC, keys in their own order."""

    sort_keys = False

    @staticmethod
    def default(value: Any) -> Any:  # noqa: ANN401 - the provider's protocol
        if isinstance(value, datetime):
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        if isinstance(value, uuid.UUID):
            return str(value)
        return DefaultJSONProvider.default(value)

    def dumps(self, obj: Any, **kwargs: Any) -> str:  # noqa: ANN401 - the provider's protocol
        return super().dumps(obj, **{"allow_nan": False, "ensure_ascii": False} | kwargs)

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:  # noqa: ANN401 - the provider's protocol
        return super().loads(s, **{"parse_constant": _refuse_constant} | kwargs)


def register(app: Flask) -> None:
    app.json = StrictJson(app)
    app.before_request(_check_request)


def at_most(most_bytes: int) -> Callable[[View], View]:
    """Say of a view that it takes no larger form."""

    def limit(view: View) -> View:
        view.most_bytes = most_bytes  # type: ignore[attr-defined] # read by `_check_request`
        return view

    return limit


def parse_json(text: str, at: str = "") -> Any:  # noqa: ANN401 - JSON
    """JSON from a form field, under the same rules as a JSON body; `at` is the pointer to the field.

    Raises
    ------
    InvalidInput
        When it is not JSON, too deep, or holds text that no database keeps.
    """
    try:
        parsed = current_app.json.loads(text)
    except (ValueError, RecursionError) as exc:
        raise InvalidInput("This is not JSON.", errors=[FieldError(at, "is not JSON")]) from exc
    check_texts(parsed, at)
    return parsed


def check_texts(parsed: Any, at: str = "") -> None:  # noqa: ANN401 - JSON
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
            raise UnsupportedMediaType("Send multipart/form-data.")
        request.max_content_length = getattr(view, "most_bytes", request.max_content_length)
    elif wanted is None:
        request.max_content_length = LARGEST_JSON_BYTES


def _check_json_body() -> None:
    request.max_content_length = LARGEST_JSON_BYTES
    if not request.is_json:
        raise UnsupportedMediaType("Send a JSON body with Content-Type: application/json.")
    # A body without Content-Length is cut at the limit and not refused: what reaches it was longer.
    if len(request.get_data()) >= LARGEST_JSON_BYTES:
        raise RequestEntityTooLarge
    try:
        parsed = request.get_json()
    except (UnicodeDecodeError, RecursionError) as exc:
        raise BadRequest("The body is not JSON in UTF-8, or is nested too deeply.") from exc
    if not isinstance(parsed, dict):
        raise InvalidInput("The body must be a JSON object.", errors=[FieldError("", "must be a JSON object")])
    check_texts(parsed)


@cache
def _wants(view: Callable[..., Any]) -> str | None:
    """Whether a view takes a JSON `body`, a multipart `form`, or neither."""
    hints = get_type_hints(view)
    return next((name for name in ("body", "form") if name in hints), None)


def _walk(document: Any, at: str) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - JSON
    """All keys and values with the pointers to them, without recursion."""
    waiting = [(at, document, 0)]
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


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
