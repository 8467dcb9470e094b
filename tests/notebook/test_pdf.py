"""Reports as PDF: real files from a process that reaches nothing and is held to its limits."""

import re
import threading
import warnings
import zlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from tests.required import missing_capability
from wrangler.errors import NotInstalled, Unprintable
from wrangler.notebook.rendering.html import render_html
from wrangler.notebook.rendering.pdf import PdfLimits, write_pdf
from wrangler.notebook.rendering.pdf_child import lay_out

pytestmark = pytest.mark.slow

LIMITS = PdfLimits(seconds=120, memory_bytes=1024**3)
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
INSIDE = f"<img alt=dot src='data:image/png;base64,{PNG}'>"
VECTORS = {
    "picture": "<img alt=x src='{}'>",
    "sheet": "<link rel=stylesheet href='{}'>",
    "import": "<style>@import url({});</style>",
    "background": "<p style='background: url({})'>x</p>",
    "font": "<style>@font-face {{ font-family: f; src: url({}) }} em {{ font-family: f }}</style><em>x</em>",
    "attachment": "<link rel=attachment href='{}'>",
    "attached": "<a rel=attachment href='{}'>x</a>",
    "object": "<object data='{}'></object>",
    "embed": "<embed src='{}'>",
    "svg": '<svg width=9 height=9><image width="9" height="9" href="{}"></image></svg>',
    "nested": "<img alt=x src='data:image/svg+xml,"
    '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><image width="9" height="9" href="{}"/></svg>\'>',
}


@pytest.fixture(scope="module")
def weasyprint() -> ModuleType:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            import weasyprint
    except (ImportError, OSError):
        missing_capability("no WeasyPrint or no Pango on this machine")
    return weasyprint


@pytest.fixture
def listener() -> Iterator[tuple[str, set[str]]]:
    """An address, and the paths under it that somebody asked for."""
    asked: set[str] = set()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.add(self.path.removeprefix("/"))
            self.send_error(404)

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    thread.join()
    server.server_close()


def page(body: str, title: str = "t") -> str:
    head = f"<head><meta charset=utf-8><title>{title}</title></head>"
    return f"<!DOCTYPE html><html lang=en>{head}<body>{body}</body></html>"


def hostile(address: str) -> str:
    return page("".join(vector.format(f"{address}/{name}") for name, vector in VECTORS.items()))


def printed(tmp_path: Path, html: str, limits: PdfLimits = LIMITS) -> bytes:
    (tmp_path / "report.html").write_text(html, encoding="utf-8")
    target = tmp_path / "paper" / "report.pdf"
    target.parent.mkdir(exist_ok=True)
    try:
        write_pdf(tmp_path / "report.html", target, limits)
    finally:
        assert {path.name for path in target.parent.iterdir()} <= {target.name}
    return target.read_bytes()


