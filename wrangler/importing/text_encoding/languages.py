# ruff: noqa: RUF001 - letters of many scripts are what this module is about
"""The encodings that a text may be in, each with the languages it writes and how often these use their letters.

Per language its letters beyond ASCII, the frequent ones first where that is known.
"""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

WEST = (
    "üäöß", "éèàêçôâîûùëïœæ", "áíóéñúü", "ãçáéíóõêâúàô", "àèéìòù", "øåæé", "äöåé", "áðíéóúþýöæ", "ëéïöèü",
)  # fmt: skip
CENTRAL = ("łąęóśżćńź", "áíéěšřžčýůúťďňó", "áéöóőíüúű", "áíéčšžľýúťňďôäĺŕó", "ăîâşţ", "čšžćđ", "üäöß")
BALTIC = ("õäöüšž", "āšīēņžķūčģļ", "ėšžųįčūąę", "łąęóśżćńź")
TURKISH = ("ışğİüçö",)
SELDOM = {"ëïéöèü": 0.1, "áðéíóúþýöæ": 0.03}  # Dutch and Icelandic: Lithuanian and Turkish look like them
RUSSIAN = ("оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё", "аоинветсрктлудмзбпгяшчцщйюжхєії")
GREEK = ("αοιετςσνηυρπκμλωάίόέήγδχθύφβώξζψϊϋ",)
HEBREW = ("יוהלאמרבתשנםדעקפחטגסזןכצךףץ",)
ARABIC = ("اليمنرتبودعةسحفقكأهشجصخطءذزثضىغئإظؤآ",)
THAI = ("านรกอเงมยลวดทสตะปบคหแจพชขใไโผธซศณฉ่้ิีัุูื็์ำ",)

UPPER_SHARE = 0.2
HALF_WIDTH_SHARE = 0.8
OTHER_LETTER = 0.002
SYMBOL = 0.01
UNIT = 0.05
STRANGE = 1e-5
UNITS = frozenset("°µ€£")
ADJOINING = frozenset("°ºª²³¹µ®™©«»“”„‚‘’–—…·•¿¡§\u00a0\u00ad")  # at home beside a letter
BETWEEN_LETTERS = frozenset("’·\u00ad")
APART = frozenset("€£¥¢±×÷½¼¾≤≥†‡‰∞")  # at home beside digits only
CURRENT, FORMER, USUAL = 1.0, 0.1, 30.0  # how much more often one meets an encoding than the others


@dataclass(frozen=True)
class Language:
    """`share` is the probability of one character beyond ASCII."""

    share: Callable[[str], float]
    prior: float = CURRENT


@dataclass(frozen=True)
class Encoding:
    """An encoding with the languages that are written in it."""

    name: str
    title: str
    languages: tuple[Language, ...]
    is_latin: bool = True
    prior: float = CURRENT
    is_multibyte: bool = False


def _shares(letters: str) -> dict[str, float]:
    """Letters are the rarer the later they stand; small letters outnumber capitals, where a script has them."""
    if letters.upper() == letters:
        return dict.fromkeys(letters, 1 / len(letters))
    total = sum(1 / rank for rank in range(1, len(letters) + 1))
    small = {letter: (1 - UPPER_SHARE) / rank / total for rank, letter in enumerate(letters, 1)}
    return {letter.upper(): share * UPPER_SHARE for letter, share in small.items()} | small


def _of_letters(letters: str) -> Callable[[str], float]:
    shares, script = _shares(letters), script_of(letters[0])

    @cache
    def score(character: str) -> float:
        if character in shares:
            return shares[character]
        if character in ADJOINING or character in APART:
            return UNIT if character in UNITS else SYMBOL
        return OTHER_LETTER if character.isalpha() and script_of(character) == script else STRANGE

    return score


def script_of(letter: str) -> str:
    """The first word of the letter's Unicode name: LATIN, GREEK, CYRILLIC and so on."""
    return unicodedata.name(letter, "NONE").partition(" ")[0]


def _share(character: str, groups: tuple[tuple[str, float], ...]) -> float:
    return next((share for alphabet, share in groups if alphabet[0] <= character <= alphabet[-1]), 0.0)


def _lead(character: str, encoding: str) -> int:
    """The first byte of the character in a national standard, which orders its characters from frequent to rare."""
    try:
        data = character.encode(encoding)
    except UnicodeEncodeError:
        return 0
    return data[0] if len(data) == 2 else 0  # noqa: PLR2004 - the standards' characters are pairs


