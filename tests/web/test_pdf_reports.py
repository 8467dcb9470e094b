"""The report of a job as PDF, over HTTP."""

import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.conftest import Caller
from tests.required import missing_capability
from tests.web.routes import make_examples
from wrangler.errors import NotInstalled
from wrangler.extensions import db
from wrangler.models import Artifact
from wrangler.notebook.rendering.pdf import probe
from wrangler.services import orphaned_files, pdf_reports
from wrangler.services.storage import Storage

pytestmark = pytest.mark.slow

PAGE = "<!DOCTYPE html><html lang=en><head><title>t</title></head><body><h1>Report</h1></body></html>"


@pytest.fixture
def ask(app: Flask, user: Caller, settings: Any) -> Callable[..., TestResponse]:
    """Ask for the report of a finished job that left one."""
    job_id = uuid.UUID(make_examples(app, uuid.UUID(user.id))["job_id"])
    folder = Storage(settings.data_dir).published(job_id, 1)
    folder.mkdir(parents=True)
    (folder / "report.html").write_text(PAGE, encoding="utf-8")
    with app.app_context():
        facts = {"media_type": "text/html", "bytes": len(PAGE), "sha256": "1" * 64}
        db.session.add(Artifact(job_id=job_id, attempt=1, name="report.html", **facts))
        db.session.commit()
    return lambda query="", **headers: user.get(f"/api/v1/jobs/{job_id}/report{query}", headers=headers, buffered=True)


@pytest.fixture
def printer(settings: Any) -> None:
    try:
        probe(pdf_reports.pdf_limits(settings))
    except NotInstalled as error:
        missing_capability(error.message)


def papers(settings: Any) -> list[Path]:
    return list((settings.data_dir / "printed").glob("*/*/*"))


@pytest.mark.parametrize(("query", "headers"), [("?format=pdf", {}), ("", {"Accept": "application/pdf"})])
def test_a_report_comes_on_paper_to_who_asks_for_it(printer: None, ask: Any, query: str, headers: Any) -> None:
    response = ask(query, **headers)

    assert (response.status_code, response.mimetype) == (200, "application/pdf"), response.text
    assert response.data.startswith(b"%PDF")
    assert response.headers["Content-Disposition"] == "attachment; filename=report.pdf"
    assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "Accept" in response.vary


@pytest.mark.parametrize("accept", ["*/*", "text/html,application/xhtml+xml,*/*;q=0.8", "image/png"])
def test_who_does_not_ask_for_paper_gets_the_page(ask: Any, accept: str) -> None:
    assert ask(Accept=accept).data == PAGE.encode()
    assert ask("?format=html", Accept="application/pdf").data == PAGE.encode()


def test_a_report_is_printed_once(printer: None, ask: Any, settings: Any) -> None:
    first = ask("?format=pdf")
    (kept,) = papers(settings)
    kept.write_bytes(first.data + b"%kept")

    assert ask("?format=pdf").data == kept.read_bytes()
    assert ask("?format=pdf", **{"If-None-Match": ask("?format=pdf").headers["ETag"]}).status_code == 304


def test_without_the_extra_the_response_names_what_to_install(ask: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wrangler.notebook.rendering.pdf.find_spec", lambda _: None)
    response = ask("?format=pdf")

    assert (response.status_code, response.mimetype) == (501, "application/problem+json")
    assert response.json["type"] == "urn:wrangler:problem:pdf_not_installed"
    assert "pip install 'wrangler[pdf]'" in response.json["detail"]


def test_while_others_are_printed_the_response_is_a_retry_after(ask: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_reports, "LONGEST_WAIT_SECONDS", 0.01)
    with pdf_reports._one_at_a_time:
        response = ask("?format=pdf")

    assert (response.status_code, response.json["code"], response.headers["Retry-After"]) == (503, "pdf_busy", "10")


def test_a_report_that_is_gone_is_reported(ask: Any, settings: Any) -> None:
    (page,) = (settings.data_dir / "artifacts").glob("*/1/report.html")
    page.unlink()

    assert ask("?format=pdf").json["code"] == "file_gone"


def test_an_unknown_form_is_refused(ask: Any) -> None:
    assert ask("?format=docx").json["errors"][0]["pointer"] == "/format"


def test_paper_goes_with_its_job(printer: None, ask: Any, app: Flask, user: Caller, settings: Any) -> None:
    path = ask("?format=pdf").request.path
    with app.app_context():
        assert orphaned_files.sweep(Storage(settings.data_dir))["printed"] == 0
    assert len(papers(settings)) == 1
    assert user.delete(path.removesuffix("/report")).status_code == 204
    assert papers(settings) == []
