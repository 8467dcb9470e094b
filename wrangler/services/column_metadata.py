"""What people declare of a column: its semantic type and its role, in place of what the import guessed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from wrangler.errors import FieldError, InvalidInput
from wrangler.models import Dataset

Role = Literal["feature", "id", "target", "excluded", "time", "group"]
SemanticType = Literal["id", "number", "integer", "category", "ordinal", "boolean", "date", "text"]
BY_USER = "set by the user"
_OF_TEXT = frozenset({"id", "category", "ordinal", "boolean", "text"})
POSSIBLE = {
    "text": _OF_TEXT,
    "category": _OF_TEXT,
    "integer": frozenset({"id", "integer", "number", "category", "ordinal", "boolean"}),
    "number": frozenset({"number", "category", "ordinal"}),
    "boolean": frozenset({"boolean", "category"}),
    "date": frozenset({"date", "category"}),
}


@dataclass(frozen=True)
class ColumnMeaning:
    """What is declared of one column; None leaves it as it is."""

    role: Role | None = None
    semantic_type: SemanticType | None = None

    def facts(self) -> dict[str, str]:
        """The entries of the column's document that change."""
        facts: dict[str, str] = {}
        if self.role is not None:
            facts |= {"role": self.role, "role_reason": BY_USER}
        if self.semantic_type == "id" and self.role is None:  # or it would be imputed
            facts |= {"role": "id", "role_reason": BY_USER}
        if self.semantic_type is not None:
            facts |= {"semantic_type": self.semantic_type, "semantic_reason": BY_USER}
        return facts


def with_meanings(dataset: Dataset, declared: Mapping[str, ColumnMeaning]) -> list[dict[str, Any]]:
    """The dataset's columns with what was declared of some.

    Raises
    ------
    InvalidInput
        When there is no such column, or its values cannot be what they are declared to be.
    """
    errors = list(_errors(dataset, declared))
    if errors:
        raise InvalidInput(errors[0].message, errors=errors)
    return [
        {**column, **declared[column["name"]].facts()} if column["name"] in declared else column
        for column in dataset.columns
    ]


def kept_meanings(older: list[dict[str, Any]], columns: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Columns with what people declared of older ones of the same name, where it still can hold."""
    declared = {column["name"]: column for column in older}
    return [column | _still_true(declared.get(column["name"], {}), column["type"]) for column in columns]


def _still_true(old: dict[str, Any], kind: str) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    if old.get("role_reason") == BY_USER:
        kept |= {"role": old["role"], "role_reason": BY_USER}
    if old.get("semantic_reason") == BY_USER and old["semantic_type"] in POSSIBLE[kind]:
        kept |= {"semantic_type": old["semantic_type"], "semantic_reason": BY_USER}
    return kept


def _errors(dataset: Dataset, declared: Mapping[str, ColumnMeaning]) -> Iterator[FieldError]:
    types = {column["name"]: column["type"] for column in dataset.columns}
    for position, (name, meaning) in enumerate(declared.items()):
        if name not in types:
            message = f"There is no column {name!r} in dataset {dataset.name!r}."
            yield FieldError(f"/columns/{position}/name", message)
        elif meaning.semantic_type is not None and meaning.semantic_type not in POSSIBLE[types[name]]:
            yield FieldError(
                f"/columns/{position}/semantic_type",
                f"Column {name!r} holds values of type {types[name]}, which cannot be {meaning.semantic_type}. "
                "Import the file again as a new version, with another type in `types`.",
            )
