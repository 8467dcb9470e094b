"""Ways of reading a text column as a type: the SQL that converts, and the SQL that tests that nothing is lost."""

from dataclasses import dataclass

from wrangler.importing.column_types.evidence import (
    DATE_FORMATS,
    DIGITS_IN_DOUBLE,
    EXACT_IN_DOUBLE,
    ISO_SHAPE,
    LONGEST_EXACT_ISO,
    ZONED_SHAPE,
    Style,
    matches,
)
from wrangler.importing.options import ImportOptions
from wrangler.tables import ColumnType, literal

TRUE_WORDS = "('true', 't', 'yes', 'y', '1')"
FALSE_WORDS = "('false', 'f', 'no', 'n', '0')"
PLAIN = Style(".")
VALUE = "{v}"
CAST_VALUE = "{d}"
PLAIN_DAY = "????-??-?[0-9]"
PLAIN_SECOND = PLAIN_DAY + "[T ][0-9][0-9]:[0-9][0-9]:[0-9][0-9]"
PLAIN_FRACTION = PLAIN_SECOND + ".*"


@dataclass(frozen=True)
class Reading:
    """One way of reading; `{v}` in `cast` and `fits` stands for the trimmed text, put there by `typed` and `holds`.

    `cast` gives the typed value or NULL. `fits` holds where the value comes back from it as it was written, so that a
    cast which quietly takes 007, 1_000 or 2^63 + 0.5 is never used on such values.

    Most cells are written in the plainest way, so a cheap test comes first: where `plain` holds of a whole cell `{v}`
    and its `draft` `{d}`, the cell fits, and the draft is its typed value. Where it does not, `fits` decides.
    """

    type: ColumnType
    cast: str = ""
    fits: str = ""
    style: Style = PLAIN
    draft: str = ""
    plain: str = ""
    format: str | None = None
    is_zoned: bool = False
    is_asked_for: bool = False

    @property
    def is_text(self) -> bool:
        return self.type in {"text", "category"}

    def typed(self, value: str, *, is_finite: bool = False) -> str:
        """The SQL of the typed value, or of NULL; a plain cast does for numbers known to be finite."""
        if is_finite and self.type == "number":
            return f"try_cast({self.style.plain(value)} AS DOUBLE)"
        return self.cast.replace(VALUE, value)

    def holds(self, value: str) -> str:
        """The SQL of whether the value comes back as it was written."""
        return f"coalesce({self.fits.replace(VALUE, value)}, false)"


TEXT = Reading("text")
INTEGER = Reading(
    "integer",
    f"try_cast({VALUE} AS BIGINT)",
    f"try_cast({VALUE} AS BIGINT)::VARCHAR = {VALUE}",
    draft=f"try_cast({VALUE} AS BIGINT)",
    plain=f"{CAST_VALUE}::VARCHAR = {VALUE}",
)
SIGNED = Reading(
    "integer",
    f"try_cast({VALUE} AS BIGINT)",
    matches(VALUE, r"[+-]?(0|[1-9]\d{0,18})")
    + f" AND NOT (starts_with({VALUE}, '+') AND strlen({VALUE}) > 7) AND try_cast({VALUE} AS BIGINT) IS NOT NULL",
)
BOOLEAN = Reading(
    "boolean",
    f"CASE WHEN lower({VALUE}) = 'true' THEN true WHEN lower({VALUE}) = 'false' THEN false END",
    f"lower({VALUE}) IN ('true', 'false')",
    draft=f"try_cast({VALUE} AS BOOLEAN)",  # which takes "yes" and "1" too
    plain=f"(strlen({VALUE}) >= {len('true')} AND {CAST_VALUE} IS NOT NULL)",
)


def number(style: Style) -> Reading:
    """Finite double precision; infinite values fit, as they are counted and become missing."""
    double = f"try_cast({style.plain(VALUE)} AS DOUBLE)"
    cast = f"CASE WHEN isfinite({double}) THEN {double} END"
    if not style.is_plain:
        shape = matches(VALUE, style.pattern)
        return Reading("number", cast, f"({shape} AND NOT {_zero_first()} AND {_is_exact(double)})", style)
    fits = (
        f"({double} IS NOT NULL AND NOT isnan({double}) AND NOT {_zero_first()} AND NOT contains({VALUE}, '_') "
        f"AND NOT (starts_with({VALUE}, '+') AND strlen({VALUE}) > 7) AND {_is_exact(double)})"
    )
    return Reading("number", cast, fits, style, draft=f"try_cast({VALUE} AS DOUBLE)", plain=_plain_number())