def opened(made: bytes) -> bytes:
    """A PDF with what is packed in it laid open."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", made, re.DOTALL)
    return made + b"".join(zlib.decompressobj().decompress(one) for one in streams if one[:1] == b"x")


def words(document: Any) -> list[str]:
    """The text of each page, its margins included."""
    pages = []
    for sheet in document.pages:
        boxes = sheet._page_box.descendants()
        pages.append(" ".join(box.text for box in boxes if getattr(box, "text", None)))
    return pages


def test_a_report_becomes_a_tagged_pdf_with_its_pictures(weasyprint: ModuleType, tmp_path: Path) -> None:
    made = printed(tmp_path, page(f"<h1>Report</h1>{INSIDE}"))
    inside = opened(made)

    assert made.startswith(b"%PDF-1.7")
    assert made.rstrip().endswith(b"%%EOF")
    assert b"/Subtype /Image" in inside
    assert b"/MarkInfo <</Marked true" in inside
    assert b"/Alt (dot)" in inside
    assert len(re.findall(rb"/Type /Page\b", inside)) == 1


def test_paper_has_numbers_and_a_running_title_and_no_code(weasyprint: ModuleType) -> None:
    cells = [
        new_markdown_cell("# Long report"),
        new_code_cell("dataset_name: str = 'x'  # Its name", metadata={"tags": ["parameters"]}),
        new_code_cell("dataset_name = 'penguins.csv'", metadata={"tags": ["injected-parameters"]}),
        new_code_cell("secret_code = 1", outputs=[new_output("display_data", {"text/plain": "line\n" * 150})]),
    ]
    first, *others = words(lay_out(weasyprint, render_html(new_notebook(cells=cells), title="t")))

    assert f"1 / {1 + len(others)}" in first
    assert len(others) >= 2
    for number, text in enumerate(others, start=2):
        assert f"{number} / {1 + len(others)}" in text
        assert "Long report" in text
        assert "penguins.csv" in text
    assert "secret_code" not in "".join([first, *others])


def test_short_tables_stay_whole(weasyprint: ModuleType) -> None:
    rows = "".join(f"<tr><th>row{place}</th><td>1</td></tr>" for place in range(20))
    table = f"<table><thead><tr><th>name</th><td>x</td></tr></thead><tbody>{rows}</tbody></table>"
    outputs = [new_output("display_data", {"text/html": table}) for _ in range(4)]
    notebook = new_notebook(cells=[new_markdown_cell("# T"), new_code_cell("1", outputs=outputs)])
    pages = words(lay_out(weasyprint, render_html(notebook, title="t")))

    assert sum(text.count("row0 ") for text in pages) == 4
    assert all(text.count("row0 ") == text.count("row19 ") for text in pages)


def test_without_a_guard_the_hostile_page_reaches_out(weasyprint: ModuleType, listener: Any) -> None:
    address, asked = listener
    weasyprint.HTML(string=hostile(address)).write_pdf()

    assert asked == set(VECTORS)


def test_the_guard_alone_lets_nothing_out(weasyprint: ModuleType, listener: Any) -> None:
    address, asked = listener
    document = lay_out(weasyprint, hostile(address))
    document.write_pdf()

    assert asked == set()


def test_files_of_the_machine_are_not_read(weasyprint: ModuleType, tmp_path: Path) -> None:
    canary = tmp_path / "canary.svg"
    canary.write_text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text y="9">canary</text></svg>')
    body = "".join(vector.format(canary.as_uri()) for vector in VECTORS.values())
    made = printed(tmp_path, page(body))

    assert b"/EmbeddedFile" not in opened(made)
    assert b"/EmbeddedFile" in opened(weasyprint.HTML(string=page(body)).write_pdf())


def test_a_page_that_takes_too_long_is_refused(weasyprint: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(Unprintable, match=r"longer than 0\.5 seconds; read it as HTML") as refused:
        printed(tmp_path, page("<p>x</p>" * 100_000), PdfLimits(seconds=0.5, memory_bytes=1024**3))

    assert refused.value.code == "pdf_timed_out"


def test_a_page_that_takes_too_much_memory_is_refused(weasyprint: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(Unprintable, match="more than the 64 MB it may use") as refused:
        printed(tmp_path, page("<p>x</p>" * 100_000), PdfLimits(seconds=120, memory_bytes=64 * 1024**2))

    assert refused.value.code == "pdf_out_of_memory"


def test_a_page_that_breaks_the_printer_is_refused(weasyprint: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(Unprintable, match="failed; read it as HTML"):
        printed(tmp_path, page("<div>" * 5000))


def test_without_weasyprint_the_error_names_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("wrangler.notebook.rendering.pdf.find_spec", lambda _: None)
    with pytest.raises(NotInstalled, match=r"wrangler\[pdf\].*libpango-1\.0-0"):
        printed(tmp_path, page("x"))


def test_without_pango_the_error_names_what_to_install(
    weasyprint: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "weasyprint.py").write_text("raise OSError('cannot load library libpango-1.0.so.0: no such file')")
    environment = {"PATH": "/bin", "PYTHONPATH": f"{tmp_path}:{Path(__file__).parents[2]}"}
    monkeypatch.setattr("wrangler.notebook.rendering.pdf.server_environment", lambda _: environment)
    with pytest.raises(NotInstalled, match=r"libpango-1\.0-0 .*: cannot load library libpango-1\.0\.so\.0"):
        printed(tmp_path, page("x"))
