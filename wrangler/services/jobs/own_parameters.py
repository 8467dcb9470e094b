"""What a user may ask of a template of one's own: checked against its declaration and the dataset's columns alone.

What its parameters mean, nobody here can know.
"""

from collections.abc import Iterator
from typing import Any

from wrangler.errors import FieldError, InvalidInput
from wrangler.models import Dataset
from wrangler.notebook import Template
from wrangler.services.jobs.parameters import ROOT, accepted, escape


def check_own_parameters(template: Template, sent: dict[str, Any], dataset: Dataset) -> dict[str, Any]:
    """The parameters as the notebook will get them, defaults filled in.

    Raises
    ------
    InvalidInput
        With one `FieldError` for each unknown name, wrong type, value out of bounds or column that is not there.
    """
    parameters = accepted(template, sent)
    known = [column["name"] for column in dataset.columns]
    properties = template.parameters_schema["properties"]
    errors = [
        error
        for name, value in parameters.items()
        for error in _unknown_columns(properties[name], value, f"{ROOT}/{escape(name)}", known)
    ]
    if errors:
        raise InvalidInput(f"The parameters do not fit dataset {dataset.name!r}: {errors[0].message}", errors=errors)
    return parameters


def _unknown_columns(schema: dict[str, Any], value: Any, at: str, known: list[str]) -> Iterator[FieldError]:  # noqa: ANN401 - JSON
    """Every name where the schema wants that of a column, and there is none."""
    if schema.get("format") == "column" and isinstance(value, str) and value not in known:
        some = ", ".join(repr(name) for name in known[:20])
        yield FieldError(at, f"There is no column {value!r}; the columns are {some}.")
    for choice in schema.get("anyOf", ()):
        yield from _unknown_columns(choice, value, at, known)
    if isinstance(value, list) and "items" in schema:
        for place, item in enumerate(value):
            yield from _unknown_columns(schema["items"], item, f"{at}/{place}", known)
    if isinstance(value, dict) and isinstance(schema.get("additionalProperties"), dict):
        for key, item in value.items():
            yield from _unknown_columns(schema["additionalProperties"], item, f"{at}/{escape(key)}", known)
