"""The registry: every method by its name, what it fills, and which options it takes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from wrangler.impute.encoding import Kind
from wrangler.impute.errors import InvalidOptions, UnknownMethod
from wrangler.impute.options import schema_of, violations

if TYPE_CHECKING:
    from wrangler.impute.base import Imputer

COMMON = (
    "columns",
    "exclude",
    "per_column",
    "predictors",
    "bounds",
    "bounds_policy",
    "round_to",
    "allowed",
    "rules",
    "add_indicator",
    "group_by",
    "small_groups",
    "order_by",
    "random_state",
    "progress",
    "n_jobs",
)

ImputerType = TypeVar("ImputerType", bound=type)
_methods: dict[str, "MethodInfo"] = {}
METHODS: Mapping[str, "MethodInfo"] = MappingProxyType(_methods)


@dataclass(frozen=True)
class MeasuredCost:
    """What a method costs on one machine, on tables of 20 columns half of which have missing cells.

    `python -m benchmarks.estimates --figures` prints it. The server estimates jobs by it without reading a table;
    `Imputer.estimate` is more accurate, but runs the method.

    Attributes
    ----------
    fitting, filling : float
        Seconds that do not depend on the rows.
    fitting_row, filling_row : float
        Seconds for each row that is fitted on, or filled.
    fitting_bytes, filling_bytes, fitting_row_bytes, filling_row_bytes : float
        The same of memory, in bytes; `filling_bytes` is that of one block of rows.
    effort : str
        The option to which the work is proportional; empty when there is none.
    shared : float
        The share of the work that is done once, whatever the effort.
    """

    fitting: float
    fitting_row: float
    filling: float
    filling_row: float
    fitting_bytes: float
    fitting_row_bytes: float
    filling_bytes: float
    filling_row_bytes: float
    effort: str = ""
    shared: float = 0.0


@dataclass(frozen=True)
class MethodInfo:
    """One registered method.

    Attributes
    ----------
    name : str
    title : str
        A short name for people.
    summary : str
        One sentence: what it does and when it suits.
    imputer : type
        The estimator class.
    rank : int
        Its position in listings.
    cost : MeasuredCost or None
        None for a method that runs other methods.
    """

    name: str
    title: str
    summary: str
    imputer: type[Any]
    rank: int
    cost: MeasuredCost | None = None

    def usual(self, option: str) -> Any:  # noqa: ANN401 - of the option's own type
        """The default of an option."""
        return {field.name: field.default for field in fields(self.imputer)}[option]

    @property
    def column_kinds(self) -> tuple[str, ...]:
        """Kinds of columns that the method itself fills; others get the median or the mode, with an event."""
        return tuple(kind.value for kind in Kind if kind in self.imputer.fills)

    @cached_property
    def options_schema(self) -> dict[str, Any]:
        """JSON Schema of the options beyond the ones that all methods share."""
        return schema_of(self.imputer, [field for field in fields(self.imputer) if field.name not in COMMON])

    def validate(self, options: Mapping[str, object]) -> list[tuple[str, str]]:
        """What is wrong with `options`, as (JSON pointer, message) pairs; empty when nothing is."""
        return violations(self.options_schema, options)


def method(
    name: str, title: str, summary: str, *, rank: int, cost: MeasuredCost | None = None
) -> Callable[[ImputerType], ImputerType]:
    """Class decorator: register an imputer under `name`, listed by `rank`, with what it costs."""

    def register(imputer: ImputerType) -> ImputerType:
        infos = [*_methods.values(), MethodInfo(name, title, summary, imputer, rank, cost)]
        _methods.clear()
        _methods.update((info.name, info) for info in sorted(infos, key=lambda info: info.rank))
        imputer.method = name  # type: ignore[attr-defined]
        return imputer

    return register


def find_method(name: object) -> MethodInfo:
    """The method of that name.

    Raises
    ------
    UnknownMethod
        With the names of the methods that there are.
    """
    if not isinstance(name, str) or name not in _methods:
        raise UnknownMethod(f"There is no imputation method {name!r}; the methods are {', '.join(_methods)}.")
    return _methods[name]


def make_imputer(method: str, **parameters: object) -> "Imputer":
    """An imputer by the name of its method.

    Parameters
    ----------
    method : str
        A name in `METHODS`.
    **parameters
        What every method takes (see `Imputer`) and the options of this one (`METHODS[method].options_schema`).

    Returns
    -------
    Imputer
        Not yet fitted.

    Raises
    ------
    UnknownMethod
        When there is no such method.
    InvalidOptions
        When an option is unknown or its value is not allowed.

    Examples
    --------
    >>> import pandas as pd
    >>> from wrangler.impute import make_imputer
    >>> make_imputer("median").fit_transform(pd.DataFrame({"a": [1.0, None, 5.0]}))["a"].tolist()
    [1.0, 3.0, 5.0]
    """
    info = find_method(method)
    options = {name: value for name, value in parameters.items() if name not in COMMON}
    errors = info.validate(options)
    if errors:
        raise InvalidOptions(method, errors)
    imputer: Imputer = info.imputer(**parameters)
    return imputer


def describe_methods() -> list[dict[str, Any]]:
    """Every method, ready for JSON: name, title, summary, column_kinds, options_schema."""
    return [
        {
            "name": info.name,
            "title": info.title,
            "summary": info.summary,
            "column_kinds": list(info.column_kinds),
            "options_schema": info.options_schema,
        }
        for info in _methods.values()
    ]
