"""`result.json`: what every notebook has to leave behind for its run to count as a success."""

import json
import re
from pathlib import Path
from typing import Any, Literal, NoReturn

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from wrangler.notebook.protocol import failures
from wrangler.notebook.protocol.outcome import RunError
from wrangler.notebook.templates import CUSTOM_KIND

_LARGEST_RESULT_BYTES = 64 * 1024**2
_LARGEST_CUSTOM_RESULT_BYTES = 1024**2  # its summary becomes part of every list of jobs
_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
_FILES_BESIDE = {"impute": ("imputed.parquet", "mask.parquet")}


class _Open(BaseModel):
    model_config = ConfigDict(strict=True, extra="allow")


class DatasetFacts(_Open):
    """The table as it was read."""

    name: str = Field(description="what it is called")
    rows: int = Field(ge=0)
    columns: int = Field(ge=0, description="without those that were excluded before reading")
    sha256: str | None = Field(
        None,
        pattern="^[0-9a-f]{64}$",
        description="of the dataset, as its own document gives it: of the file that was uploaded, or of the table that "
        "a job completed; null when the notebook was not run by a server",
    )
    parquet_sha256: str = Field(
        pattern="^[0-9a-f]{64}$", description="of the Parquet file that the notebook read, into which it was imported"
    )


class ColumnFacts(_Open):
    """One column. Of an imputation: `method` actually used, `filled`, `reason` and the measures of its quality.

    `missing_reasons` counts the missing cells by the reason of their markers: `refused`, `unknown`, `not_applicable`,
    `error`, or just `missing`. Cell by cell, in the shape of the table: `mask.parquet` holds whether a cell was filled
    (true or false), `cells.parquet` how it came about (`observed`, the method that filled it, or `missing` where it is
    left so), `missing_reasons.parquet` why it was missing (`observed`, or one of these reasons).
    """

    name: str


class EventFacts(_Open):
    """Something that was not done as asked, or that a reader must know."""

    column: str | None = Field(description="null when it concerns the whole table")
    kind: str = Field(description="such as dropped, fallback, clipped, rounded, sampled, refused")
    message: str = Field(description="a plain sentence")


class ScoreFacts(_Open):
    """The error on hidden cells of one column; of a comparison, by one `method` or `job`.

    `error` with its `standard_error` and 95 % interval (`error_low`, `error_high`) beside `baseline_error`, their
    `ratio` with its own (`ratio_low`, `ratio_high`), and each measure that fits the column likewise: `rmse`, `mae` and
    `wasserstein` of numbers, `accuracy`, `error_rate`, `f1` and `log_loss` of categories; `coverage` of the
    draws' 95 % intervals. Two scores with one `hidden_sha256` rest on the same cells.
    """

    column: str


class DifferenceFacts(_Open):
    """Of a comparison: the cells of one column that `first` and `second` both filled, and how far they differ."""

    first: str = Field(description="a method or a job, as the scores name it")
    second: str
    column: str
    filled: int = Field(ge=0, description="cells that both filled")
    differing: int = Field(ge=0)
    mean_difference: float | None = Field(description="absolute, in standard deviations; null for categories")
    largest_difference: float | None
    changes: str = Field(description="the most frequent changes of category, each with its count")


class Result(_Open):
    """What a run found. More keys may come; none of the required ones goes missing within a version."""

    schema_version: Literal[1]
    kind: str = Field(description="the kind of job")
    dataset: DatasetFacts
    recipe: dict[str, JsonValue] = Field(
        default_factory=dict, description="all settings, defaults included: with the seed and the file they repeat it"
    )
    seed: int = Field(description="the seed of every random step")
    versions: dict[str, str] = Field(description="of Python, Wrangler and the libraries that computed")
    summary: dict[str, JsonValue] = Field(description="the headline numbers of this kind, verdict and warnings")
    columns: list[ColumnFacts]
    events: list[EventFacts]
    scores: list[ScoreFacts]
    durations_seconds: dict[str, float] = Field(description="by step")
    differences: list[DifferenceFacts] = Field(default_factory=list, description="of a comparison, by pair and column")
    files: list[str] = Field(description="names of the files written before this one")


def result_schema() -> dict[str, Any]:
    """The JSON Schema of `result.json`, as published."""
    schema = Result.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "result.json of Wrangler"}


def read_result(path: Path, kind: str) -> tuple[dict[str, Any] | None, RunError | None]:
    """The result, or why there is none: missing, not strict JSON, not of this version or of another kind."""
    if not path.is_file() or path.is_symlink():
        return None, failures.result_missing()
    most_bytes = _LARGEST_CUSTOM_RESULT_BYTES if kind == CUSTOM_KIND else _LARGEST_RESULT_BYTES
    if path.stat().st_size > most_bytes:
        return None, failures.result_invalid(f"it is larger than {most_bytes} bytes")
    try:
        text = path.read_text(encoding="utf-8")
        content = json.loads(text, parse_constant=_refuse_constant)
        _refuse_unstorable(text, content)
        result = Result.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"]) or "the whole"
        return None, failures.result_invalid(f"{where}: {first['msg']}")
    except (ValueError, RecursionError) as error:
        return None, failures.result_invalid(str(error))
    problem = _misfit(result, kind) or _missing_files(path.parent, kind)
    return (None, failures.result_invalid(problem)) if problem else (content, None)


def _misfit(result: Result, kind: str) -> str | None:
    return f"kind: it is {result.kind!r}, that of the notebook {kind!r}" if result.kind != kind else None


def _missing_files(folder: Path, kind: str) -> str | None:
    absent = [name for name in _FILES_BESIDE.get(kind, ()) if not (folder / name).is_file()]
    return f"the notebook left no {' and no '.join(absent)} beside it" if absent else None


def _refuse_unstorable(text: str, content: object) -> None:
    """Text that no database stores: NUL, which JSON can only write as an escape, and halves of surrogate pairs."""
    if _NUL.search(text):
        raise ValueError("it holds a NUL character")
    json.dumps(content, ensure_ascii=False).encode()


def _refuse_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not JSON")
