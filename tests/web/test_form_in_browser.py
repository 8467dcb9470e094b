"""The form in a real Chromium: it sends what the server takes, by keyboard and mouse, without a script."""

import threading
from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.serving import make_server

from tests.browser import Browser
from tests.conftest import PASSWORD, Caller
from tests.web.test_form_pages import FORM, SAME_SITE, dataset, settings  # noqa: F401 - fixtures
from wrangler.extensions import db
from wrangler.models import Job

pytestmark = pytest.mark.browser


@pytest.fixture
def address(app: Flask, user: Caller, dataset: dict[str, str], browser: Browser) -> Iterator[str]:  # noqa: F811 - a fixture
    """The form, with somebody logged in."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    client = app.test_client()
    client.post("/api/v1/auth/login", json={"email": user.email, "password": PASSWORD}, headers=SAME_SITE)
    site = f"http://127.0.0.1:{server.port}"
    browser.call("Network.setCookie", name="wrangler", value=client.get_cookie("wrangler").value, url=site)
    yield f"{site}{FORM}?dataset_id={dataset['id']}"
    browser.call("Page.navigate", url="about:blank")
    browser.call("Network.clearBrowserCookies")
    server.shutdown()
    thread.join()
    server.server_close()


def send(browser: Browser) -> str:
    """Press the button, wait for the page that answers with its styles, and give its text."""
    browser.follow("document.querySelector('button').click()")
    text: str = browser.run("document.body.innerText")
    return text


def test_a_form_is_taken_from_its_own_page(app: Flask, browser: Browser, address: str) -> None:
    browser.show(address)
    browser.run("document.getElementById('field-group').value = 'species'")
    reported = send(browser)

    assert "penguins: queued" in reported
    with app.app_context():
        assert db.session.query(Job).one().parameters["group"] == "species"


def test_what_is_wrong_stands_at_its_field(browser: Browser, address: str) -> None:
    browser.show(address, width=390)
    reported = send(browser)

    assert "This cannot be run yet" in reported
    wrong = "getComputedStyle(document.getElementById('field-group')).borderTopWidth"
    assert browser.run("document.getElementById('field-group').getAttribute('aria-invalid')") == "true"
    assert browser.run(wrong) == "2px"
    assert browser.run("document.documentElement.scrollWidth <= innerWidth")
