"""What a user may ask of a job: checked against its template, the methods and the dataset's own columns.

The template declares the parameters and their types; this checks which of their values make sense here.
"""

import uuid
from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import select

from wrangler.errors import FieldError, InvalidInput
from wrangler.extensions import db
from wrangler.models import Dataset, Job, JobKind, JobState
from wrangler.notebook import Template

NEVER_IMPUTED = frozenset({"id", "target", "excluded"})
BY_COLUMN = ("bounds", "round_to", "allowed")
REST = "*"
MOST_COMPARED = 20
FEWEST_JOBS, MOST_JOBS = 2, 8
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
    respected = _respect_roles(parameters, dataset)
    errors = list(_excluded_predictors(respected))
    if errors:
        raise InvalidInput(f"The parameters contradict each other: {errors[0].message}", errors=errors)
    return respected


def check_alone(template: Template, sent: dict[str, Any]) -> dict[str, Any]:
    """The same as far as it can be known without a dataset: what a recipe may hold.

    Raises
    ------
    InvalidInput
        With one `FieldError` for each unknown name, wrong type, unknown method or option.
    """
    parameters = accepted(template, sent)
    are_compared = template.kind == JobKind.COMPARE and bool(parameters["jobs"])
    errors = [
        *(_compared_job_errors(sent) if are_compared else _method_errors(parameters)),
        *_value_errors(parameters),
    ]
    if errors:
        raise InvalidInput(f"The parameters do not fit: {errors[0].message}", errors=errors)
    if are_compared:
        return {**parameters, "methods": [], "jobs": [str(uuid.UUID(job_id)) for job_id in parameters["jobs"]]}
    return parameters


def accepted(template: Template, sent: dict[str, Any]) -> dict[str, Any]:
    """The parameters with their defaults, as far as their declarations go; refusals point into the job request."""
    try:
        return template.accept(sent)
    except InvalidInput as refusal:
        errors = [FieldError(ROOT + error.pointer, error.message) for error in refusal.errors]
        raise InvalidInput(refusal.message, errors=errors, code=refusal.code) from None


def _unknown_columns(parameters: dict[str, Any], dataset: Dataset) -> Iterator[FieldError]:
    known = {column["name"] for column in dataset.columns}
    some = ", ".join(repr(column["name"]) for column in dataset.columns[:20])
    for field in ("columns", "exclude", "per_column", *BY_COLUMN, "group_by", "order_by"):
        value = parameters.get(field)
        names = [value] if isinstance(value, str) else list(value or [])
        for position, name in enumerate(names):
            if name not in known:
                key = escape(name) if isinstance(value, dict) else position
                at = f"{ROOT}/{field}" if isinstance(value, str) else f"{ROOT}/{field}/{key}"
                yield FieldError(at, f"There is no column {name!r}; the columns are {some}.")
    for target, names in parameters.get("predictors", {}).items():
        at = f"{ROOT}/predictors/{escape(target)}"
        if target not in known | {REST}:
            yield FieldError(at, f"There is no column {target!r}; the columns are {some}.")
        for position, name in enumerate(names):
            if name not in known:
                yield FieldError(f"{at}/{position}", f"There is no column {name!r}; the columns are {some}.")
    yield from _rule_errors(parameters, known)


def _method_errors(parameters: dict[str, Any]) -> Iterator[FieldError]:
    if parameters.get("fill_by") is not None:
        yield from _check_method(parameters["fill_by"], {}, f"{ROOT}/fill_by", ROOT)
    yield from _comparison_errors(parameters)
    if "per_column" not in parameters:
        return
    yield from _check_method(parameters["method"], parameters["options"], f"{ROOT}/method", f"{ROOT}/options")
    for name, choice in parameters["per_column"].items():
        at = f"{ROOT}/per_column/{escape(name)}"
        options = {key: value for key, value in choice.items() if key != "method"}
        yield from _check_method(choice.get("method", parameters["method"]), options, f"{at}/method", at)


