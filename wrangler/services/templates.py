"""Custom templates: notebooks that administrators register, and everybody may run as jobs.

A version never changes: registering under a name that exists makes its next one. Off unless the operator wants it,
because a notebook is a program: it runs isolated, or not at all.
"""

import re
import uuid
from collections.abc import Sequence

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from wrangler.config import Settings
from wrangler.errors import Conflict, FieldError, InvalidInput, InvalidSettings, NotAllowed, NotFound
from wrangler.extensions import db
from wrangler.files import bytes_sha256
from wrangler.models import JobKind, RegisteredTemplate
from wrangler.notebook import Template
from wrangler.notebook.templates import catalog
from wrangler.sandbox import isolation
from wrangler.services import audit
from wrangler.services.storage import Storage

NAME = re.compile(r"[a-z][a-z0-9-]{0,58}[a-z0-9]")
NAMING = "must be 2 to 60 lower-case letters, digits and dashes, and begin with a letter"
OUTSIDE = "the data directory (WRANGLER_DATA_DIR) must lie outside it"


class Unsafe(InvalidSettings):
    """The installation must not start: what it is asked to run could reach everything."""


def refuse_unsafe(settings: Settings) -> str | None:
    """Whether custom notebooks can be isolated here: None, or a warning where that is not demanded.

    Raises
    ------
    Unsafe
        In production, unless the operator has explicitly allowed it.
    """
    problem = _problem(settings)
    if problem is None:
        return None
    cannot = f"this machine cannot isolate such notebooks: {problem}."
    warning = f"ALLOW_CUSTOM_NOTEBOOKS is on, and {cannot}"
    if settings.allow_unisolated_notebooks:
        return f"{warning} They run all the same: ALLOW_UNISOLATED_NOTEBOOKS is on."
    if settings.is_production:
        advice = (
            "Allow user namespaces, or turn ALLOW_CUSTOM_NOTEBOOKS off. Who is to be trusted with this whole "
            "server can be trusted with ALLOW_UNISOLATED_NOTEBOOKS."
        )
        raise Unsafe([f"ALLOW_CUSTOM_NOTEBOOKS: is on, but {cannot} {advice}"])
    return f"{warning} No job of that kind is run."


def is_isolated(settings: Settings) -> bool:
    """Whether a run is isolated, or need not be.

    Raises
    ------
    NotAllowed
        When nothing of the kind may run here.
    """
    if not settings.allow_custom_notebooks:
        raise NotAllowed("Custom notebooks are not run here any more; ask the operator.", code="templates_off")
    problem = _problem(settings)
    if problem is not None and not settings.allow_unisolated_notebooks:
        raise NotAllowed(f"This machine cannot isolate such a notebook ({problem}).", code="not_isolated")
    return problem is None


def register(
    registered_by_id: uuid.UUID | None, name: str, filename: str, content: bytes, settings: Settings
) -> RegisteredTemplate:
    """Take a notebook as the next version of `name`.

    Raises
    ------
    NotAllowed, InvalidInput, Conflict
        Not wanted here; the notebook breaks a rule, with one error for each; registered twice at the same moment.
    """
    from wrangler.notebook.templates import read_draft  # with nbformat, which no other request needs

    _require_wanted(settings)
    _check_name(name, settings)
    draft = read_draft(filename, content)
    newest = select(func.max(RegisteredTemplate.version)).where(RegisteredTemplate.name == name)
    template = RegisteredTemplate(
        id=uuid.uuid4(),
        name=name,
        version=(db.session.scalar(newest) or 0) + 1,
        title=draft.title[:200],
        description=draft.description,
        sha256=Storage(settings.data_dir).keep_template(draft.text),
        source_sha256=bytes_sha256(content),
        parameters_schema=draft.schema,
        registered_by_id=registered_by_id,
    )
    db.session.add(template)
    audit.append(
        "template.registered",
        user_id=registered_by_id,
        subject="template",
        subject_id=template.id,
        name=name,
        version=template.version,
        sha256=template.sha256,
    )
    try:
        db.session.commit()
    except IntegrityError as problem:
        db.session.rollback()
        raise Conflict(f"The template {name} was registered by somebody else at the same moment.") from problem
    return template


def retire(removed_by_id: uuid.UUID | None, name: str) -> None:
    """Offer no version of `name` any more. Jobs that have run keep theirs.

    Raises
    ------
    NotFound
    """
    template = find(name)
    statement = update(RegisteredTemplate).where(RegisteredTemplate.name == name)
    db.session.execute(statement.values(active=False))
    audit.append("template.retired", user_id=removed_by_id, subject="template", subject_id=template.id, name=name)
    db.session.commit()


def find(name: str, version: int | None = None) -> RegisteredTemplate:
    """The newest version that may be run, or this one.

    Raises
    ------
    NotFound
    """
    wanted = select(RegisteredTemplate).where(RegisteredTemplate.name == name, RegisteredTemplate.active)
    if version is not None:
        wanted = wanted.where(RegisteredTemplate.version == version)
    found = db.session.scalar(wanted.order_by(RegisteredTemplate.version.desc()).limit(1))
    if found is None:
        which = f"{name!r}" if version is None else f"{name!r} in version {version}"
        raise NotFound(f"There is no template {which}.", code="template_not_found")
    return found


def newest(settings: Settings) -> Sequence[RegisteredTemplate]:
    """The newest version of each that may be run, by name; none where they are not wanted."""
    if not settings.allow_custom_notebooks:
        return []
    rows = db.session.scalars(
        select(RegisteredTemplate)
        .where(RegisteredTemplate.active)
        .order_by(RegisteredTemplate.name, RegisteredTemplate.version.desc())
    )
    by_name: dict[str, RegisteredTemplate] = {}
    for row in rows:
        by_name.setdefault(row.name, row)
    return list(by_name.values())


def notebook_of(template: RegisteredTemplate, settings: Settings) -> Template:
    """The notebook of a registered template, as runs take it.

    Raises
    ------
    NotFound
        When its file is gone.
    """
    try:
        return catalog.registered(Storage(settings.data_dir).template(template.sha256))
    except FileNotFoundError:
        message = f"The notebook of template {template.name!r} is not in the store; ask the operator to restore it."
        raise NotFound(message, code="template_gone") from None


def _problem(settings: Settings) -> str | None:
    if not settings.allow_custom_notebooks:
        return None
    folder = isolation.visible_folder(settings.data_dir)
    return f"each of them would see {folder}; {OUTSIDE}" if folder else isolation.missing_capability()


def _require_wanted(settings: Settings) -> None:
    if not settings.allow_custom_notebooks:
        message = "Custom notebooks are not taken here; the operator may set ALLOW_CUSTOM_NOTEBOOKS."
        raise NotAllowed(message, code="templates_off")


def _check_name(name: str, settings: Settings) -> None:
    taken = {*JobKind, *catalog.templates(settings.notebooks_dir)}
    problem = None if NAME.fullmatch(name) else NAMING
    if name in taken:
        problem = "is a kind of jobs; choose another name"
    if problem:
        raise InvalidInput(f"The name {name!r} {problem}.", errors=[FieldError("/name", problem)])
