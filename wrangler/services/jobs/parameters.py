"""What a user may ask of a job: checked against its template, the methods and the dataset's own columns.

The template says which parameters there are and of which types; this says which of their values make sense here.
"""

from collections.abc import Iterator
from typing import Any

from wrangler.errors import FieldError, InvalidInput
from wrangler.models import Dataset
from wrangler.notebook import Template

NEVER_IMPUTED = frozenset({"id", "target", "excluded"})
ROOT = "/parameters"


def check_parameters(template: Template, sent: dict[str, Any], dataset: Dataset) -> dict[str, Any]:
    """The parameters as the notebook will get them, defaults filled in.

    Raises
    ------
    InvalidInput
        With one `FieldError` for each unknown name, wrong type, unknown column, method or option.
    """
    parameters = check_alone(template, sent)
    errors = list(_unknown_columns(parameters, dataset))
    if errors:
        raise InvalidInput(f"The parameters do not fit dataset {dataset.name!r}: {errors[0].message}", errors=errors)
    return _respect_roles(parameters, dataset)


def check_alone(template: Template, sent: dict[str, Any]) -> dict[str, Any]:
    """The same as far as it can be told without a dataset: what a recipe may hold.

    Raises
    ------
    InvalidInput
        With one `FieldError` for each unknown name, wrong type, unknown method or option.
    """
    try:
        parameters = template.accept(sent)
    except InvalidInput as refusal:
        errors = [FieldError(ROOT + error.pointer, error.message) for error in refusal.errors]
        raise InvalidInput(refusal.message, errors=errors, code=refusal.code) from None
    errors = [*_unknown_methods(parameters), *_senseless_values(parameters)]
    if errors:
        raise InvalidInput(f"The parameters do not fit: {errors[0].message}", errors=errors)
    return parameters


def _unknown_columns(parameters: dict[str, Any], dataset: Dataset) -> Iterator[FieldError]:
    known = {column["name"] for column in dataset.columns}
    some = ", ".join(repr(column["name"]) for column in dataset.columns[:20])
    for field in ("columns", "exclude", "per_column", "bounds", "group_by", "order_by"):
        value = parameters.get(field)
        names = [value] if isinstance(value, str) else list(value or [])
        for position, name in enumerate(names):
            if name not in known:
                key = _escape(name) if isinstance(value, dict) else position
                at = f"{ROOT}/{field}" if isinstance(value, str) else f"{ROOT}/{field}/{key}"
                yield FieldError(at, f"There is no column {name!r}; the columns are {some}.")


def _unknown_methods(parameters: dict[str, Any]) -> Iterator[FieldError]:
    if "per_column" not in parameters:
        return
    yield from _check_method(parameters["method"], parameters["options"], f"{ROOT}/method", f"{ROOT}/options")
    for name, choice in parameters["per_column"].items():
        at = f"{ROOT}/per_column/{_escape(name)}"
        options = {key: value for key, value in choice.items() if key != "method"}
        yield from _check_method(choice.get("method", parameters["method"]), options, f"{at}/method", at)


def _check_method(method: Any, options: dict[str, Any], method_at: str, options_at: str) -> Iterator[FieldError]:  # noqa: ANN401 - unchecked JSON
    from wrangler.impute import METHODS  # scikit-learn takes seconds to load: the first job pays, not every command

    if not isinstance(method, str) or method not in METHODS:
        yield FieldError(method_at, f"There is no method {method!r}; the methods are {', '.join(sorted(METHODS))}.")
        return
    for pointer, message in METHODS[method].validate(options):
        yield FieldError(f"{options_at}{pointer}", message)


def _senseless_values(parameters: dict[str, Any]) -> Iterator[FieldError]:
    for name, limits in parameters.get("bounds", {}).items():
        at = f"{ROOT}/bounds/{_escape(name)}"
        if len(limits) != 2:  # noqa: PLR2004 - low and high
            yield FieldError(at, f"The bounds of {name!r} must be two numbers, [low, high]; null leaves a side open.")
        elif None not in limits and limits[0] > limits[1]:
            yield FieldError(at, f"The low bound of {name!r} lies above its high bound: {limits[0]} > {limits[1]}.")
    holdout = parameters.get("holdout", 0)
    if not 0 <= holdout <= 0.5:  # noqa: PLR2004 - half
        yield FieldError(f"{ROOT}/holdout", f"The held-out share must lie between 0 and 0.5, not {holdout}.")


def _respect_roles(parameters: dict[str, Any], dataset: Dataset) -> dict[str, Any]:
    """Identifiers, targets and excluded columns are not imputed unless `columns` asks for them by name."""
    if "exclude" not in parameters:
        return parameters
    asked = set(parameters.get("columns") or [])
    kept_out = [
        column["name"]
        for column in dataset.columns
        if column.get("role") in NEVER_IMPUTED and column["name"] not in asked
    ]
    return {**parameters, "exclude": list(dict.fromkeys([*parameters["exclude"], *kept_out]))}


def _escape(part: str) -> str:
    return part.replace("~", "~0").replace("/", "~1")
