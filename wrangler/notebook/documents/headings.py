"""The headings of a notebook: what a person watching a run is shown."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

_EMPHASIS = re.compile(r"\*+|`")
_HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*\s*$", re.MULTILINE)


def first_heading(cells: Sequence[Mapping[str, Any]]) -> str:
    """The first heading of any Markdown cell, or nothing."""
    return next((heading for cell in cells if (heading := _first_in(cell))), "")


def text_below_heading(cells: Sequence[Mapping[str, Any]]) -> str:
    """The paragraph under the first heading, on one line and plain: the notebook's description."""
    for cell in cells:
        if cell["cell_type"] == "markdown":
            paragraphs = "".join(cell["source"]).split("\n\n")
            paragraph = next((one for one in paragraphs if one.strip() and not _HEADING.search(one)), "")
            if paragraph:
                return " ".join(_EMPHASIS.sub("", paragraph).split())
    return ""


def heading_before(cells: Sequence[Mapping[str, Any]], index: int) -> str:
    """The heading under which the cell at `index` stands, or nothing."""
    for cell in reversed(cells[: index + 1]):
        if cell["cell_type"] == "markdown" and (found := _HEADING.findall("".join(cell["source"]))):
            return str(found[-1])
    return ""


def _first_in(cell: Mapping[str, Any]) -> str:
    found = _HEADING.search("".join(cell["source"])) if cell["cell_type"] == "markdown" else None
    return found[1] if found else ""
