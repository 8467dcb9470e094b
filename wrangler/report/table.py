"""Tables as plain, escaped HTML that reads well in JupyterLab, in the HTML report and in print."""

import html
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from numbers import Integral, Real
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from wrangler.report.wording import count_words, grouped

Format: TypeAlias = Literal["percent", "number", "count", "change", "percent_change", "verdict", "text"]

_NUMERIC_FORMATS = {"percent", "number", "count", "change", "percent_change"}
_NOTHING = "\N{EN DASH}"
_MINUS = "\N{MINUS SIGN}"
_SMALLEST_SHARE = 0.001
_MANY_ROWS = 16
_FIRST_ROWS = 12
_MOST_ROWS = 200
_MOST_COLUMNS = 60
_LONG = 40
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
    """

    frame: pd.DataFrame
    caption: str = ""
    formats: Mapping[str, Format] = field(default_factory=dict)
    hide_index: bool = False
    folded: bool = False
    marked: npt.NDArray[np.bool_] | None = None

    def to_html(self) -> str:
        """Give the table as an HTML fragment without script, style or outside address."""
        shown = self._shown()
        head = self._head(shown)
        rows = [
            self._row(place, label, values)
            for place, (label, values) in enumerate(zip(shown.index, _rows(shown), strict=True))
        ]
        left = "".join(f"<p class='note'>… and {words} more.</p>" for words in self._left_words(shown))
        if self.folded:
            return _folded(self.caption, _table("", head, rows) + left)
        if len(rows) <= _MANY_ROWS:
            return _table(self.caption, head, rows) + left
        more = _table("", head, rows[_FIRST_ROWS:]) + left
        summary = f"{len(self.frame) - _FIRST_ROWS:,} more rows"
        return _table(self.caption, head, rows[:_FIRST_ROWS]) + _folded(summary, more)

    def _head(self, shown: pd.DataFrame) -> str:
        headings = [_heading(name, is_numeric=self._is_numeric(place)) for place, name in enumerate(shown.columns)]
        if not self.hide_index:
            headings.insert(0, _heading("" if shown.index.name is None else shown.index.name, is_numeric=False))
        return "".join(headings)

    def _shown(self) -> pd.DataFrame:
        return self.frame.iloc[:_MOST_ROWS, :_MOST_COLUMNS]

    def _left_words(self, shown: pd.DataFrame) -> list[str]:
        left = zip(self.frame.shape, shown.shape, ("row", "column"), strict=True)
        return [count_words(whole - part, noun) for whole, part, noun in left if whole > part]

    def _row(self, place: int, label: object, values: tuple[object, ...]) -> str:
        heading = "" if self.hide_index else f'<th scope="row">{html.escape(_as_text(label))}</th>'
        marked = [False] * len(values) if self.marked is None else self.marked[place]
        cells = (
            _cell(value, self.formats.get(str(name)), is_filled=bool(is_filled))
            for name, value, is_filled in zip(self.frame, values, marked, strict=False)
        )
        return f"<tr>{heading}{''.join(cells)}</tr>"

    def _is_numeric(self, position: int) -> bool:
        column = self.frame.iloc[:, position]
        style = self.formats.get(str(column.name))
        return style in _NUMERIC_FORMATS or (style is None and is_numeric_dtype(column) and not is_bool_dtype(column))

    def _repr_mimebundle_(self, **_kwargs: Any) -> dict[str, str]:  # noqa: ANN401 - IPython's protocol
        return {"text/html": self.to_html(), "text/plain": f"{self.caption}\n{self._shown().to_string()}"}


def _table(caption: str, head: str, rows: list[str]) -> str:
    title = f"<caption>{html.escape(caption)}</caption>" if caption else ""
    return f"<table>{title}<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _folded(summary: str, content: str) -> str:
    return f"<details class='data'><summary>{html.escape(summary)}</summary>{content}</details>"


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
        return _number_text(value, style)
    return _as_text(value)


def _number_text(value: Real, style: Format | None) -> str:
    number = float(value)
    if style == "percent":
        return _percent_text(number)
    if style in {"change", "percent_change"}:
        return _signed(number, 3) if style == "change" else f"{_signed(number * 100, 1)} %"
    if isinstance(value, Integral) or style == "count":
        return grouped(round(number))
    if number == 0 or _PLAIN_RANGE[0] <= abs(number) < _PLAIN_RANGE[1]:
        digits = 2 if number == 0 else max(0, 2 - math.floor(math.log10(abs(number))))
        return grouped(number, digits)
    return f"{number:.2e}"


def _signed(number: float, digits: int) -> str:
    rounded = round(number, digits)
    return f"{rounded:+.{digits}f}".replace("-", _MINUS) if rounded else f"{0:.{digits}f}"


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
