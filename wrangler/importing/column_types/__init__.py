"""The type of each column: candidates, evidence from the cells, and proof that every cell fits."""

from wrangler.importing.column_types.casts import CAST_VALUE, VALUE, Reading, iso
from wrangler.importing.column_types.evidence import (
    BELOW_MICROSECOND,
    DIGITS_IN_DOUBLE,
    ISO_DAY_SHAPE,
    LONGEST_EXACT_ISO,
    Source,
    matches,
    significant_digits,
)
from wrangler.importing.column_types.infer import SAMPLE, Choice, TypeInference
from wrangler.importing.column_types.native import native_of
from wrangler.importing.column_types.staged import Columnar, kept_columns
from wrangler.importing.column_types.verify import Check, Plan, check

__all__ = [
    "BELOW_MICROSECOND",
    "CAST_VALUE",
    "DIGITS_IN_DOUBLE",
    "ISO_DAY_SHAPE",
    "LONGEST_EXACT_ISO",
    "SAMPLE",
    "VALUE",
    "Check",
    "Choice",
    "Columnar",
    "Plan",
    "Reading",
    "Source",
    "TypeInference",
    "check",
    "iso",
    "kept_columns",
    "matches",
    "native_of",
    "significant_digits",
]
