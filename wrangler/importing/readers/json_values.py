"""JSON values without loss: numbers keep their digits until the type of their column is known."""

import json
import math
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from wrangler.importing.errors import Code, refusal
from wrangler.importing.readers.typed_cells import EXACT_IN_DOUBLE, Marks
from wrangler.importing.report import Report

EXACT_DIGITS = 17
LARGEST_INTEGER = 2**63
LONGEST_INTEGER = 20


class HugeInteger(str):
    """The digits of a whole number that no column of integers holds."""

    __slots__ = ()


class LongNumber(float):
    """A number written with more digits than double precision keeps."""

    __slots__ = ()


KINDS: dict[type, str] = {
    bool: "boolean",
    int: "integer",
    HugeInteger: "integer",
    float: "number",
    LongNumber: "number",
    str: "text",
}

JsonScalar = str | bool | None
"""A JSON value by `verbatim_decoder` that is neither an object nor a list: numbers are texts."""


def _integer(text: str) -> int | HugeInteger:
    if len(text) > LONGEST_INTEGER or not -LARGEST_INTEGER <= int(text) < LARGEST_INTEGER:
        return HugeInteger(text)
    return int(text)


def _number(text: str) -> float:
    if len(text) > EXACT_DIGITS and len(text.lower().split("e")[0].replace(".", "").lstrip("-0")) > EXACT_DIGITS:
        return LongNumber(text)
    return float(text)


def _record(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) < len(pairs):
        [(name, _)] = Counter(name for name, _ in pairs).most_common(1)
        message = f"A record has the key '{name[:100]}' more than once; it cannot be known which value holds."
        raise refusal(Code.DUPLICATE_COLUMNS, message)
    return record


def inferring_decoder() -> json.JSONDecoder:
    """Values by their kind, for inferring the type of a column."""
    return json.JSONDecoder(object_pairs_hook=_record, parse_int=_integer, parse_float=_number)


def verbatim_decoder() -> json.JSONDecoder:
    """Numbers as they are spelt, for writing a column of a known type."""
    return json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str)


@dataclass
class Member:
    """One key of the records: what its values are, and how each is written for the conversion that follows."""

    name: str
    marks: Marks
    markers: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    first_of: dict[str, int] = field(default_factory=dict)
    present: int = 0
    long_digits: int = 0
    infinite: int = 0
    not_a_number: int = 0
    has_huge: bool = False
    has_inexact: bool = False

    def see(self, value: object, record: int) -> None:
        """Count one value."""
        self.present += 1
        if value is None:
            return
        marker = self.marks.of(value)
        if marker is not None:
            self.markers[marker] += 1
            return
        kind = KINDS.get(type(value), "nested")
        self.kinds[kind] += 1
        self.first_of.setdefault(kind, record)
        if isinstance(value, HugeInteger):
            self.has_huge = self.has_inexact = True
        elif isinstance(value, int):
            self.has_inexact |= abs(value) > EXACT_IN_DOUBLE
        elif isinstance(value, float):
            self.long_digits += isinstance(value, LongNumber)
            self.infinite += math.isinf(value)
            self.not_a_number += math.isnan(value)
        elif kind == "nested":
            raise refusal(
                Code.NESTED_COLUMNS,
                f"Record {record} holds an object or a list under '{self.name[:100]}'. A table has one value a cell: "
                "take such values apart, or leave them out.",
                lines=[record],
            )

    @property
    def kind(self) -> str:
        """The one kind of all values, else text."""
        kinds = set(self.kinds)
        if kinds == {"integer"} and not self.has_huge:
            return "integer"
        if kinds and kinds <= {"integer", "number"} and not self.has_inexact:
            return "number"
        return "boolean" if kinds == {"boolean"} else "text"

    def arrow_type(self) -> pa.DataType:
        types = {"integer": pa.int64(), "number": pa.float64(), "boolean": pa.bool_()}
        return types.get(self.kind, pa.string())

    def convert(self, value: JsonScalar) -> str | float | None:
        """The value as the staged column holds it; numbers come as they are spelt."""
        if value is None or self.marks.of(value) is not None:
            return None
        kind = self.kind
        if kind == "text":
            return ("true" if value else "false") if isinstance(value, bool) else value
        if kind == "number":
            number = float(value)
            return number if math.isfinite(number) else None
        return int(value) if kind == "integer" else value

    def report_to(self, report: Report) -> None:
        """Note what differs from the text of the file."""
        if len(set(self.kinds) - {"integer"}) > ("number" in self.kinds) or self.kinds.keys() >= {"integer", "text"}:
            counts = ", ".join(
                f"{count:,} {kind} (first in record {self.first_of[kind]:,})"
                for kind, count in self.kinds.most_common()
            )
            report.suspect(self.name, "mixed", f"Kept as text: its values are of several kinds: {counts}.")
        elif self.kind == "text" and "integer" in self.kinds:
            report.suspect(
                self.name, "big_integers", "Kept as text: some values are whole numbers too big to be kept exactly."
            )
        if self.kind != "number":
            return
        changes = (
            (self.infinite, "infinite", "Infinite values (Infinity, 1e400) became missing."),
            (self.not_a_number, "not_a_number", "Values that are NaN became missing."),
            (self.long_digits, "rounded", "Values of more than 17 digits were rounded to double precision."),
        )
        for count, kind, message in changes:
            if count:
                report.converted(self.name, kind, count, message)
