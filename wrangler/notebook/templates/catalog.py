"""Which notebooks may be run, and with which parameters: read from the files, never configured twice."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from wrangler.errors import FieldError, InvalidInput
from wrangler.notebook.documents import NotJson, first_heading, text_below_heading, to_json
from wrangler.notebook.templates.parameters import Declared, TemplateRefused, build_model, read_declarations

CUSTOM_KIND = "custom"  # the kind of all notebooks that were registered
PROJECT_NOTEBOOKS = Path(__file__).resolve().parents[3] / "notebooks"
PARAMETERS_TAG = "parameters"


@dataclass(frozen=True)
class Template:
    """A notebook that may be run.

    `parameters` is the model of what users may send; what the server sets (`seed`, `dataset_file`, `dataset_name`) has
    a model of its own, so that no user can set it.
    """

    kind: str
    title: str
    description: str
    path: Path
    sha256: str
    declared: tuple[Declared, ...]
    parameters: type[BaseModel]
    server_parameters: type[BaseModel]
    parameters_schema: dict[str, Any]

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON Schema of what users may send, with the title of the notebook; `x-order` is the order of a form."""
        about = {"title": self.title, "description": self.description}
        return {"$schema": "https://json-schema.org/draft/2020-12/schema", **self.parameters_schema, **about}

    def accept(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """All user parameters with their defaults, or `InvalidInput` naming each field that does not fit."""
        return _validated(self.parameters, parameters)

    def complete(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """User's and server's parameters together, each checked against its declaration: what a run is given."""
        server_names = set(self.server_parameters.model_fields)
        server = {name: value for name, value in parameters.items() if name in server_names}
        user = {name: value for name, value in parameters.items() if name not in server_names}
        return self.accept(user) | _validated(self.server_parameters, server)


def templates(directory: Path = PROJECT_NOTEBOOKS) -> Mapping[str, Template]:
    """Every notebook of the directory by its kind, which is its file name without the ending."""
    found = {}
    for path in sorted(Path(directory).resolve().glob("*.ipynb")):
        facts = path.stat()
        found[path.stem] = _read(path, path.stem, facts.st_mtime_ns, facts.st_size)
    return found


def registered(path: Path) -> Template:
    """A notebook that was registered: all of these are of one kind."""
    facts = path.stat()
    return _read(path, CUSTOM_KIND, facts.st_mtime_ns, facts.st_size)


@lru_cache(maxsize=64)
def _read(path: Path, kind: str, _mtime_ns: int, _size: int) -> Template:
    return parse(path.read_bytes(), kind, path)


def parse(content: bytes, kind: str, path: Path) -> Template:
    """The template that these bytes are; `path` is where they lie, or will lie.

    Raises
    ------
    TemplateRefused
        Naming the file, and the line of its parameters cell.
    """
    try:
        cells = json.loads(content)["cells"]
        declared = read_declarations(_parameters_source(cells))
    except (KeyError, TypeError, json.JSONDecodeError) as error:
        raise TemplateRefused(f"{path.name}: not a notebook ({error})") from error
    except TemplateRefused as error:
        raise TemplateRefused(f"{path.name}, parameters cell: {error}") from error
    stem = kind.replace("-", "_").title().replace("_", "")
    model = build_model(f"{stem}Parameters", tuple(one for one in declared if not one.is_set_by_server))
    server_model = build_model(f"{stem}ServerParameters", tuple(one for one in declared if one.is_set_by_server))
    return Template(
        kind=kind,
        title=first_heading(cells) or kind,
        description=text_below_heading(cells),
        path=path,
        sha256=hashlib.sha256(content).hexdigest(),
        declared=declared,
        parameters=model,
        server_parameters=server_model,
        parameters_schema=model.model_json_schema(),
    )


def _parameters_source(cells: list[dict[str, Any]]) -> str:
    tagged = [cell for cell in cells if PARAMETERS_TAG in cell.get("metadata", {}).get("tags", [])]
    if len(tagged) != 1 or tagged[0]["cell_type"] != "code":
        raise TemplateRefused(f"exactly one code cell carries the tag {PARAMETERS_TAG!r}, not {len(tagged)}")
    return "".join(tagged[0]["source"])


def _validated(model: type[BaseModel], parameters: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return model.model_validate(to_json(dict(parameters))).model_dump()
    except NotJson as error:
        errors = [FieldError(error.pointer, error.message)]
    except ValidationError as refusal:
        errors = [_field_error(model, one["loc"], one["type"], one["msg"]) for one in refusal.errors()]
    raise InvalidInput("The parameters do not fit: " + _summary(errors), errors=errors, code="invalid_parameters")


def _field_error(model: type[BaseModel], where: tuple[int | str, ...], kind: str, message: str) -> FieldError:
    if kind == "extra_forbidden":
        message = f"is not a parameter of this notebook; allowed are {', '.join(model.model_fields) or 'none'}"
    return FieldError("".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in where), message)


def _summary(errors: list[FieldError]) -> str:
    return "; ".join(f"{error.pointer.lstrip('/') or 'parameters'}: {error.message}" for error in errors[:3])
