"""The type of JSON values, for what only passes them on."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

JsonValue: TypeAlias = str | float | Sequence["JsonValue"] | Mapping[str, "JsonValue"] | None
