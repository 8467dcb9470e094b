"""DataFrame to arrays of numbers and back: kinds of columns, codes of categories, dates, the design matrix."""

from wrangler.impute.encoding.codec import Codec, learn_codec, learn_stored
from wrangler.impute.encoding.column_names import known_columns, only_of, position_of
from wrangler.impute.encoding.datetimes import seconds_of_step, unit_of, zone_of
from wrangler.impute.encoding.decode import (
    Copied,
    Fill,
    Literal,
    cells_of,
    is_found,
    is_writable,
    literal,
    numbers_of,
    patched,
    tell_rounding,
    write,
)
from wrangler.impute.encoding.design_matrix import MOST_LEVELS, Feature, Features, learn_features
from wrangler.impute.encoding.kinds import FILLABLE, LEVELLED, NUMERIC, Kind, kind_of
from wrangler.impute.encoding.lazy_cells import Bools, Floats, Rows
from wrangler.impute.encoding.table import Column, Table, encode, learn_table, missing_cells

__all__ = [
    "FILLABLE",
    "LEVELLED",
    "MOST_LEVELS",
    "NUMERIC",
    "Bools",
    "Codec",
    "Column",
    "Copied",
    "Feature",
    "Features",
    "Fill",
    "Floats",
    "Kind",
    "Literal",
    "Rows",
    "Table",
    "cells_of",
    "encode",
    "is_found",
    "is_writable",
    "kind_of",
    "known_columns",
    "learn_codec",
    "learn_features",
    "learn_stored",
    "learn_table",
    "literal",
    "missing_cells",
    "numbers_of",
    "only_of",
    "patched",
    "position_of",
    "seconds_of_step",
    "tell_rounding",
    "unit_of",
    "write",
    "zone_of",
]
