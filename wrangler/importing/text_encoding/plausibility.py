# ruff: noqa: RUF001 - letters and marks of many scripts are meant
"""How much sense a piece of text makes when it is read in some encoding, judged letter by letter."""

import math
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from wrangler.importing.text_encoding.languages import ADJOINING, APART, BETWEEN_LETTERS, Encoding, script_of

VOWELS = frozenset("aeiouyæœøıðþ")  # the last two take no part, and so may stand anywhere
DASHES = frozenset("–—")
ODD_CASE = 0.02
TWO_SCRIPTS = 0.02
ODD_PLACE = 0.02
LONG_RUN = 0.3
LONGER_RUN = 0.05


@dataclass(frozen=True)
class Sense:
    """The logarithm of how likely the characters beyond ASCII are, and how many of them there are."""

    log_likelihood: float
    characters: int

    @property
    def per_character(self) -> float:
        """Their geometric mean."""
        return math.exp(self.log_likelihood / self.characters) if self.characters else 0.0


def sense_of(texts: Sequence[str], encoding: Encoding) -> Sense:
    """Judged in the language that suits the texts best."""
    counts: Counter[str] = Counter()
    strain = 0.0
    for text in texts:
        for place, character in enumerate(text):
            if character > "\x7f":
                counts[character] += 1
                strain += _strain(text, place, encoding)
    best = max(
        math.log(language.prior)
        + sum(count * math.log(language.share(character)) for character, count in counts.items())
        for language in encoding.languages
    )
    return Sense(best + strain, counts.total())


def _strain(text: str, place: int, encoding: Encoding) -> float:
    """The logarithm of how odd it is to meet the character where it stands; 0 where it is at home."""
    before, character, after = text[:place][-1:], text[place], text[place + 1 : place + 2]
    if encoding.is_multibyte:
        is_odd = "｡" <= character <= "ﾟ" and _has_ascii_letter(before + after)
        return math.log(TWO_SCRIPTS) if is_odd else 0.0
    if not character.isalpha() or character in ADJOINING or character in APART:
        return math.log(ODD_PLACE) if _is_odd_symbol(before, character, after) else 0.0
    odds = ODD_CASE if after.isdigit() else 1.0
    if (before.islower() and character.isupper()) or (character.islower() and after.isupper()):
        odds *= ODD_CASE
    if character.islower() and before.isupper() and text[: place - 1][-1:].isupper():
        odds *= ODD_CASE
    if not encoding.is_latin and _has_ascii_letter(before + after):
        odds *= TWO_SCRIPTS
    if encoding.is_latin and script_of(character) == "LATIN":
        odds *= _odds_of_run(text, place)
    return math.log(odds)


def _is_odd_symbol(before: str, character: str, after: str) -> bool:
    if character in BETWEEN_LETTERS:
        return False
    beside = (before.isalpha(), after.isalpha())
    if any(other > "\x7f" and not other.isalpha() for other in (before, after)):
        return True
    if character in DASHES:
        return beside[0] != beside[1]
    return all(beside) if character in ADJOINING else any(beside)


def _has_ascii_letter(text: str) -> bool:
    return any(character.isascii() and character.isalpha() for character in text)


def _odds_of_run(text: str, place: int) -> float:
    """Vowels and consonants take turns in every language: long runs of either are seldom."""
    kind = _is_vowel(text[place])
    start = end = place
    while start and text[start - 1].isalpha() and _is_vowel(text[start - 1]) == kind:
        start -= 1
    while end + 1 < len(text) and text[end + 1].isalpha() and _is_vowel(text[end + 1]) == kind:
        end += 1
    length = end - start + 1
    return 1.0 if length < 3 else LONG_RUN if length == 3 else LONGER_RUN  # noqa: PLR2004 - runs of three occur


def _is_vowel(letter: str) -> bool:
    return unicodedata.normalize("NFD", letter.lower())[0] in VOWELS
