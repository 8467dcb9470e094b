"""`/jobs/{id}/report`: the executed notebook to be read, as HTML or as PDF."""

from typing import Literal

from flask import Response, request
from flask_openapi import APIBlueprint, Tag
from pydantic import Field

from wrangler.extensions import db
from wrangler.files import file_sha256
from wrangler.models import Artifact
from wrangler.services import printed
from wrangler.web import access, files
from wrangler.web.api.jobs import REPORT, JobPath, published_artifact
from wrangler.web.context import settings, storage
from wrangler.web.schemas import Request

api = APIBlueprint("job_reports", __name__, url_prefix="/api/v1", abp_tags=[Tag(name="jobs")])
HTML, PDF = "text/html", "application/pdf"
PDF_NAME = "report.pdf"


class ReportQuery(Request):
    format: Literal["html", "pdf"] | None = Field(
        None, description="html to be shown or pdf to be saved; without it the header `Accept` decides, at first html"
    )


@api.get("/jobs/<uuid:job_id>/report")
@access.user
def show_report(path: JobPath, query: ReportQuery) -> Response:
    """The executed notebook as a page (HTML) to be read, in which no script runs, or as PDF.

    The PDF is made when it is first asked for; a server without the extra `pdf` responds 501 and names what to install.
    """
    artifact = published_artifact(path.job_id, REPORT)
    if (query.format or _accepted()) == "pdf":
        response = _pdf(artifact)
    else:
        page = storage().published(artifact.job_id, artifact.attempt) / artifact.name
        response = files.sandboxed_page(page, etag=artifact.sha256)
    response.vary.add("Accept")
    return response


def _accepted() -> str:
    return "pdf" if request.accept_mimetypes.best_match([HTML, PDF], default=HTML) == PDF else "html"


def _pdf(artifact: Artifact) -> Response:
    job_id, attempt, page = artifact.job_id, artifact.attempt, artifact.name
    db.session.close()  # making a PDF takes seconds: nobody should wait for its connection
    file = printed(job_id, attempt, page, storage(), settings())
    return files.attachment(file, name=PDF_NAME, media_type=PDF, etag=file_sha256(file))