def _plain_number() -> str:
    """A digit other than zero first, or a zero and a point; no more digits than double precision keeps."""
    zero = f"({VALUE} >= '0.' AND {VALUE} < '0/') OR {VALUE} = '0' OR ({VALUE} >= '-0.' AND {VALUE} < '-0/')"
    below = f"{zero} OR ({VALUE} >= '-1' AND {VALUE} < '.')"
    digits = f"strlen(replace(ltrim({VALUE}, '-0.'), '.', ''))"
    short = (
        f"CASE WHEN strlen({VALUE}) <= {DIGITS_IN_DOUBLE} THEN true "
        f"WHEN strlen({VALUE}) = {DIGITS_IN_DOUBLE + 1} AND contains({VALUE}, '.') THEN true "
        f"ELSE {digits} <= {DIGITS_IN_DOUBLE} END"
    )
    starts = f"CASE WHEN {VALUE} >= '1' THEN true ELSE {below} END"
    return f"{starts} AND abs({CAST_VALUE}) < {EXACT_IN_DOUBLE} AND {short} AND NOT contains({VALUE}, '_')"


def _zero_first() -> str:
    """Whether a zero stands before another digit: a comparison of texts costs a tenth of a pattern."""
    starts = [f"({VALUE} >= '{sign}00' AND {VALUE} < '{sign}0:')" for sign in ("", "-", "+")]
    return f"({' OR '.join(starts)})"


def _is_exact(double: str) -> str:
    """Small enough for double precision to hold every whole number, or not written as a whole number."""
    small = f"abs({double}) < {EXACT_IN_DOUBLE}"
    return f"CASE WHEN {small} THEN true ELSE NOT " + matches(VALUE, r"[+-]?\d+") + " END"


def iso(*, is_zoned: bool) -> Reading:
    """Dates and instants in ISO 8601; with zones they become UTC."""
    shape, zoned = matches(VALUE, ISO_SHAPE), matches(VALUE, ZONED_SHAPE)
    kind = "TIMESTAMPTZ" if is_zoned else "TIMESTAMP"
    cast = f"try_cast({VALUE} AS {kind})"
    zone = zoned if is_zoned else f"(strlen({VALUE}) = 10 OR NOT {zoned})"
    fits = f"({shape} AND {zone} AND try_cast({VALUE} AS TIMESTAMP) >= TIMESTAMP '0001-01-01')"
    if is_zoned:
        return Reading("date", cast, fits, is_zoned=True)
    return Reading("date", cast, fits, draft=cast, plain=_plain_moment())


def _plain_moment() -> str:
    """Digits wherever a cast would take blanks or signs as well; other texts are left to the cast."""
    shaped = f"{VALUE} GLOB '{PLAIN_DAY}' OR {VALUE} GLOB '{PLAIN_SECOND}'"
    fraction = f"{VALUE} GLOB '{PLAIN_FRACTION}' AND strlen({VALUE}) <= {LONGEST_EXACT_ISO}"
    fraction += f" AND replace({VALUE}, 'T', ' ') = {CAST_VALUE}::VARCHAR"
    return f"CASE WHEN {shaped} THEN {VALUE} >= '0001' AND {CAST_VALUE} IS NOT NULL ELSE {fraction} END"


def formatted(fmt: str) -> Reading:
    """Dates in one of the other usual formats."""
    cast = f"try_strptime({VALUE}, {literal(fmt)})"
    shape = matches(VALUE, DATE_FORMATS[fmt])
    return Reading("date", cast, f"({shape} AND {cast} IS NOT NULL)", format=fmt)


def asked(kind: ColumnType, style: Style, options: ImportOptions) -> Reading:
    """The lenient reading that a user asked for by `types`; what it cannot read is counted as a failure."""
    cast = _asked_cast(kind, style, options)
    fits = f"({cast}) IS NOT NULL"
    if kind == "number":
        double = f"try_cast({style.plain(VALUE)} AS DOUBLE)"
        fits = f"({double} IS NOT NULL AND NOT isnan({double}))"
    return Reading(kind, cast, fits, style, is_asked_for=True)


def _asked_cast(kind: ColumnType, style: Style, options: ImportOptions) -> str:
    double = number(style).cast
    whole, lower = f"try_cast({style.plain(VALUE)} AS BIGINT)", f"lower({VALUE})"
    casts = {
        "text": "",
        "category": "",
        "number": double,
        "integer": f"CASE WHEN {whole}::DOUBLE = {double} THEN {whole} END",
        "boolean": f"CASE WHEN {lower} IN {TRUE_WORDS} THEN true WHEN {lower} IN {FALSE_WORDS} THEN false END",
        "date": _any_date(options),
    }
    return casts[kind]


def _any_date(options: ImportOptions) -> str:
    is_month_first = options.day_first is False
    order = sorted(DATE_FORMATS, key=lambda fmt: fmt.startswith("%m") is not is_month_first)
    tries = [f"try_strptime({VALUE}, {literal(fmt)})" for fmt in order]
    zoned = f"CASE WHEN {matches(VALUE, ZONED_SHAPE)} THEN try_cast({VALUE} AS TIMESTAMPTZ)::TIMESTAMP END"
    return f"coalesce({zoned}, try_cast({VALUE} AS TIMESTAMP), {', '.join(tries)})"
