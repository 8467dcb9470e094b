"""The import report: what was found, what was changed, what looks odd. Filled while reading, never edited after."""

from dataclasses import asdict, dataclass, field
from typing import Any

from wrangler.importing.missing import reason_of


@dataclass
class Report:
    """Facts about one import, in words and figures; `as_dict` is what people get."""

    format: str = ""
    bytes: int = 0
    packing: str | None = None
    encoding: str | None = None
    encoding_choice: dict[str, Any] | None = None
    delimiter: str | None = None
    quote: str | None = None
    decimal: str | None = None
    thousands: str | None = None
    sheet: str | None = None
    sheets: list[str] = field(default_factory=list)
    rows: int = 0
    columns: int = 0
    markers: dict[str, dict[str, int]] = field(default_factory=dict)
    missing_reasons: dict[str, dict[str, int]] = field(default_factory=dict)
    conversions: list[dict[str, Any]] = field(default_factory=list)
    date_formats: dict[str, str] = field(default_factory=dict)
    suspected_markers: list[dict[str, Any]] = field(default_factory=list)
    suspicions: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def note(self, sentence: str) -> None:
        if sentence not in self.notes:
            self.notes.append(sentence)

    def converted(self, column: str, kind: str, count: int, message: str) -> None:
        """A change of values: `count` cells of `column` differ from the text of the file."""
        self.conversions.append({"column": column, "kind": kind, "count": count, "message": message})

    def suspect(self, column: str, kind: str, message: str) -> None:
        """Something odd that was left as it is."""
        self.suspicions.append({"column": column, "kind": kind, "message": message})

    def suspect_marker(self, column: str, value: str, count: int, reason: str) -> None:
        """A value that may stand for "missing"; proposed to the user, never applied."""
        kind = reason_of(value)
        found = {"column": column, "value": value, "count": count, "kind": kind, "reason": reason}
        self.suspected_markers.append(found)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)
