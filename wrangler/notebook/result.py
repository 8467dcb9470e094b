"""`result.json`: what every notebook has to leave behind for its run to count as a success."""

import json
from pathlib import Path
from typing import Any, Literal, NoReturn

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from wrangler.notebook import failures
from wrangler.notebook.outcome import RunError

_LARGEST_RESULT_BYTES = 64 * 1024**2


class DatasetFacts(BaseModel):
    name: str
    rows: int = Field(ge=0)
    columns: int = Field(ge=0)
    sha256_of_file: str = Field(pattern="^[0-9a-f]{64}$")


class Result(BaseModel):
    """Version 1. More keys may come; none of these may be missing."""

    model_config = ConfigDict(strict=True, extra="allow")

    schema_version: Literal[1]
    kind: str
    dataset: DatasetFacts
    seed: int
    versions: dict[str, str]
    summary: dict[str, JsonValue]
    columns: list[JsonValue]
    events: list[JsonValue]
    scores: list[JsonValue]
    durations_seconds: dict[str, float]
    files: list[JsonValue]


def read_result(path: Path, kind: str) -> tuple[dict[str, Any] | None, RunError | None]:
    """The result, or why there is none: missing, not strict JSON, not of this version or of another kind."""
    if not path.is_file() or path.is_symlink():
        return None, failures.result_missing()
    if path.stat().st_size > _LARGEST_RESULT_BYTES:
        return None, failures.result_invalid(f"it is larger than {_LARGEST_RESULT_BYTES} bytes")
    try:
        content = json.loads(path.read_text(encoding="utf-8"), parse_constant=_refuse_constant)
        result = Result.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"]) or "the whole"
        return None, failures.result_invalid(f"{where}: {first['msg']}")
    except (ValueError, RecursionError) as error:
        return None, failures.result_invalid(str(error))
    if result.kind != kind:
        return None, failures.result_invalid(f"kind: it says {result.kind!r}, the notebook is {kind!r}")
    return content, None


def _refuse_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not JSON")
