"""What the imputation library refuses, on one page.

ValueError
 `- ImputationError       the root: the message names what to change in the call
     |- UnknownMethod     no method of that name is registered
     |- InvalidOptions    an option is unknown, of the wrong type or out of range; `errors` names each
     `- UnsuitableTable   the table itself cannot be taken: column names, unknown columns, shapes
RuntimeError
 |- Cancelled             the progress callback returned False
 |- OutOfTime             the time budget ran out; caught inside, the fallback takes over
 `- Unaffordable          a method takes more than is left of the budget of a comparison; caught inside
"""


class ImputationError(ValueError):
    """The root of everything that the library refuses."""


class UnknownMethod(ImputationError):
    """No imputation method of this name is registered."""


class InvalidOptions(ImputationError):
    """Options that do not fit a method.

    Attributes
    ----------
    errors : list of (str, str)
        A JSON pointer to each offending option, and what is wrong with it.
    """

    def __init__(self, method: str, errors: list[tuple[str, str]]) -> None:
        listed = "; ".join(f"{pointer or 'options'}: {message}" for pointer, message in errors)
        super().__init__(f"Method '{method}' cannot take these options: {listed}")
        self.errors = errors


class UnsuitableTable(ImputationError):
    """The table, or a column that was asked for, cannot be worked with."""


class Cancelled(RuntimeError):
    """The progress callback returned False: the imputation stopped between two steps."""


class OutOfTime(RuntimeError):
    """The time budget ran out: a method stopped between two steps. Always caught inside the library."""


class Unaffordable(RuntimeError):
    """One of several methods takes more time than is left for all. Always caught inside the library."""
