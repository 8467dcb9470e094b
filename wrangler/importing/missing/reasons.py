"""Why a value is missing, as far as its marker shows: refused, unknown and not applicable are different facts."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

REASONS = (
    ("refused", r"refus|declin|prefer(s|red)? not|no answer|not stated|^ref$"),
    ("unknown", r"do(es)?( ?n['o]?t| not) know|unknown|unsure|not sure|can('|no)?t say|^dk$|undetermined"),
    ("not_applicable", r"not applicable|inapplicable|does( ?n['o]?t| not) apply|skipped|not asked|^n\.?a\.?p\.?$"),
    ("error", r"^#(value|ref|div/0|name|null|num)[!?]|^err:\d+"),
)
OTHER = "missing"


def reason_of(text: str) -> str:
    """The missing reason that a marker, or its label, names; `missing` where it names none."""
    word = text.strip().lower()
    return next((reason for reason, pattern in REASONS if re.search(pattern, word)), OTHER)


def count_reasons(markers: Mapping[str, int], labels: Mapping[str, str]) -> dict[str, int]:
    """How many cells are missing for each reason."""
    counts: Counter[str] = Counter()
    for marker, count in markers.items():
        counts[reason_of(labels.get(marker, marker))] += count
    return dict(counts)


def reasons_by_marker(columns: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    """Of each column with several missing reasons, the reason of each marker.

    Cells that are missing without a marker have the reason `missing`.
    """
    found = {}
    for column in columns:
        labels, markers = column.get("marker_labels", {}), column["markers"]
        reasons = {marker: reason_of(labels.get(marker, marker)) for marker in markers}
        unmarked = column["missing"] > sum(markers.values())
        if len({*reasons.values(), *([OTHER] if unmarked else [])}) > 1:
            found[column["name"]] = reasons
    return found
