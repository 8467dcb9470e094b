"""What the linear equations say of cells that are known, as if they were missing: what other models start from."""

import numpy as np

from wrangler.impute.codec import Floats
from wrangler.impute.gram import Equation, complete
from wrangler.impute.linear import Linear
from wrangler.impute.table import Table

ROUNDS, TOLERANCE = 20, 0.01


def matrix_without(linear: Linear, table: Table, name: str) -> Floats:
    """The matrix of `table`, shape (rows, width), completed as if the column `name` were missing in every row.

    Holes of the other columns must not be completed from cells that a hole of `name` would not have beside it.
    """
    chain = linear.chain
    if chain is None:
        return np.ones((table.rows, 1))
    matrix, missing = chain.features.matrix(table), list(chain.features.missing(table))
    number = next((place for place, part in enumerate(chain.features.parts) if part.name == name), None)
    if number is not None:
        part = chain.features.parts[number]
        missing[number] = np.ones(table.rows, dtype=bool)
        matrix[:, part.places] = part.shares
    holed = np.flatnonzero(np.logical_or.reduce([holes for place, holes in enumerate(missing) if place != number]))
    if len(chain.features.parts) > 1 and len(holed):
        block = matrix[holed]
        complete(chain, block, [holes[holed] for holes in missing], TOLERANCE, ROUNDS)
        matrix[holed] = block
    return matrix


def equation_of(linear: Linear, name: str) -> Equation | None:
    """The equation of a column; None when it does not vary."""
    return linear.chain.by_name.get(name) if linear.chain else None
