"""Missing-value markers and the reasons that they stand for."""

from wrangler.importing.missing.markers import (
    EMPTY,
    ISO_DAY,
    QUOTED_EMPTY,
    STANDARD,
    codes_of,
    days_of,
    has_codes,
    lookup,
    markers_of,
)
from wrangler.importing.missing.reasons import OTHER, count_reasons, reason_of, reasons_by_marker

__all__ = [
    "EMPTY",
    "ISO_DAY",
    "OTHER",
    "QUOTED_EMPTY",
    "STANDARD",
    "codes_of",
    "count_reasons",
    "days_of",
    "has_codes",
    "lookup",
    "markers_of",
    "reason_of",
    "reasons_by_marker",
]
