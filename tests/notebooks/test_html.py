"""The HTML face: one safe file, whatever stands in the cells."""

import base64
import re
from html.parser import HTMLParser

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from wrangler.notebook.rendering.html import render_html

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><script src="https://evil.example/x.js"></script>',
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href='https://evil.example'>x</a>",
    "<table background='https://evil.example/a.png'><tr><td style='background:url(https://evil.example)'>x</td></tr></table>",
    "<svg onload=alert(1)><script>alert(1)</script></svg>",
    "<form action='https://evil.example'><input></form>",
    "<link rel=stylesheet href='https://evil.example/x.css'>",
    "<style>@import url(https://evil.example/x.css)</style>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<math><mtext></math><img src=x onerror=alert(1)>",
    "$</script><script>alert(1)</script>$",
    "![x](https://evil.example/a.png)",
    "[x](javascript:alert(1))",
    "<https://evil.example>",
    "{{ 7 * 7 }}{% for x in y %}",
]
FORBIDDEN_TAGS = {"script", "iframe", "object", "embed", "form", "input", "link", "base", "svg", "math", "video"}


class Page(HTMLParser):
    """What a browser would make of the page: tags, attributes and text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def addresses(self) -> list[str]:
        held = ("src", "href", "background", "action", "srcset", "poster", "data")
        return [str(value) for _, attrs in self.tags for name, value in attrs.items() if name in held]


def everywhere(text: str):
    outputs = [
        new_output("display_data", {"text/html": text, "text/plain": text}),
        new_output("display_data", {"text/plain": text}),
        new_output("display_data", {"image/svg+xml": text}),
        new_output("display_data", {"image/png": text}, metadata={"image/png": {"alt": text, "width": text}}),
        new_output("display_data", {"application/javascript": text, "text/markdown": text, "text/latex": text}),
        new_output("stream", name="stdout", text=text),
        new_output("error", ename=text, evalue=text, traceback=[text]),
    ]
    parameters = new_code_cell(f"x: str = {text!r}  # {text}", metadata={"tags": ["parameters"]})
    injected = new_code_cell(f"x = {text!r}", metadata={"tags": ["injected-parameters"]})
    prose = new_markdown_cell(f"## {text}\n\n{text}\n\n    {text}", attachments={"a": {"image/png": text}})
    code = new_code_cell(text, outputs=outputs, metadata={"tags": ["verdict", text], "wrangler": {"status": text}})
    return new_notebook(cells=[new_markdown_cell(f"# {text}"), parameters, injected, prose, code])


@pytest.fixture(params=HOSTILE, ids=range(len(HOSTILE)))
def hostile_page(request):
    return Page(render_html(everywhere(request.param), title=request.param))


def test_hostile_text_brings_no_forbidden_tag_and_no_handler(hostile_page):
    assert not {tag for tag, _ in hostile_page.tags} & FORBIDDEN_TAGS
    names = {name for _, attrs in hostile_page.tags for name in attrs}
    assert not {name for name in names if name.startswith("on")}
    assert names <= {
        *(
            "alt",
            "aria-label",
            "charset",
            "class",
            "colspan",
            "content",
            "height",
            "href",
            "http-equiv",
            "id",
            "lang",
            "name",
            "open",
        ),
        *("role", "rowspan", "scope", "src", "tabindex", "width", "title", "start"),
    }


def test_no_address_leaves_the_page(hostile_page):
    assert all(
        re.match(r"#|data:image/(png|svg\+xml);base64,[A-Za-z0-9+/=]*$", one) for one in hostile_page.addresses()
    )


def test_the_stylesheet_fetches_nothing():
    style = re.search(r"<style>(.*?)</style>", render_html(new_notebook(), title="t"), re.DOTALL)[1]
    assert "url(" not in style
    assert "@import" not in style


def test_jinja_in_a_cell_is_text():
    page = Page(render_html(everywhere("{{ 7 * 7 }}"), title="t"))
    assert "49" not in page.text
    assert "{{ 7 * 7 }}" in page.text


@pytest.mark.kernel
@pytest.mark.parametrize("kind", ["impute", "analyze", "correlate", "compare"])
def test_an_executed_notebook_is_one_page_without_addresses_or_script(kind, executed):
    html = render_html(executed(kind).notebook, title="penguins")
    assert "http:" not in html
    assert "https:" not in html
    assert "<script" not in html
    images = [attrs for tag, attrs in Page(html).tags if tag == "img"]
    assert images
    assert all(len(image["alt"]) > 20 for image in images)
    assert html.index('class="verdict') < html.index('class="step"')


def test_the_verdict_comes_before_the_other_cells_and_contents_point_to_headings():
    cells = [
        new_markdown_cell("# Title"),
        new_markdown_cell("## First part"),
        new_code_cell("1", outputs=[new_output("display_data", {"text/plain": "OTHER"})]),
        new_code_cell(
            "2", outputs=[new_output("display_data", {"text/plain": "VERDICT"})], metadata={"tags": ["verdict"]}
        ),
    ]
    html = render_html(new_notebook(cells=cells), title="t")
    assert html.index("VERDICT") < html.index("OTHER")
    assert '<a href="#c2">First part</a>' in html
    assert 'id="c2"' in html


def test_code_is_folded_and_the_failed_cell_is_open():
    done = new_code_cell("x = 1", metadata={"wrangler": {"status": "done"}})
    failed = new_code_cell("1 / 0", metadata={"wrangler": {"status": "failed"}})
    never = new_code_cell("y = 2", metadata={"wrangler": {"status": "not run"}})
    html = render_html(new_notebook(cells=[new_markdown_cell("# T"), done, failed, never]), title="t")
    assert html.count('<details class="code">') == 2
    assert html.count('<details class="code" open>') == 1
    assert html.count("This step was not run.") == 1


def test_the_note_of_a_failed_run_comes_first():
    note = new_markdown_cell("**This run did not succeed.**", metadata={"wrangler": {"note": True}})
    html = render_html(new_notebook(cells=[note, new_markdown_cell("# Title")]), title="t")
    assert html.index("did not succeed") < html.index("Title</h1>")
    assert 'class="failure"' in html


def test_settings_show_what_was_given_and_what_it_means():
    declared = new_code_cell(
        'method: str = "auto"  # How to fill\nseed: int = 0  # Luck', metadata={"tags": ["parameters"]}
    )
    given = new_code_cell('# Parameters\nmethod = "knn"', metadata={"tags": ["injected-parameters"]})
    page = Page(render_html(new_notebook(cells=[new_markdown_cell("# T"), declared, given]), title="t"))
    assert "method = knn" in page.text
    assert "How to fill" in page.text


def test_png_and_svg_become_images_of_their_size():
    png = new_output("display_data", {"image/png": "QUJD"}, metadata={"image/png": {"alt": "A chart", "width": 300}})
    svg = new_output("display_data", {"image/svg+xml": "<svg/>"}, metadata={"image/svg+xml": {"alt": "Another"}})
    html = render_html(new_notebook(cells=[new_code_cell("x", outputs=[png, svg])]), title="t")
    assert '<img src="data:image/png;base64,QUJD" alt="A chart" width="300">' in html
    assert base64.b64encode(b"<svg/>").decode() in html


def test_the_notebook_is_not_changed():
    notebook = everywhere("x")
    before = str(notebook)
    render_html(notebook, title="t")
    assert str(notebook) == before
