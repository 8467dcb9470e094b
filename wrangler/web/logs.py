"""Logs for the operator: one line an event, with ids as fields, without secrets and without data values."""

import logging
import re
import sys
from typing import TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from wrangler.config import Settings

HANDLER_NAME = "wrangler"
SECRET_FIELDS = frozenset(
    {"password", "current_password", "new_password", "token", "access_token", "refresh_token", "authorization"}
    | {"cookie", "set_cookie", "secret", "secret_key", "api_key"}
)
SECRET_TEXT = re.compile(
    r"wrr?_[A-Za-z0-9_-]{16,}|eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+|://[^/\s:@]*:[^/\s@]+@"
)
CONTROL_CHARACTERS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
NOISY_LIBRARIES = ("werkzeug", "flask_cors", "papermill", "huey", "traitlets", "matplotlib")


class StandardError(logging.StreamHandler[TextIO]):
    """Writes to whatever standard error is at that moment, which tests and supervisors replace."""

    def __init__(self) -> None:
        super().__init__()
        self.name = HANDLER_NAME

    @property
    def stream(self) -> TextIO:
        return sys.stderr

    @stream.setter
    def stream(self, stream: TextIO) -> None:
        """Standard error is looked up at each line; what is set here is not kept."""


def configure(settings: Settings) -> None:
    """Send all logs, the libraries' too, through one form; a second call replaces the first one's choices."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        clean,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    handler = StandardError()
    renderer: Processor = (
        structlog.processors.JSONRenderer()
        if settings.log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    for earlier in [known for known in root.handlers if known.name == HANDLER_NAME]:
        root.removeHandler(earlier)
    root.addHandler(handler)
    root.setLevel(settings.log_level)
    for library in NOISY_LIBRARIES:
        logging.getLogger(library).setLevel(max(logging.WARNING, root.level))


def clean(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Hide secrets by field name and by look, and let no value begin a line of its own."""
    return {
        key: "[hidden]" if key.lower() in SECRET_FIELDS else _clean_value(key, value) for key, value in event.items()
    }


def _clean_value(key: str, value: object) -> object:
    if not isinstance(value, str):
        return value
    hidden = SECRET_TEXT.sub("[hidden]", value)
    if key == "exception":  # a traceback has lines of its own
        return hidden
    return CONTROL_CHARACTERS.sub(lambda found: found.group().encode("unicode_escape").decode(), hidden)
