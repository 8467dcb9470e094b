"""Tables as hypothesis makes them, of all the types that a dataset can have."""

from datetime import UTC, datetime

import pandas as pd
from hypothesis import strategies as st

from wrangler.importing.missing.markers import STANDARD

NAMES = st.lists(
    st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=8).filter(lambda name: name.strip()),
    min_size=1,
    max_size=5,
    unique=True,
)
# Texts that stand for missing by the standard markers cannot come back as texts: that is what markers are.
CHARACTERS = st.characters(exclude_categories=("Cs", "Cc")) | st.sampled_from("\t\n\r\",;'|# \\")
TEXTS = st.just("") | st.text(CHARACTERS, max_size=12).filter(lambda text: text.strip() not in STANDARD)
INSTANTS = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31))  # noqa: DTZ001 - a dataset's dates are naive
VALUES = {
    "text": TEXTS,
    "integer": st.integers(-(2**63), 2**63 - 1),
    "number": st.floats(allow_nan=False, allow_infinity=False),
    "boolean": st.booleans(),
    "date": INSTANTS,
    "zoned": INSTANTS.map(lambda moment: moment.replace(tzinfo=UTC)),
    "category": st.sampled_from(["low", "high", "don't know", "=7", "7", "a;b"]),
}
DTYPES = {
    "text": "str",
    "integer": "Int64",
    "number": "float64",
    "boolean": "boolean",
    "date": "datetime64[us]",
    "zoned": "datetime64[us, UTC]",
    "category": "category",
}


@st.composite
def frames(draw: st.DrawFn) -> pd.DataFrame:
    """A frame of some rows whose every column holds at least one value."""
    names = draw(NAMES)
    rows = draw(st.integers(1, 12))
    columns = {}
    for name in names:
        kind = draw(st.sampled_from(sorted(VALUES)))
        values = draw(st.lists(st.none() | VALUES[kind], min_size=rows, max_size=rows))
        if all(value is None for value in values):
            values[0] = draw(VALUES[kind])
        columns[name] = pd.Series(values, dtype=DTYPES[kind])
    return pd.DataFrame(columns)