def _of_east_asia(
    standard: str, levels: tuple[tuple[int, float], ...], *, hiragana: float = 1e-4, katakana: float = 1e-4
) -> Callable[[str], float]:
    """Kana, then the standard's ideographs (or syllables) by their level: up to which first byte, with which share."""
    groups = (("ぁゖ", hiragana / 83), ("ァー", katakana / 90), ("\u3000〟", 3e-4), ("！～", 3e-4), ("｡ﾟ", 1e-4))

    @cache
    def score(character: str) -> float:
        found = _share(character, groups)
        lead = _lead(character, standard)
        return found or next((share for last, share in levels if 0 < lead <= last), 1e-7)

    return score


def _half_width(character: str) -> float:
    """Japanese as banks and old machines write it, all in katakana of half width."""
    return HALF_WIDTH_SHARE / 63 if "｡" <= character <= "ﾟ" else (1 - HALF_WIDTH_SHARE) * _JAPANESE(character)


def _single(name: str, title: str, languages: tuple[str, ...], prior: float = CURRENT) -> Encoding:
    is_latin = script_of(languages[0][0]) == "LATIN"
    language_models = tuple(Language(_of_letters(letters), SELDOM.get(letters, CURRENT)) for letters in languages)
    return Encoding(name, title, language_models, is_latin, prior)


_JAPANESE = _of_east_asia(
    "euc_jp", ((0xA0, 1e-7), (0xAF, 1e-5), (0xCF, 1.2e-4), (0xFE, 3e-6)), hiragana=0.5, katakana=0.15
)
_LOAN_WORDS = _of_east_asia("euc_jp", ((0xCF, 5e-5), (0xFE, 1e-6)), hiragana=0.1, katakana=0.7)
_CHINESE = _of_east_asia("gb2312", ((0xA0, 1e-7), (0xAF, 1e-5), (0xD7, 2.3e-4), (0xFE, 5e-6)))
_TAIWANESE = _of_east_asia("big5", ((0xA0, 1e-7), (0xA3, 1e-5), (0xC6, 1.6e-4), (0xFE, 3e-6)))
_KOREAN = _of_east_asia("euc_kr", ((0xA0, 1e-7), (0xAF, 1e-5), (0xC8, 4e-4), (0xFE, 2e-6)))

ENCODINGS = (
    _single("cp1252", "Western European", WEST, USUAL),
    _single("latin-1", "Western European", WEST),
    Encoding(
        "cp932",
        "Japanese, Shift-JIS",
        (Language(_JAPANESE), Language(_LOAN_WORDS), Language(_half_width)),
        is_latin=False,
        is_multibyte=True,
    ),
    _single("iso8859-15", "Western European", WEST),
    _single("mac_roman", "Western European, old Mac", WEST, FORMER),
    _single("cp850", "Western European, DOS", WEST, FORMER),
    _single("cp437", "Western European, DOS", WEST, FORMER),
    _single("cp1250", "Central European", CENTRAL),
    _single("iso8859-2", "Central European", CENTRAL),
    _single("cp852", "Central European, DOS", CENTRAL, FORMER),
    _single("cp1254", "Turkish", TURKISH),
    _single("cp1257", "Baltic", BALTIC),
    _single("cp1251", "Cyrillic", RUSSIAN),
    _single("koi8-r", "Cyrillic", RUSSIAN),
    _single("cp866", "Cyrillic, DOS", RUSSIAN, FORMER),
    _single("cp1253", "Greek", GREEK),
    _single("iso8859-7", "Greek", GREEK),
    _single("cp1255", "Hebrew", HEBREW),
    _single("cp1256", "Arabic", ARABIC),
    _single("cp874", "Thai", THAI),
    Encoding(
        "euc_jp", "Japanese, EUC", (Language(_JAPANESE), Language(_LOAN_WORDS)), is_latin=False, is_multibyte=True
    ),
    Encoding("gb18030", "Chinese", (Language(_CHINESE),), is_latin=False, is_multibyte=True),
    Encoding("big5", "Chinese, Taiwan", (Language(_TAIWANESE),), is_latin=False, is_multibyte=True),
    Encoding("cp949", "Korean", (Language(_KOREAN),), is_latin=False, is_multibyte=True),
)
