"""A variable of Stata, SPSS or SAS: codes with labels, codes that mean "missing", dates counted from long ago."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

import pyarrow as pa

from wrangler.importing.readers.typed_cells import EXACT_IN_DOUBLE, Marks, as_moment
from wrangler.importing.report import Report

SHOWN = 10

Cell = float | str | date | time | None


def code_text(code: float | str) -> str:
    """A code as people write it: -9, not -9.0."""
    return str(int(code)) if isinstance(code, float) and code.is_integer() else str(code)


@dataclass
class Variable:
    """One variable: what its values are, and how each is written for the conversion that follows."""

    name: str
    marks: Marks
    labels: Mapping[float | str, str]
    ranges: Sequence[Mapping[str, Any]] = ()
    is_numeric: bool = True
    may_be_whole: bool = True
    keeps_codes: bool = False
    markers: Counter[str] = field(default_factory=Counter)
    seen: dict[float | str, None] = field(default_factory=dict)
    types: set[type] = field(default_factory=set)
    values: int = 0
    are_whole: bool = True
    are_labelled: bool = True

    def marker_of(self, value: object) -> str | None:
        """The marker that a value is: blank, a letter (Stata and SAS write .a), or in a range declared as missing."""
        if value == "":
            return ""
        if self.is_numeric and isinstance(value, str):
            return f".{value.lower()}"
        for bounds in self.ranges:
            if isinstance(value, type(bounds["lo"])) and bounds["lo"] <= value <= bounds["hi"]:
                return code_text(value)
        return self.marks.of(value)

    def see(self, values: Sequence[Any]) -> None:
        """Count some values."""
        for value in values:
            if value is None or value != value:  # noqa: PLR0124 - not a number
                continue
            marker = self.marker_of(value)
            if marker is not None:
                self.markers[marker] += 1
                continue
            self.values += 1
            self.types.add(type(value))
            if isinstance(value, float) and self.are_whole:
                self.are_whole = value.is_integer() and abs(value) <= EXACT_IN_DOUBLE
            if self.are_labelled:
                self.are_labelled = value in self.labels
                self.seen[value] = None

    @property
    def is_category(self) -> bool:
        return bool(self.labels) and self.values > 0 and self.are_labelled and not self.keeps_codes

    def categories(self) -> dict[float | str, str]:
        """Label by code in the codes' order, unused ones included; doubled labels get their code."""
        codes = {code: text for code, text in self.labels.items() if self.marker_of(code) is None}
        uses = Counter(codes.values())
        ordered = sorted(codes.items(), key=lambda item: (isinstance(item[0], str), item[0]))
        return {code: text if uses[text] == 1 and text else f"{text} ({code_text(code)})" for code, text in ordered}

    def arrow_type(self) -> pa.DataType:
        if self.is_category or not self.is_numeric or not self.types:
            return pa.string()
        if self.types <= {date, datetime}:
            return pa.timestamp("us")
        if self.types <= {int, float}:
            is_whole = self.types == {int} or (self.may_be_whole and self.are_whole)
            return pa.int64() if is_whole else pa.float64()
        return pa.string()

    def array(self, values: Sequence[Any]) -> pa.Array:
        """Some values as the staged column holds them."""
        kind, labels = self.arrow_type(), self.categories() if self.is_category else None
        return pa.array([self._convert(value, kind, labels) for value in values], kind)

    def _convert(self, value: Cell, kind: pa.DataType, labels: dict[float | str, str] | None) -> Cell:
        if value is None or value != value or self.marker_of(value) is not None:  # noqa: PLR0124 - not a number
            return None
        if isinstance(value, date) and pa.types.is_timestamp(kind):
            return as_moment(value)
        if isinstance(value, date | time):
            return value.isoformat()
        if labels is not None:
            return labels[value]
        if pa.types.is_integer(kind):
            return int(value)
        return code_text(value) if pa.types.is_string(kind) else value

    def report_to(self, report: Report) -> None:
        """Note what differs from the values in the file."""
        if self.is_category:
            listed = ", ".join(f"{code_text(code)} = {text}" for code, text in list(self.categories().items())[:SHOWN])
            report.converted(self.name, "labels", self.values, f"Codes became their labels: {listed}.")
        elif self.labels and self.values and not self.are_labelled:
            listed = ", ".join(f"{code_text(code)} = {text}" for code, text in list(self.labels.items())[:SHOWN])
            report.suspect(self.name, "partly_labelled", f"Kept as codes: only some have a label ({listed}).")
        if self.types == {time}:
            report.converted(self.name, "rendered", self.values, "Times of day became text.")
