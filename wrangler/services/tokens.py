"""Credentials that stand for a person: browser sessions, refresh tokens, JWT access tokens, personal API tokens.

The three long-lived ones are 256 random bits, of which a row keeps the SHA-256 and nothing else. An access token is a
JWT that is valid for minutes, and no longer when the refresh token it came with is revoked.
"""

import hashlib
import hmac
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

import jwt
from sqlalchemy import ColumnElement, Select, String, cast, delete, func, or_, select, update
from sqlalchemy.exc import SQLAlchemyError

from wrangler.errors import Conflict, NotAuthenticated, NotFound
from wrangler.extensions import db
from wrangler.models import ApiToken, User, now
from wrangler.services import audit

PREFIX = "wr_"
REFRESH_PREFIX = "wrr_"
ALGORITHM = "HS256"
ISSUER = "wrangler"
AUDIENCE = "wrangler-api"
REFRESH_LIFE = timedelta(days=30)
SESSION_LIFE = timedelta(days=7)
TOUCH_EVERY = timedelta(minutes=1)
MOST_OF_A_KIND = 100
INVALID = "The credentials are unknown, expired or revoked; log in again."


class Scope(StrEnum):
    """What a personal token may do, and the two inner kinds that no person can ask for."""

    READ = "read"
    WRITE = "write"
    SESSION = "session"
    REFRESH = "refresh"


EVERYTHING = (Scope.READ, Scope.WRITE)


@dataclass(frozen=True)
class Credential:
    """Who calls, and by what right."""

    user: User
    token_id: uuid.UUID
    scopes: frozenset[str]
    is_personal_token: bool
    is_stale: bool  # its use was last noted more than a minute ago


@dataclass(frozen=True)
class TokenPair:
    access_token: str
    refresh_token: str
    expires_in_seconds: int


@dataclass(frozen=True)
class AccessTokens:
    """Makes and checks JWTs under a key of their own, so that one never passes for a session cookie."""

    secret: str
    life_seconds: int

    @property
    def _key(self) -> bytes:
        return hmac.digest(self.secret.encode(), b"wrangler access token", "sha256")

    def issue(self, user: User) -> TokenPair:
        _revoke_oldest(user.id, Scope.REFRESH)
        row, refresh_token = _open(user.id, "refresh", [Scope.REFRESH], REFRESH_LIFE)
        audit.append("token.issued", user_id=user.id, subject="token", subject_id=row.id)
        pair = self._pair(user, row, refresh_token)
        db.session.commit()
        return pair

    def renew(self, refresh_token: str) -> TokenPair:
        """Exchange a refresh token; the old one is worthless afterwards, and using it again ends the whole chain."""
        token_id = _id_in(refresh_token)
        found = db.session.execute(
            select(ApiToken, User).join(User).where(ApiToken.id == token_id, _is_kind(Scope.REFRESH)).with_for_update()
        ).one_or_none()
        if found is None:
            raise NotAuthenticated(INVALID, code="invalid_token")
        row, user = found
        if not hmac.compare_digest(row.token_sha256, _digest(refresh_token)):
            audit.append("token.reused", user_id=user.id, subject="token", subject_id=row.id)
            db.session.delete(row)
            db.session.commit()
            raise NotAuthenticated(INVALID, code="invalid_token")
        if _has_expired(row) or not user.active:
            raise NotAuthenticated(INVALID, code="invalid_token")
        renewed = _refresh_secret(row.id)
        row.token_sha256 = _digest(renewed)
        row.last_used_at = now()
        pair = self._pair(user, row, renewed)
        db.session.commit()
        return pair

    def check(self, token: str) -> Credential:
        try:
            claims = jwt.decode(
                token,
                self._key,
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                issuer=ISSUER,
                options={"require": ["exp", "iat", "iss", "aud", "sub", "jti"]},
            )
            token_id, user_id, epoch = uuid.UUID(claims["sid"]), uuid.UUID(claims["sub"]), int(claims["epoch"])
        except (jwt.InvalidTokenError, KeyError, ValueError, TypeError) as exc:
            raise NotAuthenticated(INVALID, code="invalid_token") from exc
        row, user = _find(ApiToken.id == token_id, User.id == user_id, User.session_epoch == epoch)
        return Credential(user, row.id, frozenset(EVERYTHING), is_personal_token=False, is_stale=False)

    def _pair(self, user: User, row: ApiToken, refresh_token: str) -> TokenPair:
        issued_at = now()
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(user.id),
            "sid": str(row.id),
            "jti": str(uuid.uuid4()),
            "epoch": user.session_epoch,
            "iat": issued_at,
            "exp": issued_at + timedelta(seconds=self.life_seconds),
        }
        return TokenPair(jwt.encode(claims, self._key, ALGORITHM), refresh_token, self.life_seconds)


def create(user_id: uuid.UUID, name: str, scopes: Sequence[str], life: timedelta | None = None) -> tuple[ApiToken, str]:
    """A personal API token and its plain text, which is shown this once and stored nowhere.

    Raises
    ------
    Conflict
        When there are too many already.
    """
    if (db.session.scalar(select(func.count()).select_from(personal(user_id).subquery())) or 0) >= MOST_OF_A_KIND:
        raise Conflict(f"There are {MOST_OF_A_KIND} tokens already; revoke one first.", code="too_many_tokens")
    row, plain = _open(user_id, name, scopes, life)
    audit.append("token.created", user_id=user_id, subject="token", subject_id=row.id, name=name)
    db.session.commit()
    return row, plain


def personal(user_id: uuid.UUID) -> Select[ApiToken]:
    """A person's API tokens, without their sessions and refresh tokens."""
    return select(ApiToken).where(ApiToken.user_id == user_id, _is_personal())


