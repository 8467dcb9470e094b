"""Every refusal and failure as `application/problem+json` (RFC 9457): the one place where errors meet HTTP."""

import re
import time
from http import HTTPStatus

import structlog
from flask import Flask, Response, g, json, request
from flask.typing import ResponseReturnValue
from flask_limiter import RateLimitExceeded
from pydantic import ValidationError
from redis.exceptions import RedisError
from sqlalchemy.exc import DatabaseError, DataError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from werkzeug.exceptions import BadRequest, HTTPException, RequestEntityTooLarge

from wrangler import errors
from wrangler.errors import FieldError, InvalidInput, WranglerError
from wrangler.extensions import db, limiter

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:wrangler:problem:"
RETRY_AFTER_SECONDS = 5
STATUSES: dict[type[WranglerError], HTTPStatus] = {
    errors.InvalidInput: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.NotJson: HTTPStatus.BAD_REQUEST,
    errors.NotAuthenticated: HTTPStatus.UNAUTHORIZED,
    errors.NotAllowed: HTTPStatus.FORBIDDEN,
    errors.NotFound: HTTPStatus.NOT_FOUND,
    errors.Conflict: HTTPStatus.CONFLICT,
    errors.TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.InsufficientStorage: HTTPStatus.INSUFFICIENT_STORAGE,
    errors.TooMany: HTTPStatus.TOO_MANY_REQUESTS,
    errors.NotInstalled: HTTPStatus.NOT_IMPLEMENTED,
    errors.Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    WranglerError: HTTPStatus.INTERNAL_SERVER_ERROR,
}
logger = structlog.get_logger(__name__)


def register(app: Flask) -> None:
    app.register_error_handler(WranglerError, respond_to_refusal)
    app.register_error_handler(HTTPException, respond_to_http_exception)
    app.register_error_handler(RateLimitExceeded, respond_to_throttling)
    for exc in (OperationalError, InterfaceError, PoolExhausted, RedisError):
        app.register_error_handler(exc, respond_to_unreachable)
    app.register_error_handler(DatabaseError, respond_to_lost_connection)
    app.register_error_handler(DataError, respond_to_unfit_value)


def refuse_validation(exc: ValidationError) -> None:
    """flask-openapi calls this when a request does not fit its model."""
    found = [FieldError(pointer(*error["loc"]), _plain(error["type"], error["msg"])) for error in exc.errors()]
    raise InvalidInput(_summary(found), errors=found)


def pointer(*path: str | int) -> str:
    """A JSON pointer (RFC 6901) to a place in the input."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


def respond_to_refusal(error: WranglerError) -> Response:
    status = next(STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES)
    headers = {}
    if isinstance(error, errors.TooMany):
        headers["Retry-After"] = str(max(1, error.retry_after_seconds))
    if isinstance(error, errors.Unavailable):
        headers["Retry-After"] = str(error.facts.get("retry_after_seconds", RETRY_AFTER_SECONDS))
    if isinstance(error, errors.NotAuthenticated):
        problem = ', error="invalid_token"' if error.code == "invalid_token" else ""
        headers["WWW-Authenticate"] = f'Bearer realm="wrangler"{problem}'
    if isinstance(error, InvalidInput) and error.errors:
        error.facts["errors"] = [{"pointer": one.pointer, "detail": one.message} for one in error.errors]
    return problem_response(status, error.code, error.message, headers, **error.facts)


def respond_to_http_exception(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None or error.code is None or error.code < HTTPStatus.BAD_REQUEST:
        return error.get_response()
    status = HTTPStatus(error.code)
    if status is HTTPStatus.INTERNAL_SERVER_ERROR:
        detail = f"Wrangler failed here and has noted it; ask its operator about request {g.get('request_id', '')}."
        return problem_response(status, "internal_error", detail)
    headers = {name: value for name, value in error.get_headers() if name in {"Allow", "Content-Range", "Retry-After"}}
    code = re.sub(r"\W+", "_", status.phrase.lower())
    return problem_response(status, code, _detail(error) or status.description, headers)


def respond_to_throttling(error: RateLimitExceeded) -> Response:
    breached = limiter.current_limit
    seconds = breached.reset_at - time.time() if breached else RETRY_AFTER_SECONDS
    detail = f"More requests than the {error.limit.limit} that one address may send; try again later."
    return problem_response(
        HTTPStatus.TOO_MANY_REQUESTS, errors.TooMany.default_code, detail, {"Retry-After": str(max(1, int(seconds)))}
    )


def respond_to_unreachable(error: Exception) -> Response:
    logger.error("a server that is needed does not respond", exc_info=error)
    db.session.close()  # not a rollback, which asks the server that may be lost
    detail = "The database or the queue is busy or out of reach; try again in a moment."
    return problem_response(
        HTTPStatus.SERVICE_UNAVAILABLE,
        errors.Unavailable.default_code,
        detail,
        {"Retry-After": str(RETRY_AFTER_SECONDS)},
    )


def respond_to_lost_connection(error: DatabaseError) -> Response:
    """A connection that ends while a result is awaited is an error without a code to the driver."""
    if not error.connection_invalidated:
        raise error
    return respond_to_unreachable(error)


def respond_to_unfit_value(error: DataError) -> Response:
    logger.error("the database refused a value that validation had let through", exc_info=error)
    db.session.close()
    return problem_response(
        HTTPStatus.UNPROCESSABLE_ENTITY, InvalidInput.default_code, "A value is too large or malformed."
    )


def problem_response(
    status: HTTPStatus,
    code: str,
    detail: str,
    headers: dict[str, str] | None = None,
    **facts: object,
) -> Response:
    """A problem document; facts become members of their own beside the standard ones."""
    document = facts | {
        "type": TYPE_PREFIX + code,
        "title": status.phrase,
        "status": status.value,
        "detail": detail,
        "code": code,
        "request_id": g.get("request_id", ""),
    }
    return Response(json.dumps(document), status, headers, content_type=MEDIA_TYPE)


def _detail(error: HTTPException) -> str:
    """What is wrong; Werkzeug's own sentences on these two name neither the fault nor the limit."""
    if error.description is RequestEntityTooLarge.description:
        most, sent = request.max_content_length, request.content_length
        if most is not None and sent is not None and sent > most:
            return f"The body is larger than the {most} bytes that are taken here."
        return "The body, one of its fields or the number of its parts is larger than is taken here."
    if error.description is BadRequest.description:
        return "The request is not valid HTTP, or its body ended before it was whole."
    return str(error.description or "")


def _plain(kind: str, message: str) -> str:
    if kind == "extra_forbidden":
        return "is not a known field"
    if kind == "missing":
        return "is required"
    return message.removeprefix("Value error, ")


def _summary(found: list[FieldError]) -> str:
    first = found[0]
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    return f"{first.pointer or 'The request'}: {first.message}{more}."
