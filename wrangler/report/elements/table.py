"""Tables as plain, escaped HTML that reads well in JupyterLab, in the HTML report and in print."""

import html
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import groupby
from numbers import Integral, Real
from operator import itemgetter
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from wrangler.report.elements.wording import count_words, grouped

Format: TypeAlias = Literal["percent", "number", "count", "change", "percent_change", "verdict", "text"]

_NUMERIC_FORMATS = {"percent", "number", "count", "change", "percent_change"}
_NOTHING = "\N{EN DASH}"
_MINUS = "\N{MINUS SIGN}"
_ENDLESS = "\N{INFINITY}"
_SMALLEST_SHARE = 0.001
_MANY_ROWS = 16
_FIRST_ROWS = 12
_MOST_ROWS = 200
_MOST_COLUMNS = 60
_LONG = 40
_FEW_DIGITS = 100
_MOST_LETTERS = 200
_PLAIN_RANGE = (1e-3, 1e6)


@dataclass(frozen=True)
class Table:
    """A small table with a caption.

    Attributes
    ----------
    frame : DataFrame
        Shown with its index as row headings, unless `hide_index`.
    caption : str
        One line above the table.
    formats : mapping of column name to format
        "percent" (a share), "number" (three significant digits), "count", "change" (signed, three decimals),
        "percent_change" (signed share), "verdict" (booleans), "text"; columns that are not named are shown by the type
        of each value.
    folded : bool
        Show only the caption until the reader opens it.
    marked : ndarray of bool, same shape as `frame`, or None
        Cells that are marked as filled.
    grouped_by : str or None
        A column of `frame` that is not shown as one: each new value in it stands over the rows that have it.
    """

    frame: pd.DataFrame
    caption: str = ""
    formats: Mapping[str, Format] = field(default_factory=dict)
    hide_index: bool = False
    folded: bool = False
    marked: npt.NDArray[np.bool_] | None = None
    grouped_by: str | None = None

    def to_html(self) -> str:
        """Give the table as an HTML fragment without script, style or outside address."""
        shown = self._shown()
        head = self._head(shown)
        bodies = self._bodies(shown)
        left = "".join(f"<p class='note'>… and {words} more.</p>" for words in self._left_words(shown))
        if self.folded:
            return _folded(self.caption, _table("", head, bodies) + left)
        if len(shown) <= _MANY_ROWS:
            return _table(self.caption, head, bodies) + left
        first, rest = _parted(bodies)
        summary = f"{len(self.frame) - sum(body.rows for body in first):,} more rows"
        return _table(self.caption, head, first) + _folded(summary, _table("", head, rest) + left, "data more")

    def _bodies(self, shown: pd.DataFrame) -> list["_Body"]:
        """The rows, those of each group in a body of their own under its heading."""
        rows = [
            self._row(place, label, values)
            for place, (label, values) in enumerate(zip(shown.index, _rows(shown), strict=True))
        ]
        if self.grouped_by is None:
            return [_Body(rows)]
        width = shown.shape[1] + (not self.hide_index)
        groups = self.frame[self.grouped_by].iloc[: len(rows)].astype(object)
        return [
            _Body([row for _, row in group], str(heading), width)
            for heading, group in groupby(zip(groups, rows, strict=True), key=itemgetter(0))
        ]

    def _head(self, shown: pd.DataFrame) -> str:
        headings = [_heading(name, is_numeric=self._is_numeric(place)) for place, name in enumerate(shown.columns)]
        if not self.hide_index:
            name = shown.index.name
            headings.insert(0, "<td></td>" if name is None else _heading(name, is_numeric=False))
        return "".join(headings)

    def _shown(self) -> pd.DataFrame:
        return self._columns().iloc[:_MOST_ROWS, :_MOST_COLUMNS]

    def _columns(self) -> pd.DataFrame:
        return self.frame if self.grouped_by is None else self.frame.drop(columns=self.grouped_by)

    def _left_words(self, shown: pd.DataFrame) -> list[str]:
        left = zip(self._columns().shape, shown.shape, ("row", "column"), strict=True)
        return [count_words(whole - part, noun) for whole, part, noun in left if whole > part]

    def _row(self, place: int, label: object, values: tuple[object, ...]) -> str:
        heading = "" if self.hide_index else f'<th scope="row">{html.escape(_as_text(label))}</th>'
        marked = [False] * len(values) if self.marked is None else self.marked[place]
        cells = (
            _cell(value, self.formats.get(str(name)), is_filled=bool(is_filled))
            for name, value, is_filled in zip(self._columns(), values, marked, strict=False)
        )
        return f"<tr>{heading}{''.join(cells)}</tr>"

    def _is_numeric(self, position: int) -> bool:
        column = self._columns().iloc[:, position]
        style = self.formats.get(str(column.name))
        return style in _NUMERIC_FORMATS or (style is None and is_numeric_dtype(column) and not is_bool_dtype(column))

    def _repr_mimebundle_(self, **_kwargs: object) -> dict[str, str]:
        plain = self.frame.iloc[:_MOST_ROWS, :_MOST_COLUMNS].to_string()
        return {"text/html": self.to_html(), "text/plain": f"{self.caption}\n{plain}"}


