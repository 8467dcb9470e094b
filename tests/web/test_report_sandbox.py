"""Hostile reports in Chromium: each of three guards holds alone, and without them every vector works."""

import re
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from nbformat.v4 import new_notebook
from werkzeug.serving import make_server

from tests.browser import Browser
from tests.conftest import PASSWORD, Caller
from tests.notebooks.test_html import everywhere
from tests.web.routes import make_examples
from wrangler.extensions import db
from wrangler.models import Artifact, Job
from wrangler.notebook.rendering.html import render_html
from wrangler.web.context import storage

pytestmark = pytest.mark.browser

VECTORS = {
    "script": "<script>fetch('/reached/script')</script>",
    "cookie": "<script>fetch('/reached/' + /canary=(\\w+)/.exec(document.cookie)[1])</script>",
    "api": "<script>fetch('/api/v1/me').then(one => one.ok && fetch('/reached/api'))</script>",
    "source": "<script src='/reached/source'></script>",
    "module": "<script type=module>import('/reached/module')</script>",
    "error": "<img src=x onerror=fetch('/reached/error')>",
    "toggle": "<details open ontoggle=fetch('/reached/toggle')>x</details>",
    "focus": "<input autofocus onfocus=fetch('/reached/focus')>",
    "svg": "<svg onload=fetch('/reached/svg')></svg>",
    "svg-image": "<svg width=9 height=9><image width=9 height=9 href='/reached/svg-image'></image></svg>",
    "srcdoc": "<iframe srcdoc='<script>fetch(`/reached/srcdoc`)</script>'></iframe>",
    "frame": "<iframe src='/reached/frame'></iframe>",
    "object": "<object data='/reached/object'></object>",
    "embed": "<embed src='/reached/embed'>",
    "picture": "<img src='/reached/picture'>",
    "set": "<img srcset='/reached/set 1x'>",
    "sheet": "<link rel=stylesheet href='/reached/sheet'>",
    "import": "<style>@import url(/reached/import);</style>",
    "background": "<p style='background: url(/reached/background)'>x</p>",
    "poster": "<video poster='/reached/poster'></video>",
    "sound": "<audio src='/reached/sound' preload=auto></audio>",
    "maths": "<math><mtext></math><img src=x onerror=fetch('/reached/maths')>",
}
LEAVING = {
    "refresh": "<meta http-equiv=refresh content='0;url=/reached/refresh'>",
    "form": "<form action='/reached/form'><button id=go>x</button></form>",
    "address": "<a id=go href=\"javascript:fetch('/reached/address')\">x</a>",
    "popup": "<a id=go href='/reached/popup' target=_blank>x</a>",
}


class Site:
    """The application with one report, and beside it the same page with nothing that guards it."""

    def __init__(self, app: Flask, caller: Caller) -> None:
        self.app, self.caller = app, caller
        self.reached: set[str] = set()
        self.unguarded = ""
        self.job_id = make_examples(app, uuid.UUID(caller.id))["job_id"]
        self.server = make_server("127.0.0.1", 0, self._response, threaded=True)
        self.address = f"http://127.0.0.1:{self.server.port}"

    def _response(self, environ: dict[str, Any], start: Callable[..., Any]) -> Any:
        path = environ["PATH_INFO"]
        if path.startswith("/reached/"):
            self.reached.add(path.removeprefix("/reached/"))
        if path.startswith("/reached/") or path == "/unguarded":
            start("200 OK", [("Content-Type", "text/html; charset=utf-8")])
            return [self.unguarded.encode() if path == "/unguarded" else b""]
        return self.app(environ, start)

    def publish(self, html: str) -> str:
        """Put the page where a run would have left its report."""
        with self.app.app_context():
            job = db.session.get_one(Job, uuid.UUID(self.job_id))
            folder = storage().published(job.id, job.attempt)
            folder.mkdir(parents=True)
            (folder / "report.html").write_text(html, encoding="utf-8")
            facts = {"media_type": "text/html", "bytes": len(html), "sha256": "1" * 64}
            job.artifacts.append(Artifact(attempt=job.attempt, name="report.html", **facts))
            db.session.commit()
        return f"{self.address}/api/v1/jobs/{self.job_id}/report"

    def bare(self, html: str) -> str:
        self.unguarded = html
        return f"{self.address}/unguarded"


@pytest.fixture
def site(app: Flask, user: Caller, browser: Browser) -> Iterator[Site]:
    site = Site(app, user)
    thread = threading.Thread(target=site.server.serve_forever)
    thread.start()
    login = app.test_client()
    headers = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
    login.post("/api/v1/auth/login", json={"email": user.email, "password": PASSWORD}, headers=headers)
    for name, value in {"wrangler": login.get_cookie("wrangler").value, "canary": "cookie"}.items():
        browser.call("Network.setCookie", name=name, value=value, url=site.address)
    yield site
    browser.call("Page.navigate", url="about:blank")
    browser.call("Network.clearBrowserCookies")
    site.server.shutdown()
    thread.join()
    site.server.server_close()


def page(body: str, head: str = "") -> str:
    return f"<!DOCTYPE html><html lang=en><head><meta charset=utf-8>{head}</head><body>{body}</body></html>"


def reached(site: Site, browser: Browser, address: str, expected: int) -> set[str]:
    """What the page at the address got hold of, after as many as expected or a while."""
    site.reached.clear()
    browser.show(address)
    if browser.run("Boolean(document.getElementById('go'))"):
        browser.call("Runtime.evaluate", expression="document.getElementById('go').click()", userGesture=True)
    until = time.monotonic() + (60 if expected else 0.7)
    while time.monotonic() < until and not (expected and len(site.reached) >= expected):
        time.sleep(0.05)
    return set(site.reached)


def test_without_a_guard_every_vector_works(site: Site, browser: Browser) -> None:
    assert reached(site, browser, site.bare(page("".join(VECTORS.values()))), len(VECTORS)) == set(VECTORS)


def test_the_headers_hold_alone(site: Site, browser: Browser) -> None:
    assert reached(site, browser, site.publish(page("".join(VECTORS.values()))), 0) == set()


def test_the_policy_of_a_saved_page_holds_alone(site: Site, browser: Browser) -> None:
    policy = re.search(r"<meta http-equiv[^>]+>", render_html(new_notebook(), title="t"))
    assert policy
    hostile = page("".join(VECTORS.values()), head=policy[0])

    assert reached(site, browser, site.bare(hostile), 0) == set()


def test_the_cleaning_holds_alone(site: Site, browser: Browser) -> None:
    cells = [cell for vector in (*VECTORS.values(), *LEAVING.values()) for cell in everywhere(vector).cells]
    html = render_html(new_notebook(cells=cells), title="".join(VECTORS.values()))
    cleaned = re.sub(r"<meta http-equiv[^>]+>", "", html, count=1)

    assert reached(site, browser, site.bare(cleaned), 0) == set()


@pytest.mark.parametrize("vector", LEAVING.values(), ids=LEAVING)
def test_a_report_leads_nowhere_by_itself(site: Site, browser: Browser, vector: str) -> None:
    assert len(reached(site, browser, site.bare(page(vector)), 1)) == 1
    assert reached(site, browser, site.publish(page(vector)), 0) == set()
