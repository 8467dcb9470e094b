"""Names and numbers as a person would write them, in pictures, tables and sentences."""

import math
import re
from collections.abc import Iterable
from itertools import takewhile

_FIRST_PARTED = 10_000
_WORTH_SHORTENING = 6
_SMALLEST_P_VALUE = 0.001


def short_label(name: object, width: int = 24) -> str:
    """Shorten a name in the middle, so that common beginnings and distinct endings both stay readable."""
    text = " ".join("".join(letter if letter.isprintable() else " " for letter in str(name)).split())
    if len(text) <= width:
        return text or "(no name)"
    head = (width - 1) * 3 // 5
    return f"{text[:head]}…{text[len(text) - (width - 1 - head) :]}"


def short_labels(names: Iterable[object], width: int = 24) -> list[str]:
    """Shorten several names; when that would hide what distinguishes them, leave out the beginning they share."""
    texts = [str(name) for name in names]
    if len(texts) > 1 and max(map(len, texts)) > width:
        shared = re.sub(r"[^\W_]+$", "", _shared_beginning(min(texts), max(texts)))
        texts = [f"…{text[len(shared) :]}" for text in texts] if len(shared) > _WORTH_SHORTENING else texts
    return [short_label(text, width) for text in texts]


def _shared_beginning(left: str, right: str) -> str:
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(left, right, strict=False)))
    return left[:same]


def count_words(number: int, noun: str) -> str:
    """Write a count with its noun: "1 cell", "1,234 cells"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def grouped(number: float, digits: int = 0) -> str:
    """Write a value with its thousands parted from 10,000 on: a year or a gram stays as people write it."""
    return f"{number:,.{digits}f}" if abs(number) >= _FIRST_PARTED else f"{number:.{digits}f}"


def name_list(names: Iterable[object], most: int = 4) -> str:
    """Join names for a sentence: the first few, then how many more."""
    labels = short_labels(names, 40)
    if len(labels) <= most:
        return ", ".join(labels)
    return f"{', '.join(labels[:most])} and {len(labels) - most:,} more"


def p_value_words(p_value: float) -> str:
    """Write a p-value as statisticians do: three decimals, or a bound."""
    if math.isnan(p_value):
        return "\N{EN DASH}"
    return f"{p_value:.3f}" if p_value >= _SMALLEST_P_VALUE else f"<\N{NO-BREAK SPACE}{_SMALLEST_P_VALUE}"


def interval_digits(low: float, high: float) -> int:
    """Decimals that distinguish the ends of an interval: two, or up to four."""
    distinguishing = (digits for digits in (2, 3) if f"{low:.{digits}f}" != f"{high:.{digits}f}")
    return 2 if low == high or math.isnan(low + high) else next(distinguishing, 4)


def interval_words(value: float, low: float, high: float) -> str:
    """Write a value with its interval, unbroken by lines; nothing when there is no value."""
    if math.isnan(value):
        return "\N{EN DASH}"
    digits = interval_digits(low, high)
    text = f"{value:.{digits}f}"
    if not math.isnan(low + high):
        text += f" ({low:.{digits}f} to {high:.{digits}f})"
    return text.replace("-", "\N{MINUS SIGN}").replace(" ", "\N{NO-BREAK SPACE}")
