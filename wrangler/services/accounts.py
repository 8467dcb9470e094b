"""People: registering, proving who one is, changing a password, and who may administer."""

import unicodedata
import uuid
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Select, func, select
from sqlalchemy.exc import IntegrityError

from wrangler.errors import Conflict, FieldError, InvalidInput, NotAuthenticated, NotFound
from wrangler.extensions import db
from wrangler.models import Role, User, now
from wrangler.services import audit, tokens

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 128
# OWASP's minimum for argon2id: 19 MiB, two passes, one lane. A hash with other parameters is renewed at log-in.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def normalise_email(email: str) -> str:
    """One person, one spelling: without outer spaces, composed and in lower case."""
    return unicodedata.normalize("NFC", email.strip()).lower()


def register(email: str, password: str, name: str = "", *, role: Role = Role.USER) -> User:
    """Make an account. Nobody becomes an administrator by registering: `role` is for the command line.

    Raises
    ------
    InvalidInput
        When the password is too short, too long, or the e-mail address itself.
    Conflict
        When the address already has an account.
    """
    email = normalise_email(email)
    user = User(email=email, name=name, password_hash=_hash_new(password, email, "/password"), role=role)
    db.session.add(user)
    try:
        db.session.flush()
    except IntegrityError as exc:
        db.session.rollback()
        raise Conflict(f"There already is an account for {email}.", code="email_taken") from exc
    audit.append("user.registered", user_id=user.id, subject="user", subject_id=user.id)
    db.session.commit()
    return user


def authenticate(email: str, password: str, *, address: str = "") -> User:
    """Who this is. An unknown address, a wrong password and a closed account take as long and are refused alike.

    Raises
    ------
    NotAuthenticated
        When the address and the password do not belong to an open account.
    """
    found = db.session.execute(
        select(User.id, User.password_hash, User.active).where(User.email == normalise_email(email))
    ).one_or_none()
    db.session.rollback()  # hashing takes long: SQLite's one write lock is not held meanwhile
    fits = _fits(found.password_hash if found else _decoy(), password)
    if found is None or not fits or not found.active:
        audit.append("session.refused", user_id=found.id if found else None, address=address)
        db.session.commit()
        raise NotAuthenticated("E-mail address or password is wrong.", code="wrong_credentials")
    renewed = _hash(password) if _hasher.check_needs_rehash(found.password_hash) else None
    user = find(found.id)
    user.password_hash = renewed or user.password_hash
    user.last_login_at = now()
    audit.append("session.opened", user_id=user.id, address=address)
    db.session.commit()
    return user


def find(user_id: uuid.UUID) -> User:
    """The person with this id.

    Raises
    ------
    NotFound
        When there is none.
    """
    user = db.session.get(User, user_id)
    if user is None:
        raise NotFound(f"There is no user {user_id}.")
    return user


def people() -> Select[User]:
    """All accounts, for administrators."""
    return select(User)


def rename(user_id: uuid.UUID, name: str) -> User:
    user = find(user_id)
    user.name = name
    db.session.commit()
    return user


def change_password(user_id: uuid.UUID, current: str, new: str) -> None:
    """Set another password and end every session and access token; personal API tokens stay.

    Raises
    ------
    InvalidInput
        When the current password is wrong, or the new one is refused.
    """
    email, stored = db.session.execute(select(User.email, User.password_hash).where(User.id == user_id)).one()
    db.session.rollback()
    if not _fits(stored, current):
        error = FieldError("/current_password", "is not your password")
        raise InvalidInput("The current password is wrong.", errors=[error], code="wrong_password")
    renewed = _hash_new(new, email, "/new_password")
    user = find(user_id)
    user.password_hash = renewed
    user.session_epoch += 1
    tokens.close_all(user_id)
    audit.append("user.password_changed", user_id=user_id, subject="user", subject_id=user_id)
    db.session.commit()


def administer(user_id: uuid.UUID, by: uuid.UUID | None, *, role: Role | None, active: bool | None) -> User:
    """Change what a person may do; `by` is the administrator, None the command line.

    Raises
    ------
    Conflict
        When nobody would be left who can administer.
    """
    admins = set(
        db.session.scalars(
            select(User.id).where(User.role == Role.ADMIN, User.active).with_for_update().order_by(User.id)
        )
    )
    user = find(user_id)
    loses_power = role is Role.USER or active is False
    if loses_power and admins == {user_id}:
        raise Conflict("This is the last administrator; appoint another one first.", code="last_admin")
    user.role = user.role if role is None else role
    user.active = user.active if active is None else active
    if loses_power:
        user.session_epoch += 1
        tokens.close_all(user_id)
    audit.append(
        "user.administered", user_id=by, subject="user", subject_id=user_id, role=user.role.value, active=user.active
    )
    db.session.commit()
    return user


def count() -> int:
    return db.session.scalar(select(func.count()).select_from(User)) or 0


def _hash_new(password: str, email: str, pointer: str) -> str:
    password = unicodedata.normalize("NFKC", password)
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        wanted = f"must have {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters"
        raise InvalidInput(f"The password {wanted}.", errors=[FieldError(pointer, wanted)])
    if password.lower() == email:
        wanted = "must not be the e-mail address"
        raise InvalidInput(f"The password {wanted}.", errors=[FieldError(pointer, wanted)])
    return _hash(password)


def _hash(password: str) -> str:
    return _hasher.hash(unicodedata.normalize("NFKC", password))


def _fits(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, unicodedata.normalize("NFKC", password))
    except (VerificationError, InvalidHashError):
        return False


@cache
def _decoy() -> str:
    """A hash that no password fits, so that an unknown address costs as much time as a known one."""
    return _hasher.hash(uuid.uuid4().hex)
