"""Cells of a sheet: each has a type of its own, so a column's type is what its cells agree on."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

import pyarrow as pa

from wrangler.importing.missing import EMPTY, codes_of, days_of
from wrangler.importing.report import Report

EXACT_IN_DOUBLE = 2**53
KINDS: dict[type, str] = {
    bool: "boolean",
    int: "number",
    float: "number",
    str: "text",
    date: "date",
    datetime: "date",
    time: "time",
    timedelta: "duration",
}


def as_text(value: object) -> str:
    """A cell as text: whole numbers without a point, dates and times in ISO."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < EXACT_IN_DOUBLE:
        return str(int(value))
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value.total_seconds())
    return str(value)


def as_moment(value: date) -> datetime:
    """A day, or a moment of one, as the moment that a column of dates holds."""
    if isinstance(value, datetime):
        return value
    return datetime(value.year, value.month, value.day)  # noqa: DTZ001 - such cells have no zone


class Marks:
    """The markers that apply to one column whose cells have types: texts, and codes that are numbers or days."""

    def __init__(self, wanted: Sequence[str]) -> None:
        self._words = {marker.strip() for marker in wanted}
        self._codes = codes_of(wanted)
        self._days = days_of(wanted)

    def of(self, value: object) -> str | None:
        """The marker that a cell is, or None."""
        if isinstance(value, str):
            word = value.strip()
            return word if word in self._words else None
        if self._codes and isinstance(value, float | int) and not isinstance(value, bool):
            return self._codes.get(value)
        if self._days and isinstance(value, date):
            return self._days.get(as_moment(value))
        return None


@dataclass
class Stage:
    """What one column's cells are, and how each is written for the conversion that follows."""

    name: str
    marks: Marks
    markers: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    first_of: dict[str, int] = field(default_factory=dict)
    are_whole: bool = True
    example: str | None = None

    def _marker(self, value: object) -> str | None:
        return EMPTY if value == "" else self.marks.of(value)

    def see(self, value: object, row: int) -> None:
        """Count one cell; `row` is the number that a spreadsheet shows beside it."""
        marker = self._marker(value)
        if marker is not None:
            self.markers[marker] += 1
            return
        kind = KINDS[type(value)]
        self.kinds[kind] += 1
        self.first_of.setdefault(kind, row)
        if isinstance(value, float | int) and kind == "number" and self.are_whole:
            self.are_whole = float(value).is_integer() and abs(value) <= EXACT_IN_DOUBLE
        elif isinstance(value, str) and self.example is None:
            self.example = value[:100]

    @property
    def kind(self) -> str:
        """The one kind of all cells, else text."""
        if len(self.kinds) != 1:
            return "text"
        [kind] = self.kinds
        return "integer" if kind == "number" and self.are_whole else kind

    def arrow_type(self) -> pa.DataType:
        types = {
            "boolean": pa.bool_(),
            "integer": pa.int64(),
            "number": pa.float64(),
            "date": pa.timestamp("us"),
            "duration": pa.float64(),
        }
        return types.get(self.kind, pa.string())

    def convert(self, value: object) -> str | float | datetime | None:
        """The cell as the staged column holds it."""
        if self._marker(value) is not None:
            return None
        kind = self.kind
        if kind == "integer" and isinstance(value, float | int):
            return int(value)
        if kind == "duration" and isinstance(value, timedelta):
            return value.total_seconds()
        if kind == "date" and isinstance(value, date):
            return as_moment(value)
        return value if kind in {"number", "boolean"} and isinstance(value, float | int) else as_text(value)

    def report_to(self, report: Report) -> None:
        """Note what became of cells that did not agree."""
        total = self.kinds.total()
        if len(self.kinds) > 1:
            listed = ", ".join(
                f"{count:,} {kind} from row {self.first_of[kind]:,} on" for kind, count in self.kinds.most_common()
            )
            example = f" An example of text is {self.example!r}." if self.example is not None else ""
            report.suspect(self.name, "mixed", f"Kept as text: its cells are of several kinds ({listed}).{example}")
        elif self.kind == "duration":
            report.converted(self.name, "duration", total, "Durations became numbers of seconds.")
        elif self.kind == "time":
            report.converted(self.name, "rendered", total, "Times of day became text.")