def _check_method(method: object, options: dict[str, Any], method_at: str, options_at: str) -> Iterator[FieldError]:
    from wrangler.impute import METHODS  # scikit-learn takes seconds to load: the first job pays, not every command

    if not isinstance(method, str) or method not in METHODS:
        yield FieldError(method_at, f"There is no method {method!r}; the methods are {', '.join(sorted(METHODS))}.")
        return
    for pointer, message in METHODS[method].validate(options):
        yield FieldError(f"{options_at}{pointer}", message)


def _comparison_errors(parameters: dict[str, Any]) -> Iterator[FieldError]:
    methods = parameters.get("methods", ())
    for place, method in enumerate(methods):
        yield from _check_method(method, {}, f"{ROOT}/methods/{place}", ROOT)
    if "methods" in parameters and not 0 < len(methods) <= MOST_COMPARED:
        yield FieldError(f"{ROOT}/methods", f"Name 1 to {MOST_COMPARED} methods to compare, not {len(methods)}.")
    if "methods" in parameters and not parameters["holdout"] > 0:
        yield FieldError(
            f"{ROOT}/holdout", "Methods are compared on hidden cells, so the held-out share must be above 0."
        )


def _compared_job_errors(sent: dict[str, Any]) -> Iterator[FieldError]:
    """What is wrong with the choice of jobs to compare, as far as their ids alone show."""
    jobs = sent["jobs"]
    if sent.get("methods"):
        yield FieldError(f"{ROOT}/methods", "Name jobs or methods to compare, not both.")
    if not FEWEST_JOBS <= len(jobs) <= MOST_JOBS:
        yield FieldError(f"{ROOT}/jobs", f"Name {FEWEST_JOBS} to {MOST_JOBS} jobs to compare, not {len(jobs)}.")
    seen: set[uuid.UUID] = set()
    for place, job_id in enumerate(jobs):
        at = f"{ROOT}/jobs/{place}"
        try:
            known = uuid.UUID(job_id)
        except ValueError:
            yield FieldError(at, f"{job_id!r} is no id of a job.")
            continue
        if known in seen:
            yield FieldError(at, f"Job {known} is named twice.")
        seen.add(known)


def _excluded_predictors(parameters: dict[str, Any]) -> Iterator[FieldError]:
    for target, names in parameters.get("predictors", {}).items():
        for position, name in enumerate(names):
            if name in parameters["exclude"]:
                message = f"{name!r} is excluded, by name or by its role, so it cannot predict."
                yield FieldError(f"{ROOT}/predictors/{escape(target)}/{position}", message)


def _rule_errors(parameters: dict[str, Any], known: Collection[str] | None) -> Iterator[FieldError]:
    from wrangler.impute.constraints import rule_faults  # as above

    for pointer, message in rule_faults(parameters.get("rules", []), known):
        yield FieldError(f"{ROOT}/rules{pointer}", f"{message[:1].upper()}{message[1:]}.")


def _value_errors(parameters: dict[str, Any]) -> Iterator[FieldError]:
    yield from _limit_errors(parameters)
    yield from _rule_errors(parameters, None)
    if "draws" in parameters:
        yield from _draw_errors(parameters)
    holdout = parameters.get("holdout", 0)
    if not 0 <= holdout <= 0.5:  # noqa: PLR2004 - half
        yield FieldError(f"{ROOT}/holdout", f"The held-out share must lie between 0 and 0.5, not {holdout}.")


def _draw_errors(parameters: dict[str, Any]) -> Iterator[FieldError]:
    from wrangler.impute import ImputationError, method_for_draws  # as above

    try:
        method_for_draws(parameters["method"], parameters["options"], parameters["draws"])
    except ImputationError as error:
        yield FieldError(f"{ROOT}/draws", str(error))


