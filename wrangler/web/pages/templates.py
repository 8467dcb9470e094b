"""Submitting a job by a form: the templates, the form of one, and the job that came of it."""

import uuid
from http import HTTPStatus
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from sqlalchemy import select

from wrangler.errors import InvalidInput
from wrangler.extensions import db
from wrangler.models import Dataset, DatasetStatus, Job
from wrangler.services import owned
from wrangler.services.jobs import submission
from wrangler.web import access
from wrangler.web.access import caller
from wrangler.web.api import TemplateDocument, find_template, known_templates
from wrangler.web.bodies import check_texts
from wrangler.web.context import notify, settings
from wrangler.web.pages.fields import Field, Filled, fields_of, read_form, untouched

pages = Blueprint("pages", __name__, template_folder="html")
STYLESHEET = Path(__file__).with_name("pages.css")
MOST_DATASETS = 200
PARAMETERS, SEED, KEY = "/parameters/", "seed", "key"
Page = str | tuple[str, HTTPStatus]


@pages.after_request
def _name_the_origin(response: Response) -> Response:
    """Without a referrer for this very site, browsers call the origin of a form "null", and it would be refused."""
    response.headers["Referrer-Policy"] = "same-origin"
    return response


@pages.get("/templates")
@access.user
def list_templates() -> Page:
    return render_template("templates.html", templates=known_templates())


@pages.get("/templates/<name>/new")
@access.user
def show_form(name: str) -> Page:
    template = find_template(name)
    chosen = _chosen(request.args.get("dataset_id"))
    if chosen is None:
        return render_template("choose.html", template=template, datasets=_datasets())
    fields = fields_of(template.parameters_schema)
    return _form(template, chosen, fields, untouched(fields))


@pages.post("/templates/<name>/new")
@access.user
def take_form(name: str) -> Page | Response:
    template = find_template(name)
    check_texts(request.form.to_dict(flat=False))
    chosen = _chosen(request.form.get("dataset_id"))
    if chosen is None:
        return render_template("choose.html", template=template, datasets=_datasets()), HTTPStatus.UNPROCESSABLE_ENTITY
    fields = fields_of(template.parameters_schema)
    filled = read_form(fields, request.form)
    seed = request.form.get(SEED, "")
    if not (
        seed.isdecimal() and len(seed) <= len(str(submission.LARGEST_SEED)) and int(seed) <= submission.LARGEST_SEED
    ):
        filled.errors[SEED] = f"Enter a whole number from 0 to {submission.LARGEST_SEED}."
    if not filled.errors:
        try:
            job = _submit(template, chosen, filled.parameters, int(seed))
        except InvalidInput as refusal:
            _note(refusal, filled, fields)
        else:
            place = url_for("pages.show_job", job_id=job.id)
            return redirect(place, HTTPStatus.SEE_OTHER)  # type: ignore[return-value] # werkzeug's class
    return _form(template, chosen, fields, filled), HTTPStatus.UNPROCESSABLE_ENTITY


@pages.get("/jobs/<uuid:job_id>")
@access.user
def show_job(job_id: uuid.UUID) -> Page:
    job = owned(Job, job_id, caller().id)
    name = job.kind.value if job.template is None else job.template.name
    return render_template("job.html", name=name, job=job)


@pages.get("/pages.css")
@access.user
def stylesheet() -> Response:
    return Response(STYLESHEET.read_text(encoding="utf-8"), mimetype="text/css")


def _form(template: TemplateDocument, dataset: Dataset, fields: list[Field], filled: Filled) -> str:
    return render_template(
        "form.html",
        template=template,
        dataset=dataset,
        columns=[column["name"] for column in dataset.columns],
        fields=fields,
        filled=filled,
        seed=request.form.get(SEED, "0"),
        key=request.form.get(KEY) or uuid.uuid4(),
    )


def _submit(template: TemplateDocument, dataset: Dataset, parameters: dict[str, Any], seed: int) -> Job:
    """Submit the job; the same form sent twice is one job."""
    key = request.form.get(KEY, "")
    job_request = submission.JobRequest(
        kind=template.kind,
        dataset_id=dataset.id,
        parameters=parameters,
        seed=seed,
        idempotency_key=f"form {key[:64]}" if key else None,
        template=None if template.version is None else template.name,
        template_version=template.version,
    )
    return submission.submit(caller().id, job_request, settings=settings(), notify=notify)


def _note(refusal: InvalidInput, filled: Filled, fields: list[Field]) -> None:
    """Put what was refused to the field it was refused for, or above all of them."""
    known = {field.name for field in fields}
    for error in refusal.errors:
        name = error.pointer.removeprefix(PARAMETERS).partition("/")[0]
        is_of_field = error.pointer.startswith(PARAMETERS) and name in known
        filled.errors.setdefault(name if is_of_field else "", error.message)
    if not refusal.errors:
        filled.errors[""] = refusal.message


def _chosen(chosen_id: str | None) -> Dataset | None:
    try:
        dataset_id = uuid.UUID(chosen_id or "")
    except ValueError:
        return None
    return owned(Dataset, dataset_id, caller().id)


def _datasets() -> list[Dataset]:
    ready = select(Dataset).where(Dataset.owner_id == caller().id, Dataset.status == DatasetStatus.READY)
    return list(db.session.scalars(ready.order_by(Dataset.created_at.desc()).limit(MOST_DATASETS)))
