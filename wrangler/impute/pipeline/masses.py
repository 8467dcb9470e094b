"""What fills do to semi-continuous columns, in which one value, such as 0, has a mass of its own.

The prediction of smallest error for such a cell lies between the value and the others, and so is rarely the value
itself. That is right for a single cell and wrong for the share of the value, which draws keep.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from wrangler.impute.arrays import Floats
from wrangler.impute.encoding import Column, Kind, Table, find_mass
from wrangler.impute.events import Record

LEAST_KEPT = 0.5  # of the observed share
FEWEST_EXPECTED = 5


@dataclass(frozen=True)
class Mass:
    """The value that has a mass, encoded, and its share of the observed cells."""

    value: float
    share: float


def find_masses(table: Table) -> dict[str, Mass]:
    """The masses of the columns of a table that are incomplete and semi-continuous."""
    masses: dict[str, Mass] = {}
    for name, column in table.columns.items():
        value = find_mass(column) if column.missing.any() else None
        if value is not None:
            masses[name] = Mass(value, float((column.known == value).mean()))
    return masses


def report_lost_mass(masses: Mapping[str, Mass], encoded: Column, fill: Floats, record: Record) -> None:
    """Add an event when hardly any of the filled cells of a column has the value that many observed ones have."""
    mass, filled = masses.get(encoded.name), fill[~np.isnan(fill)]
    if mass is None or mass.share * len(filled) < FEWEST_EXPECTED:
        return
    written = np.rint(filled) if encoded.kind is Kind.INTEGER else filled
    share = float((written == mass.value).mean())
    if share < LEAST_KEPT * mass.share:
        value = mass.value * encoded.codec.scale + encoded.codec.offset
        message = (
            f"{mass.share:.0%} of the observed cells of '{encoded.name}' are {value:g}, but {share:.0%} of the filled "
            "ones: predictions lie between such a value and the others. Draws ('pmm', 'mice') keep its share."
        )
        record.add_event(encoded.name, "share_lost", message)
