"""DataFrame to arrays of numbers and back: kinds of columns, codes of categories, dates, the design matrix."""

from wrangler.impute.encoding.codec import Codec, fit_codec, fit_stored
from wrangler.impute.encoding.column_names import known_columns, only_of, position_of
from wrangler.impute.encoding.datetimes import seconds_of_step, unit_of, zone_of
from wrangler.impute.encoding.decode import (
    Copied,
    Fill,
    Literal,
    cells_of,
    has_value,
    is_writable,
    literal,
    numbers_of,
    patched,
    report_rounding,
    write,
)
from wrangler.impute.encoding.design_matrix import MOST_LEVELS, Feature, Features, fit_features
from wrangler.impute.encoding.deviation import deviation
from wrangler.impute.encoding.kinds import CATEGORICAL, FILLABLE, NUMERIC, Kind, kind_of
from wrangler.impute.encoding.mass import find_mass
from wrangler.impute.encoding.table import Column, Table, encode, fit_table, is_missing

__all__ = [
    "CATEGORICAL",
    "FILLABLE",
    "MOST_LEVELS",
    "NUMERIC",
    "Codec",
    "Column",
    "Copied",
    "Feature",
    "Features",
    "Fill",
    "Kind",
    "Literal",
    "Table",
    "cells_of",
    "deviation",
    "encode",
    "find_mass",
    "fit_codec",
    "fit_features",
    "fit_stored",
    "fit_table",
    "has_value",
    "is_missing",
    "is_writable",
    "kind_of",
    "known_columns",
    "literal",
    "numbers_of",
    "only_of",
    "patched",
    "position_of",
    "report_rounding",
    "seconds_of_step",
    "unit_of",
    "write",
    "zone_of",
]
