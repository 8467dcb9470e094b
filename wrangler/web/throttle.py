"""Guessing passwords is slowed down, per account and address and per account, without locking the owner out.

Only failures count. From an address where the owner has logged in before, the limit over all addresses does not hold,
so that a stranger's guessing cannot keep the owner away.
"""

import hashlib
import time
from collections.abc import Iterator

from flask import request
from limits import RateLimitItem, parse_many

from wrangler.errors import TooMany
from wrangler.extensions import limiter
from wrangler.services import normalise_email
from wrangler.web.context import settings

FROM_ONE_ADDRESS = parse_many("5 per minute; 20 per hour; 50 per day")
FROM_ANYWHERE = parse_many("100 per hour")
REMEMBER_ADDRESS_SECONDS = 90 * 24 * 3600


def auth_limit() -> str:
    """How often one address may register or log in."""
    return settings().ratelimit_auth


def default_limit() -> str:
    return settings().ratelimit_default


def check_failures(email: str) -> None:
    """Refuse, before the password is looked at, when too many were wrong.

    Raises
    ------
    TooMany
        With the time to wait.
    """
    if not settings().ratelimit_enabled:
        return
    for limit, key in _limits(email):
        if not limiter.limiter.test(limit, key):
            reset_at = limiter.limiter.get_window_stats(limit, key).reset_time
            raise TooMany(
                "Too many failed log-ins; wait before the next try.",
                code="too_many_failures",
                retry_after_seconds=max(1, int(reset_at - time.time()) + 1),
            )


def note_failure(email: str) -> None:
    if settings().ratelimit_enabled:
        for limit, key in _limits(email):
            limiter.limiter.hit(limit, key)


def note_success(email: str) -> None:
    """From now on this address is one of the owner's, and its failures are forgiven."""
    if not settings().ratelimit_enabled:
        return
    for limit in FROM_ONE_ADDRESS:
        limiter.limiter.clear(limit, _here(email))
    limiter.limiter.storage.incr(f"known/{_here(email)}", REMEMBER_ADDRESS_SECONDS)


def _limits(email: str) -> Iterator[tuple[RateLimitItem, str]]:
    for limit in FROM_ONE_ADDRESS:
        yield limit, _here(email)
    if not limiter.limiter.storage.get(f"known/{_here(email)}"):
        for limit in FROM_ANYWHERE:
            yield limit, f"failures/{_account(email)}"


def _here(email: str) -> str:
    return f"failures/{_account(email)}/{request.remote_addr}"


def _account(email: str) -> str:
    """The account as a key: e-mail addresses are not kept in the rate-limit store."""
    return hashlib.sha256(normalise_email(email).encode()).hexdigest()
