"""Texts that stand for "missing": the standard set, the user's choice, and the SQL that looks them up."""

import contextlib
import re
from collections.abc import Sequence
from datetime import datetime

from wrangler.importing.options import ImportOptions
from wrangler.tables import literal

EMPTY = ""
QUOTED_EMPTY = '""'
ISO_DAY = "%Y-%m-%d"
STANDARD = (
    EMPTY, "NA", "N/A", "n/a", "NaN", "nan", "-NaN", "-nan", "NULL", "null", "None", "<NA>", "#N/A", "#NA",
    "#N/A N/A", "1.#QNAN", "-1.#QNAN", "1.#IND", "-1.#IND",
)  # fmt: skip


def markers_of(column: str, options: ImportOptions, standard: tuple[str, ...] = STANDARD) -> tuple[str, ...]:
    """The markers that apply to one column: its own, else the file's, else the standard ones; and what was added."""
    base = standard if options.missing_markers is None else tuple(options.missing_markers)
    if column in options.column_missing_markers:
        base = tuple(options.column_missing_markers[column])
    return tuple(dict.fromkeys([*base, *options.added_missing_markers.get(column, [])]))


def lookup(markers: tuple[str, ...], *, with_empty: bool = False) -> str | None:
    """A DuckDB map of the markers that have letters in them: a look-up in it costs a fifth of an IN list."""
    words = {marker.strip() for marker in markers} - {EMPTY, QUOTED_EMPTY}
    if with_empty:
        words.add(EMPTY)
    if not words:
        return None
    return "MAP {" + ", ".join(f"{literal(word)}: true" for word in sorted(words)) + "}"


def codes_of(markers: Sequence[str]) -> dict[float, str]:
    """The markers that are numbers: they stand for missing among cells that are numbers, too."""
    codes = {}
    for marker in markers:
        with contextlib.suppress(ValueError):
            codes[float(marker)] = marker.strip()
    return codes


def days_of(markers: Sequence[str]) -> dict[datetime, str]:
    """The markers that are days written as 1900-01-01: they stand for missing among cells that are dates, too."""
    days = {}
    for marker in markers:
        with contextlib.suppress(ValueError):
            days[datetime.strptime(marker.strip(), ISO_DAY)] = marker.strip()  # noqa: DTZ007 - cells without a zone
    return days


def has_codes(markers: tuple[str, ...]) -> bool:
    """Whether a marker reads as a value (-999, true, 1900-01-01), so that it must be taken out before a conversion."""
    return any(
        re.match(r"\s*([+-]?[.]?\d|true|false)", marker, re.IGNORECASE) for marker in set(markers) - set(STANDARD)
    )
