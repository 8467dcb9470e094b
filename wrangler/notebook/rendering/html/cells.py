"""The template's view of cells: prose, code, headings and whether a cell was run."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup
from nbconvert.filters.highlight import Highlight2HTML
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat import NotebookNode

from wrangler.notebook.rendering.html.cleaning import clean_html

_HEADING = re.compile(r"^(#{1,6})[ \t]+(.+?)[ \t]*#*$", re.MULTILINE)
_MARKS = re.compile(r"[*_`]")
_highlight = Highlight2HTML(pygments_lexer="python")  # type: ignore[no-untyped-call]


@dataclass(frozen=True)
class Heading:
    """A heading for the table of contents; `cell` is the place of its cell in the notebook, from 1."""

    text: str
    level: int
    cell: int


def contents(cells: Sequence[NotebookNode]) -> list[Heading]:
    """The headings of the second level, one per Markdown cell at most."""
    found = []
    for place, cell in enumerate(cells, start=1):
        match = _HEADING.search(cell.source) if cell.cell_type == "markdown" and not is_failure_note(cell) else None
        if match and len(match[1]) == 2:  # noqa: PLR2004 - level two
            found.append(Heading(_MARKS.sub("", match[2]), len(match[1]), place))
    return found


def title_place(cells: Sequence[NotebookNode]) -> int:
    """The place, from 1, of the first Markdown cell that belongs to the notebook itself; 0 when there is none."""
    places = (
        place for place, cell in enumerate(cells, 1) if cell.cell_type == "markdown" and not is_failure_note(cell)
    )
    return next(places, 0)


def markdown_html(source: str) -> Markup:
    """Markdown as HTML; HTML inside it is shown as text."""
    renderer = IPythonRenderer(escape=True, exclude_anchor_links=True)
    return Markup(clean_html(MarkdownWithMath(renderer=renderer).render(source)))  # noqa: S704 - cleaned


def highlighted(source: str) -> Markup:
    """Python source with its words marked; pygments escapes the text."""
    return Markup(_highlight(source))  # noqa: S704 - escaped by pygments


def has_tag(cell: NotebookNode, tag: str) -> bool:
    return tag in cell.metadata.get("tags", [])


def is_failure_note(cell: NotebookNode) -> bool:
    """Whether the cell was inserted to report that the run failed."""
    return bool(cell.metadata.get("wrangler", {}).get("note")) or has_tag(cell, "papermill-error-cell-tag")


def status_of(cell: NotebookNode) -> str:
    """Whether a code cell is "done", "failed" or "not run"; "done" when nothing is known."""
    return str(cell.metadata.get("wrangler", {}).get("status", "done"))