def _limit_errors(parameters: dict[str, Any]) -> Iterator[FieldError]:
    for name, limits in parameters.get("bounds", {}).items():
        at = f"{ROOT}/bounds/{escape(name)}"
        if len(limits) != 2:  # noqa: PLR2004 - low and high
            yield FieldError(at, f"The bounds of {name!r} must be two numbers, [low, high]; null leaves a side open.")
        elif None not in limits and limits[0] > limits[1]:
            yield FieldError(at, f"The low bound of {name!r} lies above its high bound: {limits[0]} > {limits[1]}.")
    for name, step in parameters.get("round_to", {}).items():
        if not step > 0:
            yield FieldError(f"{ROOT}/round_to/{escape(name)}", f"The step of {name!r} must be above 0, not {step}.")
    for name, values in parameters.get("allowed", {}).items():
        if not values or not all(isinstance(value, (str, int, float)) for value in values):
            at = f"{ROOT}/allowed/{escape(name)}"
            yield FieldError(at, f"The allowed values of {name!r} must be a list of text, numbers or truth values.")


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


def escape(part: str) -> str:
    return part.replace("~", "~0").replace("/", "~1")


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
        for error in _unknown_columns_by_schema(properties[name], value, f"{ROOT}/{escape(name)}", known)
    ]
    if errors:
        raise InvalidInput(f"The parameters do not fit dataset {dataset.name!r}: {errors[0].message}", errors=errors)
    return parameters


def _unknown_columns_by_schema(
    schema: dict[str, Any], value: object, at: str, known: list[str]
) -> Iterator[FieldError]:
    """Every name where the schema wants that of a column, and there is none."""
    if schema.get("format") == "column" and isinstance(value, str) and value not in known:
        some = ", ".join(repr(name) for name in known[:20])
        yield FieldError(at, f"There is no column {value!r}; the columns are {some}.")
    for choice in schema.get("anyOf", ()):
        yield from _unknown_columns_by_schema(choice, value, at, known)
    if isinstance(value, list) and "items" in schema:
        for place, item in enumerate(value):
            yield from _unknown_columns_by_schema(schema["items"], item, f"{at}/{place}", known)
    if isinstance(value, dict) and isinstance(schema.get("additionalProperties"), dict):
        for key, item in value.items():
            yield from _unknown_columns_by_schema(schema["additionalProperties"], item, f"{at}/{escape(key)}", known)


def check_compared(owner_id: uuid.UUID, job_ids: list[str], dataset: Dataset) -> None:
    """Refuse jobs that cannot be compared on this dataset.

    Raises
    ------
    InvalidInput
        With one `FieldError` for each; somebody else's job does not exist for the user.
    """
    errors = list(_incomparable(owner_id, job_ids, dataset))
    if errors:
        raise InvalidInput(f"The jobs cannot be compared: {errors[0].message}", errors=errors)


def _incomparable(owner_id: uuid.UUID, job_ids: list[str], dataset: Dataset) -> Iterator[FieldError]:
    wanted = [uuid.UUID(job_id) for job_id in job_ids]
    found = {job.id: job for job in db.session.scalars(select(Job).where(Job.id.in_(wanted), Job.owner_id == owner_id))}
    for place, job_id in enumerate(wanted):
        reason = _reason_against(found.get(job_id), dataset)
        if reason:
            yield FieldError(f"{ROOT}/jobs/{place}", reason.format(job_id))


def _reason_against(job: Job | None, dataset: Dataset) -> str | None:
    if job is None:
        return "There is no job {}."
    if job.kind is not JobKind.IMPUTE:
        return f"Job {{}} is of the kind {job.kind.value}; only impute jobs can be compared."
    if job.dataset_id != dataset.id:
        return "Job {} completed another dataset; only jobs of the same dataset can be compared."
    if job.state is not JobState.SUCCEEDED:
        return f"Job {{}} is {job.state.value}; only jobs that succeeded can be compared."
    return None