def find(user_id: uuid.UUID, token_id: uuid.UUID) -> ApiToken:
    row = db.session.scalar(personal(user_id).where(ApiToken.id == token_id))
    if row is None:
        raise NotFound(f"There is no token {token_id}.")
    return row


def revoke(user_id: uuid.UUID, token_id: uuid.UUID) -> None:
    """End a personal API token at once."""
    db.session.delete(find(user_id, token_id))
    audit.append("token.revoked", user_id=user_id, subject="token", subject_id=token_id)
    db.session.commit()


def check_personal(token: str) -> Credential:
    row, user = _find(ApiToken.token_sha256 == _digest(token), _is_personal())
    return Credential(user, row.id, frozenset(row.scopes), is_personal_token=True, is_stale=_is_stale(row))


def open_session(user_id: uuid.UUID) -> str:
    """The secret of a new browser session."""
    _revoke_oldest(user_id, Scope.SESSION)
    _, plain = _open(user_id, "session", [Scope.SESSION], SESSION_LIFE)
    db.session.commit()
    return plain


def check_session(user_id: uuid.UUID, epoch: int, secret: str, idle: timedelta) -> Credential:
    row, user = _find(
        ApiToken.token_sha256 == _digest(secret),
        _is_kind(Scope.SESSION),
        ApiToken.user_id == user_id,
        User.session_epoch == epoch,
        or_(ApiToken.last_used_at.is_(None), ApiToken.last_used_at > now() - idle),
        ApiToken.created_at > now() - SESSION_LIFE,
    )
    return Credential(user, row.id, frozenset(EVERYTHING), is_personal_token=False, is_stale=_is_stale(row))


def close(user_id: uuid.UUID, token_id: uuid.UUID) -> None:
    """Log out: end this session, or this refresh token and the access tokens that came with it."""
    db.session.execute(delete(ApiToken).where(ApiToken.id == token_id, ApiToken.user_id == user_id))
    audit.append("session.closed", user_id=user_id, subject="token", subject_id=token_id)
    db.session.commit()


def close_all(user_id: uuid.UUID) -> None:
    """End all sessions and refresh tokens of a person, in the transaction at hand."""
    db.session.execute(delete(ApiToken).where(ApiToken.user_id == user_id, ~_is_personal()))


def touch(token_id: uuid.UUID) -> bool:
    """Note that a token is in use, in a small transaction of its own. False when the database is too busy for it."""
    instant = now()
    stale = or_(ApiToken.last_used_at.is_(None), ApiToken.last_used_at < instant - TOUCH_EVERY)
    try:
        with db.engine.begin() as connection:
            connection.execute(update(ApiToken).where(ApiToken.id == token_id, stale).values(last_used_at=instant))
    except SQLAlchemyError:  # busy, lost in any way that a driver reports it, or no connection left in the pool
        return False
    return True


def _open(user_id: uuid.UUID, name: str, scopes: Sequence[str], life: timedelta | None) -> tuple[ApiToken, str]:
    """Add a token to the transaction at hand; what of this person has expired goes at the same time."""
    instant = now()
    db.session.execute(delete(ApiToken).where(ApiToken.user_id == user_id, ApiToken.expires_at < instant))
    token_id = uuid.uuid4()
    plain = _refresh_secret(token_id) if Scope.REFRESH in scopes else PREFIX + secrets.token_urlsafe(32)
    row = ApiToken(
        id=token_id,
        user_id=user_id,
        name=name,
        token_sha256=_digest(plain),
        scopes=[str(scope) for scope in scopes],
        expires_at=None if life is None else instant + life,
    )
    db.session.add(row)
    db.session.flush()
    return row, plain


def _revoke_oldest(user_id: uuid.UUID, scope: Scope) -> None:
    """End the oldest sessions of somebody who opens a new one at every call."""
    newest = (
        select(ApiToken.id).where(ApiToken.user_id == user_id, _is_kind(scope)).order_by(ApiToken.created_at.desc())
    )
    surplus = db.session.scalars(newest.offset(MOST_OF_A_KIND - 1)).all()
    db.session.execute(delete(ApiToken).where(ApiToken.id.in_(surplus)))


def _find(*conditions: ColumnElement[bool]) -> tuple[ApiToken, User]:
    alive = or_(ApiToken.expires_at.is_(None), ApiToken.expires_at > now())
    found = db.session.execute(select(ApiToken, User).join(User).where(*conditions, alive, User.active)).one_or_none()
    if found is None:
        raise NotAuthenticated(INVALID, code="invalid_token")
    row, user = found
    return row, user


def _is_kind(scope: Scope) -> ColumnElement[bool]:
    return cast(ApiToken.scopes, String) == f'["{scope}"]'


def _is_personal() -> ColumnElement[bool]:
    return cast(ApiToken.scopes, String).not_in([f'["{Scope.SESSION}"]', f'["{Scope.REFRESH}"]'])


def _is_stale(row: ApiToken) -> bool:
    return row.last_used_at is None or row.last_used_at < now() - TOUCH_EVERY


def _has_expired(row: ApiToken) -> bool:
    return row.expires_at is not None and row.expires_at <= now()


def _refresh_secret(token_id: uuid.UUID) -> str:
    return f"{REFRESH_PREFIX}{token_id.hex}_{secrets.token_urlsafe(32)}"


def _id_in(refresh_token: str) -> uuid.UUID:
    try:
        return uuid.UUID(refresh_token.removeprefix(REFRESH_PREFIX)[:32])
    except ValueError as exc:
        raise NotAuthenticated(INVALID, code="invalid_token") from exc


def _digest(plain: str) -> str:
    return hashlib.sha256(plain.encode()).hexdigest()
