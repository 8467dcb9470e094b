"""The type of each column: candidates, evidence from the cells, and proof that every cell fits."""

from wrangler.importing.column_types.casts import DRAFT, Reading, V, iso
from wrangler.importing.column_types.evidence import (
    BELOW_MICROSECOND,
    DIGITS_IN_DOUBLE,
    ISO_DAY_SHAPE,
    LONGEST_EXACT_ISO,
    Source,
    full,
    significant_digits,
)
from wrangler.importing.column_types.infer import SAMPLE, Choice, TypeInference
from wrangler.importing.column_types.native import native_of
from wrangler.importing.column_types.staged import Columnar, kept_columns
from wrangler.importing.column_types.verify import Check, Plan, check

__all__ = [
    "BELOW_MICROSECOND",
    "DIGITS_IN_DOUBLE",
    "DRAFT",
    "ISO_DAY_SHAPE",
    "LONGEST_EXACT_ISO",
    "SAMPLE",
    "Check",
    "Choice",
    "Columnar",
    "Plan",
    "Reading",
    "Source",
    "TypeInference",
    "V",
    "check",
    "full",
    "iso",
    "kept_columns",
    "native_of",
    "significant_digits",
]
