"""The four reports on the penguins as Chromium shows them: who can read them, on what, and how."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.browser import Browser
from wrangler.notebook.rendering import html as face
from wrangler.notebook.rendering.html import render_html
from wrangler.report import IMPUTED, OBSERVED

pytestmark = [pytest.mark.browser, pytest.mark.kernel]

KINDS = ("analyze", "correlate", "impute", "compare")
PHONE, LAPTOP = 375, 1366
FINDINGS = (Path(__file__).parent / "findings.js").read_text(encoding="utf-8")
STYLE = (Path(face.__file__).parent / "report.css").read_text(encoding="utf-8")
UNFOLD = "document.querySelectorAll('details').forEach(one => { one.open = true })"


@pytest.fixture(params=KINDS)
def report(request: pytest.FixtureRequest, executed: Callable[[str], Any], tmp_path: Path) -> str:
    page = tmp_path / "report.html"
    page.write_text(render_html(executed(request.param).notebook, title=f"{request.param} penguins"), encoding="utf-8")
    return page.as_uri()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [PHONE, LAPTOP])
def test_nothing_is_in_the_way_of_any_reader(report: str, browser: Browser, width: int, scheme: str) -> None:
    browser.show(report, width=width, scheme=scheme)
    browser.run(UNFOLD)

    assert browser.run(FINDINGS) == []


@pytest.mark.parametrize("width", [320, PHONE, LAPTOP])
def test_the_page_never_scrolls_sideways(report: str, browser: Browser, width: int) -> None:
    browser.show(report, width=width)
    browser.run(UNFOLD)

    assert browser.run("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_every_picture_is_sharp_and_has_its_figures_under_it(report: str, browser: Browser) -> None:
    browser.show(report)
    order = browser.run("[...document.querySelectorAll('img, table')].map(one => one.localName)")
    sharpness = browser.run("[...document.images].map(one => one.naturalWidth / one.getAttribute('width'))")

    assert sharpness
    assert min(sharpness) >= 2
    assert [after for before, after in zip(order, [*order[1:], ""], strict=True) if before == "img"] == ["table"] * len(
        sharpness
    )


def test_the_verdict_is_seen_without_scrolling(report: str, browser: Browser) -> None:
    browser.show(report, width=PHONE, height=667)

    assert browser.run("document.querySelector('.verdict').getBoundingClientRect().bottom") < 667


def test_all_entries_of_the_contents_lead_somewhere(report: str, browser: Browser) -> None:
    browser.show(report)
    links = "[...document.querySelectorAll('nav a')]"

    assert browser.run(f"{links}.length") == browser.run("document.querySelectorAll('h2').length")
    assert browser.run(f"{links}.filter(one => !document.querySelector(one.hash)).length") == 0


def test_code_is_folded_and_the_keyboard_unfolds_it(report: str, browser: Browser) -> None:
    browser.show(report)
    assert browser.run("document.querySelectorAll('details[open]').length") == 0
    browser.run("document.querySelector('details.code > summary').focus()")
    browser.press("Enter", 13, "\r")

    assert browser.run("document.querySelector('details.code').open") is True


def test_the_keyboard_s_place_is_outlined(report: str, browser: Browser) -> None:
    browser.show(report)
    browser.press("Tab", 9, "")

    assert browser.run("document.activeElement.localName") != "body"
    assert browser.run("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_paper_has_no_contents_and_no_code_and_all_rows(report: str, browser: Browser) -> None:
    browser.show(report)
    browser.call("Emulation.setEmulatedMedia", media="print")
    shown = "[...document.querySelectorAll({!r})].filter(one => one.checkVisibility()).length"

    assert browser.run(shown.format("nav, details.code, details.more > summary")) == 0
    assert browser.run(shown.format("img")) == browser.run("document.images.length")
    assert browser.run(shown.format("details.more tr")) == browser.run(
        "document.querySelectorAll('details.more tr').length"
    )
    assert browser.print().startswith(b"%PDF")


def test_paper_cuts_no_table(report: str, browser: Browser) -> None:
    browser.show(report, width=703)  # an A4 page between its margins
    browser.call("Emulation.setEmulatedMedia", media="print")
    wide = "[...document.querySelectorAll('table')].filter(one => one.getBoundingClientRect().right > 704).length"

    assert browser.run(wide) == 0


def test_page_and_pictures_share_one_pair_of_colours() -> None:
    for name, colour in {"observed": OBSERVED, "imputed": IMPUTED}.items():
        assert {one.lower() for one in re.findall(rf"--{name}: (#\w+)", STYLE)} == {colour.lower()}


def test_the_pair_stands_out_from_paper_for_the_colour_blind() -> None:
    """Three to one against the white card, and apart from each other by how light they are, not by hue alone."""
    blue, orange = map(_luminance, (OBSERVED, IMPUTED))

    assert 1.05 / (blue + 0.05) >= 3
    assert 1.05 / (orange + 0.05) >= 3
    assert (orange + 0.05) / (blue + 0.05) >= 1.5


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
