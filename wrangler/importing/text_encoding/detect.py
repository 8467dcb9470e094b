"""The encoding of a text that is not UTF-8 and for which none was declared, judged by evidence from the whole file.

Only the encodings of `CHOSEN` are ever taken unasked, and only where no other reading is about as likely; else the
likely ones are named and the choice is left to the user.
"""

import codecs
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from wrangler.importing.text_encoding.languages import ENCODINGS, Encoding
from wrangler.importing.text_encoding.plausibility import Sense, sense_of

CHUNK_BYTES = 1 << 20
CHOSEN = frozenset({"cp1252", "latin-1", "cp932"})
ASCII = bytes(range(128))
HIGH = re.compile(rb"[\x80-\xff]")
SEPARATOR = re.compile(rb'[\t\r\n",;]')  # none of these is the second byte of a character in any encoding judged
FIELDS = 1000
FIELDS_OF_CHUNK = 100
LONGEST_FIELD = 200
OVERLAP_BYTES = 4096
AS_LIKELY = math.log(20)
LEGIBLE = 0.004
LEGIBLE_PAIRS = 2e-5
UTF8_SHARE = 0.05
MOST_NAMED = 4
HEAD_BYTES = 1 << 16
NUL_SHARE = 0.05


@dataclass(frozen=True)
class Evidence:
    """Different fields with bytes beyond ASCII, and all such bytes that the file uses."""

    fields: tuple[bytes, ...]
    high: bytes


@dataclass(frozen=True)
class Guess:
    """`encoding` is None where the evidence does not decide; `candidates` are the likely ones, the likeliest first."""

    encoding: str | None
    reason: str
    candidates: tuple[str, ...] = ()


def gather(path: Path) -> Evidence:
    """Read the file once, a chunk at a time."""
    fields: dict[bytes, None] = {}
    high = b""
    with path.open("rb") as file:
        for place, chunk in enumerate(iter(lambda: file.read(CHUNK_BYTES), b"")):
            if new := chunk.translate(None, ASCII + high):
                high += bytes(sorted(set(new)))
            is_last = len(chunk) < CHUNK_BYTES
            for count, field in enumerate(_fields(chunk, is_first=place == 0, is_last=is_last)):
                if len(fields) >= FIELDS or count >= FIELDS_OF_CHUNK:
                    break
                fields[field] = None
    return Evidence(tuple(fields), high)


def _fields(chunk: bytes, *, is_first: bool, is_last: bool) -> Iterator[bytes]:
    """The fields with bytes beyond ASCII that lie wholly within the chunk; long ones without their end."""
    at = 0
    while found := HIGH.search(chunk, at):
        low = max(at, found.start() - OVERLAP_BYTES)
        edges = [edge.end() for edge in SEPARATOR.finditer(chunk, low, found.start())]
        start = edges[-1] if edges else (0 if is_first and not low else None)
        end = SEPARATOR.search(chunk, found.end())
        if end is None and not is_last:
            return
        at = end.start() if end else len(chunk)
        if start is not None:
            yield chunk[start : min(at, start + LONGEST_FIELD)]


def wide_encoding(path: Path) -> str | None:
    """UTF-16 without a byte order mark: zeros in every other place only, and beside most line ends."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    head = head[: len(head) // 2 * 2]
    even, odd = head[::2], head[1::2]
    for name, low, high in (("utf-16-le", even, odd), ("utf-16-be", odd, even)):
        ends = [mark == 0 for letter, mark in zip(low, high, strict=True) if letter in b"\r\n"]
        has_zeros = 0 not in low and high.count(0) > NUL_SHARE * len(high)
        if has_zeros and sum(ends) > len(ends) / 2:
            return name
    return None


@dataclass(frozen=True)
class Reading:
    """The fields in one encoding; `weight` is the logarithm of how likely that is, before it is compared."""

    encoding: Encoding
    texts: tuple[str, ...]
    sense: Sense

    @property
    def weight(self) -> float:
        return self.sense.log_likelihood + math.log(self.encoding.prior)

    @property
    def is_legible(self) -> bool:
        return self.sense.per_character > (LEGIBLE_PAIRS if self.encoding.is_multibyte else LEGIBLE)


def guess(evidence: Evidence) -> Guess:
    """Weigh all encodings against each other on the fields that were met."""
    if not evidence.fields:
        return Guess(None, "no field is short enough to judge by")
    readings = [reading for reading in _readings(evidence) if reading.is_legible]
    likely = tuple(r.encoding.name for r in readings if r.weight >= readings[0].weight - AS_LIKELY)[:MOST_NAMED]
    if not readings:
        return Guess(None, "in no encoding that is known here does it look like words")
    best = readings[0].encoding
    mixed = sum(_decoded(field, "utf-8") is not None for field in evidence.fields) / len(evidence.fields)
    if mixed > UTF8_SHARE or (mixed and not best.is_multibyte):
        return Guess(None, f"{mixed:.0%} of the fields in question are UTF-8, so the file mixes encodings", likely)
    if len(likely) > 1 or best.name not in CHOSEN:
        return Guess(
            None, f"it looks like {best.title}" if len(likely) == 1 else "the evidence does not decide", likely
        )
    return Guess(best.name, _reason(best, evidence), likely)


def _readings(evidence: Evidence) -> list[Reading]:
    """Every encoding in which all that was met is text, the likeliest first; of like readings the first one listed."""
    found: dict[tuple[str, ...], Reading] = {}
    for encoding in ENCODINGS:
        if not encoding.is_multibyte and _decoded(evidence.high, encoding.name) is None:
            continue
        texts = tuple(text for field in evidence.fields if (text := _decoded(field, encoding.name)) is not None)
        if len(texts) == len(evidence.fields) and texts not in found:
            found[texts] = Reading(encoding, texts, sense_of(texts, encoding))
    return sorted(found.values(), key=lambda reading: -reading.weight)


def _decoded(field: bytes, encoding: str) -> str | None:
    """The text, or None where it is none; a character that the field's end cut is left out."""
    try:
        decoder = codecs.getincrementaldecoder(encoding)()
        return decoder.decode(field, final=len(field) < LONGEST_FIELD)
    except (UnicodeDecodeError, LookupError):  # the latter where memory is too short to load a codec
        return None


def _reason(encoding: Encoding, evidence: Evidence) -> str:
    count = len(evidence.fields)
    fields = f"{count:,} different fields" if count > 1 else "one field"
    return f"it is not UTF-8, and {fields} beyond ASCII make sense as {encoding.title} text and as no other"
