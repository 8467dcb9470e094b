"""Whether a column of numbers is semi-continuous: one value, such as 0, has a mass of its own among continuous ones."""

import numpy as np

from wrangler.impute.encoding.table import Column

LEAST_SHARE, MOST_SHARE = 0.1, 0.95
MOST_ROWS = 4000  # about so many evenly spaced ones are read
FEWEST_OTHERS = 20  # distinct values beside the mass


def find_mass(column: Column) -> float | None:
    """The value, encoded, that a tenth or more of the observed cells of a number have, if the others are continuous."""
    if column.is_categorical:
        return None
    spaced = column.stored.read(slice(None, None, max(len(column.missing) // MOST_ROWS, 1)))
    known = spaced[~np.isnan(spaced)]
    if len(known) <= FEWEST_OTHERS:
        return None
    values, counts = np.unique(known, return_counts=True)
    largest = int(counts.argmax())
    is_mass = LEAST_SHARE <= counts[largest] / len(known) <= MOST_SHARE
    # A scale of few values has a mass at each of them.
    others = np.delete(counts, largest)
    if not is_mass or len(others) < FEWEST_OTHERS or others.max() > LEAST_SHARE * others.sum():
        return None
    return float(values[largest])
