"""Hypothesis strategies for tables of mixed types, as awkward as real ones."""

from datetime import timedelta
from decimal import Decimal

import numpy as np
import pandas as pd
from hypothesis import strategies as st

WORDS = ("red", "green", "blue", "Ä ß", "")
LEVELS = ("low", "mid", "high")


REALS = st.one_of(st.floats(-1e3, 1e3), st.sampled_from([0.0, -0.0, 1e300, -1e300, 1e-300, np.inf, -np.inf, 5e-324]))
INTEGERS = st.one_of(st.integers(-100, 100), st.sampled_from([2**62, -(2**62), 2**53 + 1]))
TIMES = st.datetimes(pd.Timestamp("1700-01-01"), pd.Timestamp("2200-01-01"))
SPANS = st.timedeltas(timedelta(days=-3000), timedelta(days=3000))


def _objects(values: list) -> np.ndarray:
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


COLUMNS = {
    "float": (REALS, lambda cells: pd.array(cells, dtype="float64").to_numpy(float, na_value=np.nan)),
    "float32": (
        st.floats(-1e3, 1e3, width=32),
        lambda cells: np.array([np.nan if c is None else c for c in cells], "f4"),
    ),
    "Float64": (st.floats(-1e3, 1e3), lambda cells: pd.array(cells, dtype="Float64")),
    "Int64": (INTEGERS, lambda cells: pd.array(cells, dtype="Int64")),
    "UInt8": (st.integers(0, 255), lambda cells: pd.array(cells, dtype="UInt8")),
    "boolean": (st.booleans(), lambda cells: pd.array(cells, dtype="boolean")),
    "bool objects": (st.booleans(), _objects),
    "category": (st.sampled_from(WORDS), lambda cells: pd.Categorical(cells, categories=WORDS)),
    "ordered": (st.sampled_from(LEVELS), lambda cells: pd.Categorical(cells, categories=LEVELS, ordered=True)),
    "number levels": (st.sampled_from([1, 2, 3]), lambda cells: pd.Categorical(cells, categories=[3, 2, 1])),
    "str": (st.sampled_from(WORDS), lambda cells: pd.array(cells, dtype="str")),
    "text objects": (st.sampled_from(WORDS), _objects),
    "decimal": (st.decimals(-1000, 1000, places=2), _objects),
    "date": (TIMES, lambda cells: pd.array(pd.DatetimeIndex(cells).as_unit("us"))),
    "zoned": (
        TIMES,
        lambda cells: pd.array(pd.DatetimeIndex(cells).as_unit("ns").tz_localize("UTC").tz_convert("Asia/Tokyo")),
    ),
    "duration": (SPANS, lambda cells: pd.array(pd.TimedeltaIndex(cells).as_unit("us"))),
    "missing": (st.none(), lambda cells: np.full(len(cells), np.nan)),
    "missing objects": (st.none(), _objects),
    "constant": (st.just(7.5), lambda cells: pd.array(cells, dtype="Float64").to_numpy(float, na_value=np.nan)),
    "mixed": (st.sampled_from(["a", 1, Decimal(2)]), _objects),
    "complex": (
        st.complex_numbers(max_magnitude=9),
        lambda cells: np.array([np.nan if c is None else c for c in cells], complex),
    ),
}
COMPLETE = {
    "int": (st.integers(-100, 100), lambda cells: np.array(cells, dtype="int64")),
    "bool": (st.booleans(), lambda cells: np.array(cells, dtype=bool)),
}


@st.composite
def tables(draw: st.DrawFn, most_rows: int = 14) -> pd.DataFrame:
    """A table of 0 to `most_rows` rows, with a plain, text, duplicate or two-level index."""
    rows = draw(st.integers(0, most_rows))
    kinds = draw(st.lists(st.sampled_from([*COLUMNS, *COMPLETE]), min_size=1, max_size=5))
    data = {}
    for number, kind in enumerate(kinds):
        cells, build = (COLUMNS | COMPLETE)[kind]
        holes = st.none() if kind in COLUMNS else cells
        values = draw(st.lists(st.one_of(cells, holes), min_size=rows, max_size=rows))
        data[f"{kind} {number}"] = pd.Series(build(values))
    frame = pd.DataFrame(data, index=range(rows)) if rows else pd.DataFrame(data)
    frame.index = draw(st.sampled_from(INDEXES))(rows)
    return frame


INDEXES = (
    pd.RangeIndex,
    lambda rows: pd.Index([f"row {number}" for number in range(rows)], dtype="str", name="key"),
    lambda rows: pd.Index([0] * rows),
    lambda rows: pd.MultiIndex.from_arrays([[1] * rows, list(range(rows))], names=["a", "b"]),
)
