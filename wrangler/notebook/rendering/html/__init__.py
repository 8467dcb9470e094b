"""An executed notebook as HTML: one file, no script, no outside address, safe for hostile cell values.

`render_html` is the only public name. `report.html.j2`, an nbconvert template, lists at its top what it is given.
"""

from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from markupsafe import Markup
from nbconvert.exporters.templateexporter import TemplateExporter
from nbformat import NotebookNode

from wrangler.notebook.rendering.html.cells import (
    contents,
    has_tag,
    highlighted,
    is_failure_note,
    markdown_html,
    status_of,
    title_place,
)
from wrangler.notebook.rendering.html.outputs import output_html
from wrangler.notebook.rendering.html.settings import settings_of

__all__ = ["render_html"]

_HERE = Path(__file__).parent


def render_html(notebook: NotebookNode, *, title: str) -> str:
    """The notebook as one HTML document.

    Parameters
    ----------
    notebook : NotebookNode
        As executed; it is not changed. Cells may carry `metadata.wrangler.status`: "done", "failed" or "not run".
    title : str
        What the document is called; any text.

    Returns
    -------
    str
        HTML without script, frame, form, link or address that leaves the document.
    """
    html, _ = _exporter().from_notebook_node(notebook, resources={"title": title})
    return str(html)


class _ReportExporter(TemplateExporter):
    """nbconvert with this folder's template, escaping by default, and none of nbconvert's own preprocessors."""

    file_extension = ".html"
    output_mimetype = "text/html"
    template_paths = [str(_HERE)]  # noqa: RUF012 - a traitlet
    template_file = "report.html.j2"
    preprocessors: list[Any] = []  # noqa: RUF012 - a traitlet
    default_preprocessors: list[Any] = []  # noqa: RUF012 - a traitlet

    def default_filters(self) -> Iterator[tuple[str, Callable[..., object]]]:
        yield from super().default_filters()  # type: ignore[no-untyped-call]
        yield "contents", contents
        yield "failure_note", is_failure_note
        yield "has_tag", has_tag
        yield "highlighted", highlighted
        yield "markdown", markdown_html
        yield "output", output_html
        yield "settings", settings_of
        yield "status", status_of
        yield "title_place", title_place


@lru_cache(maxsize=1)
def _exporter() -> _ReportExporter:
    exporter = _ReportExporter()  # type: ignore[no-untyped-call]
    exporter.environment.autoescape = True
    stylesheet = (_HERE / "report.css").read_text(encoding="utf-8")
    exporter.environment.globals["stylesheet"] = Markup(stylesheet)  # noqa: S704 - our own file
    return exporter