@dataclass(frozen=True)
class _Body:
    """Rows that belong together, and what stands over them."""

    cells: list[str]
    heading: str | None = None
    width: int = 1

    @property
    def rows(self) -> int:
        return len(self.cells)

    def to_html(self) -> str:
        text = "" if self.heading is None else html.escape(_as_text(self.heading))
        over = f'<tr class="group"><th scope="rowgroup" colspan="{self.width}">{text}</th></tr>' if text else ""
        return f"<tbody>{over}{''.join(self.cells)}</tbody>"


def _parted(bodies: list[_Body]) -> tuple[list[_Body], list[_Body]]:
    """The first few rows, and the others; groups stay whole."""
    if len(bodies) == 1:
        [whole] = bodies
        return [_Body(whole.cells[:_FIRST_ROWS])], [_Body(whole.cells[_FIRST_ROWS:])]
    reached = np.cumsum([body.rows for body in bodies])
    cut = max(int(np.searchsorted(reached, _FIRST_ROWS, side="right")), 1)
    return bodies[:cut], bodies[cut:]


def _table(caption: str, head: str, bodies: list[_Body]) -> str:
    title = f"<caption>{html.escape(caption)}</caption>" if caption else ""
    rows = "".join(body.to_html() for body in bodies)
    return f"<table>{title}<thead><tr>{head}</tr></thead>{rows}</table>"


def _folded(summary: str, content: str, classes: str = "data") -> str:
    return f"<details class='{classes}'><summary>{html.escape(summary)}</summary>{content}</details>"


def _heading(name: object, *, is_numeric: bool) -> str:
    return f'<th scope="col"{" class=num" if is_numeric else ""}>{html.escape(str(name))}</th>'


def _cell(value: object, style: Format | None, *, is_filled: bool) -> str:
    numeric = isinstance(value, Real) and not isinstance(value, bool)
    classes = ["num"] if numeric or style in _NUMERIC_FORMATS else []
    if style == "verdict" and isinstance(value, bool):
        classes.append("good" if value else "warn")
    written = format_value(value, style)
    if len(written) > _LONG:
        classes.append("long")
    text = html.escape(written)
    if is_filled:
        classes.append("filled")
        text = f"<mark>{text}</mark>"
    return f'<td class="{" ".join(classes)}">{text}</td>' if classes else f"<td>{text}</td>"


def format_value(value: object, style: Format | None = None) -> str:
    """Write one value as a person would: three significant digits, thousands parted, a dash for nothing."""
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and math.isnan(value)):
        return _NOTHING
    if isinstance(value, bool):
        return ("holds" if value else "fails") if style == "verdict" else ("yes" if value else "no")
    if isinstance(value, Real):
        number = float(value)
        text = str(number).replace("inf", _ENDLESS) if math.isinf(number) else _number_text(value, style)
        return f"{_MINUS}{text[1:]}" if text.startswith("-") else text
    return _as_text(value)


def _number_text(value: Real, style: Format | None) -> str:
    number = float(value)
    if style == "percent":
        return _percent_text(number)
    if style in {"change", "percent_change"}:
        return _signed(number, 3) if style == "change" else f"{_signed(number * 100, 1)} %"
    if style == "count":
        return f"{round(number):,}"
    if isinstance(value, Integral):
        return grouped(round(number))
    if number == 0 or _PLAIN_RANGE[0] <= abs(number) < _PLAIN_RANGE[1]:
        number = float(f"{number:.3g}") if abs(number) < _FEW_DIGITS else number
        digits = 2 if number == 0 else max(0, 2 - math.floor(math.log10(abs(number))))
        return grouped(number, digits)
    return f"{number:.2e}"


def _signed(number: float, digits: int) -> str:
    rounded = round(number, digits)
    if rounded:
        return f"{rounded:+.{digits}f}"
    return f"under {10**-digits:.{digits}f}" if number else "0"


def _percent_text(share: float) -> str:
    if share == 0:
        return "0 %"
    return f"under {_SMALLEST_SHARE * 100:.1f} %" if 0 < share < _SMALLEST_SHARE else f"{share * 100:.1f} %"


def _as_text(value: object) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, tuple | list) else str(value)
    return text if len(text) <= _MOST_LETTERS else f"{text[: _MOST_LETTERS - 1]}…"


def _rows(frame: pd.DataFrame) -> list[tuple[object, ...]]:
    """Give the rows as plain Python values, each column keeping its own type."""
    if not frame.shape[1]:
        return [()] * len(frame)
    columns = [frame.iloc[:, position].astype(object).tolist() for position in range(frame.shape[1])]
    return list(zip(*columns, strict=True))


def size_words(size: float) -> str:
    """Write a number of bytes as a person would: "1.23 MB"."""
    for unit in ("bytes", "kB", "MB"):
        if size < 1000:  # noqa: PLR2004 - the step between units
            return f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:.3g} GB"
