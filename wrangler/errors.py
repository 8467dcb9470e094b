"""Everything that Wrangler itself can refuse or fail at, on one page.

WranglerError
 |- InvalidInput          what was sent does not fit; `errors` names each field
 |   |- ImportRefused     the uploaded bytes are not a table that can be taken
 |   |- NotJson           the body is not JSON; `line` and `column` are the place where it breaks
 |   |- ExportRefused     the table does not fit the format asked for
 |   `- Unprintable       a report cannot be written as PDF within the limits
 |- NotAuthenticated      nobody is logged in, or the credentials are wrong
 |- NotAllowed            somebody is logged in, but may not do this
 |- NotFound              no such thing, or it is somebody else's
 |- Conflict              the thing is in a state that does not allow this
 |- TooLarge              more bytes, cells or jobs than the budget allows
 |- InsufficientStorage   the server's disk is too full
 |- TooMany               too often, or too many at once; come back later
 |- InvalidSettings       settings with which no process may start; `faults` has a line for each
 |- NotInstalled          this installation lacks an optional part; the message names what to install
 `- Unavailable           a server that is needed does not answer; come back later

Each carries a stable `code`, a message for a person and, where useful, facts for a program. They meet HTTP in one
table, `wrangler.web.problems`.
"""

from dataclasses import dataclass
from typing import ClassVar

from wrangler.json_value import JsonValue


@dataclass(frozen=True)
class FieldError:
    """One thing wrong in the input: `pointer` is a JSON pointer (RFC 6901) to it."""

    pointer: str
    message: str


class WranglerError(Exception):
    """The root: whatever Wrangler raises on purpose."""

    default_code: ClassVar[str] = "internal_error"

    def __init__(self, message: str, *, code: str | None = None, **facts: JsonValue) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code
        self.facts = facts


class InvalidInput(WranglerError):
    default_code = "invalid_input"

    def __init__(
        self,
        message: str,
        *,
        errors: list[FieldError] | None = None,
        code: str | None = None,
        **facts: JsonValue,
    ) -> None:
        super().__init__(message, code=code, **facts)
        self.errors = errors or []


class ImportRefused(InvalidInput):
    default_code = "import_refused"


class NotJson(InvalidInput):
    default_code = "invalid_json"


class Unprintable(InvalidInput):
    default_code = "unprintable"


class ExportRefused(InvalidInput):
    default_code = "export_refused"


class NotAuthenticated(WranglerError):
    default_code = "not_authenticated"


class NotAllowed(WranglerError):
    default_code = "not_allowed"


class NotFound(WranglerError):
    default_code = "not_found"


class Conflict(WranglerError):
    default_code = "conflict"


class TooLarge(WranglerError):
    default_code = "too_large"


class InsufficientStorage(WranglerError):
    default_code = "insufficient_storage"


class TooMany(WranglerError):
    default_code = "too_many"

    def __init__(
        self,
        message: str,
        *,
        retry_after_seconds: int,
        code: str | None = None,
        **facts: JsonValue,
    ) -> None:
        super().__init__(message, code=code, **facts)
        self.retry_after_seconds = retry_after_seconds


class InvalidSettings(WranglerError):
    """`faults` are lines such as "ACCESS_TOKEN_SECONDS: '20' is too small, must be at least 60"; none has a secret."""

    default_code = "invalid_settings"

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class NotInstalled(WranglerError):
    default_code = "not_installed"


class Unavailable(WranglerError):
    default_code = "unavailable"
