"""What a job will cost, estimated from the dataset's row alone: no table is read and nothing is run.

The figures are those of one machine, so the actual cost is expected within a wide range. The library's
`imputer.estimate(table)` comes nearer, but runs the method. Jobs that impute nothing are not estimated.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from math import ceil, prod
from typing import TYPE_CHECKING, Any

from wrangler.config import Settings
from wrangler.errors import FieldError, InvalidInput
from wrangler.models import Dataset, JobKind
from wrangler.notebook.supervisor import machine_share

if TYPE_CHECKING:
    from wrangler.impute import MethodInfo

COLUMNS, INCOMPLETE = 20, 10  # of the tables that the methods' costs were measured on
COUNTED_COLUMNS = 50  # beyond which the growth is the library's, counted from the algorithms
MOST_DUMMIES = 40
BLOCK_ROWS = 16_384
NOTEBOOK_SECONDS, NOTEBOOK_BYTES = 1.5, 350_000_000
CELL_SECONDS, CELL_BYTES = 4e-7, 28  # of reading, pictures and writing
COPY_SECONDS, COPY_BYTES = 1e-7, 18  # of each further completed table
SECONDS_FACTOR, BYTES_FACTOR = 4.0, 2.0


@dataclass(frozen=True)
class JobCost:
    """Time and memory that a job is expected to take, and between which bounds."""

    seconds: float
    bytes: int
    seconds_range: tuple[float, float]
    bytes_range: tuple[int, int]


@dataclass(frozen=True)
class Shape:
    """What a method has to work on; `matrix` and `missing_per_row` count a category once for each level but one."""

    rows: int
    read: int
    incomplete: int
    groups: int
    matrix: float
    missing_per_row: float


@dataclass(frozen=True)
class Asked:
    """One method with its options and what it works on, and how often it fits and fills."""

    method: str
    options: dict[str, Any]
    shape: Shape
    fits: int
    fills: int


@dataclass(frozen=True)
class Spent:
    """Seconds of fitting once and of filling once, and bytes."""

    fitting: float
    filling: float
    bytes: float

    def seconds(self, asked: Asked) -> float:
        """All times together, each within the time budget."""
        budget = asked.options.get("time_budget_seconds")
        most = float("inf") if budget is None else float(budget)
        return asked.fits * min(self.fitting, most) + asked.fills * min(self.filling, most)


def estimate_cost(kind: JobKind, parameters: dict[str, Any], dataset: Dataset) -> JobCost | None:
    """The cost of a job that imputes or compares; None when nothing is known of the table or the method."""
    if kind not in {JobKind.IMPUTE, JobKind.COMPARE} or not dataset.rows:
        return None
    are_tried = kind is JobKind.COMPARE
    asked = list((_tried if are_tried else _wanted)(parameters, dataset))
    if not all(one.method in _methods() for one in asked):
        return None
    is_ordered = parameters.get("order_by") is not None
    spent = [_spent(one, is_ordered=is_ordered) for one in asked]
    cells = dataset.rows * len(dataset.columns)
    copies = cells * (max(len(parameters.get("jobs") or asked), 1) if are_tried else parameters.get("draws", 1))
    reading = CELL_SECONDS * cells + COPY_SECONDS * (copies - cells)
    filling = sum(each.seconds(one) for each, one in zip(spent, asked, strict=True))
    most = float(parameters.get("time_budget_seconds", "inf")) if are_tried else float("inf")
    seconds = reading + min(filling, most)
    # Methods that are compared work one after another, those of single columns with the others.
    work = max((each.bytes for each in spent), default=0) if are_tried else sum(each.bytes for each in spent)
    size = CELL_BYTES * cells + COPY_BYTES * (copies - cells) + work
    return JobCost(
        round(NOTEBOOK_SECONDS + seconds, 1),
        int(NOTEBOOK_BYTES + size),
        (
            round(seconds / SECONDS_FACTOR, 3),
            round(NOTEBOOK_SECONDS + reading * SECONDS_FACTOR + min(filling * SECONDS_FACTOR, most), 1),
        ),
        (int(size / BYTES_FACTOR), int(NOTEBOOK_BYTES + size * BYTES_FACTOR)),
    )


def refuse_beyond_limits(cost: JobCost, settings: Settings) -> None:
    """Refuse what cannot be done within a job's time and memory, however the range of the estimate is read.

    Raises
    ------
    InvalidInput
    """
    errors = [
        FieldError("/parameters", f"Would take {needed} at least, and a job may take {allowed}.")
        for needed, allowed, is_beyond, _ in _against(cost, settings)
        if is_beyond
    ]
    if errors:
        advice = "choose a simpler method, fewer columns, or fewer rows to fit on (most_rows and the like)"
        raise InvalidInput(
            f"The job is too large for this server: {errors[0].message} To make it smaller, {advice}.",
            errors=errors,
            code="job_too_costly",
        )


def warnings_of(cost: JobCost, settings: Settings) -> list[str]:
    """Plain sentences on limits that the job may reach."""
    return [
        f"The job may need {most}, and is ended beyond {allowed}."
        for (_, allowed, is_beyond, most) in _against(cost, settings)
        if most and not is_beyond
    ]


def _against(cost: JobCost, settings: Settings) -> Iterable[tuple[str, str, bool, str]]:
    """For time and for memory: least, limit, whether it is beyond, and the most where that exceeds the limit."""
    seconds = min(settings.job_deadline_seconds, settings.job_cell_seconds)
    low, high = cost.seconds_range
    yield f"{low:,.0f} s", f"{seconds:,} s", low > seconds, f"{high:,.0f} s" if high > seconds else ""
    # How many jobs a worker runs at once is the worker's setting: without a limit, one may have all that there is.
    size = settings.job_memory_bytes or machine_share.memory_bytes(1)
    least, most = cost.bytes_range
    yield _mib(least), _mib(size), least > size, _mib(most) if most > size else ""


def _methods() -> "Mapping[str, MethodInfo]":
    """The registry; scikit-learn takes seconds to load, so only an estimate loads it."""
    from wrangler.impute import METHODS

    return METHODS


def _mib(size: int) -> str:
    return f"{size / 2**20:,.0f} MiB"


def _wanted(parameters: dict[str, Any], dataset: Dataset) -> Iterator[Asked]:
    """The method of an impute job and that of each column which has its own."""
    method, options = parameters.get("method", "auto"), parameters.get("options", {})
    draws = parameters.get("draws", 1)
    from wrangler.impute import DRAWING, FEWEST_DRAWS  # as in `_methods`

    if draws > 1:
        method, options = DRAWING, {**options, "draws": draws}
    is_held_out = bool(parameters.get("holdout"))
    is_checked = is_held_out and draws >= FEWEST_DRAWS
    often = 1 + is_held_out + is_checked, draws + is_held_out + draws * is_checked
    own, incomplete = parameters.get("per_column", {}), _incomplete(parameters, dataset)
    yield Asked(method, options, _shape(parameters, dataset, len(incomplete - own.keys())), *often)
    for choice in own.values():
        rest = {name: value for name, value in choice.items() if name != "method"}
        yield Asked(choice.get("method", method), rest, _shape(parameters, dataset, 1), *often)


def _tried(parameters: dict[str, Any], dataset: Dataset) -> Iterator[Asked]:
    """Each method of a comparison: on the table, on the hidden cells, and once more for the intervals of draws."""
    from wrangler.impute import DRAWING, FEWEST_DRAWS  # as in `_methods`

    shape = _shape(parameters, dataset, len(_incomplete(parameters, dataset)))
    for method in parameters.get("methods", []):
        draws = _methods()[DRAWING].usual("draws") if method == DRAWING else 0
        is_checked = draws >= FEWEST_DRAWS
        yield Asked(method, {}, shape, 2 + is_checked, 2 + draws * is_checked)


def _incomplete(parameters: dict[str, Any], dataset: Dataset) -> set[str]:
    wanted = set(parameters.get("columns") or [column["name"] for column in dataset.columns])
    excluded = set(parameters.get("exclude", []))
    return {column["name"] for column in dataset.columns if column.get("missing", 1)} & wanted - excluded


def _shape(parameters: dict[str, Any], dataset: Dataset, incomplete: int) -> Shape:
    distinct = {column["name"]: column.get("distinct") or 1 for column in dataset.columns}
    grouped = parameters.get("group_by", [])
    groups = prod(distinct.get(name, 1) for name in grouped) if grouped else 0
    excluded = set(parameters.get("exclude", []))
    read = [column for column in dataset.columns if column["name"] not in excluded]
    rows, widths = dataset.rows or 0, [_dummies(column) for column in read]
    missing = sum(wide * column.get("missing", 1) for wide, column in zip(widths, read, strict=True))
    return Shape(rows, max(len(read), 1), incomplete, groups, sum(widths) + 1, missing / max(rows, 1))


def _dummies(column: dict[str, Any]) -> int:
    """Columns of the matrix that one column becomes."""
    levels = (column.get("distinct") or 1) if column.get("type") in {"text", "category"} else 0
    return min(max(levels - 1, 1), MOST_DUMMIES)


def _spent(asked: Asked, *, is_ordered: bool) -> Spent:
    if asked.method == "auto":
        return _raced(asked.options, asked.shape, is_ordered=is_ordered)
    return _plain(asked.method, asked.options, asked.shape)


def _raced(options: dict[str, Any], shape: Shape, *, is_ordered: bool) -> Spent:
    """Every candidate on the rows of the race, and a likely share of them on all rows."""
    from wrangler.impute.cost import LIKELY, MOST_ROUNDS, RACED_CELLS  # as in `_methods`

    auto = _methods()["auto"]
    rivals = auto.imputer.growth.rivals(shape.rows, is_ordered=is_ordered)
    rows = min(shape.rows, options.get("race_rows", auto.usual("race_rows")))
    share = options.get("share", auto.usual("share"))
    rounds = min(max(ceil(RACED_CELLS / max(rows * share, 1)), 1), MOST_ROUNDS)
    small = replace(shape, rows=rows)
    raced = [_plain(name, {}, small) for name in rivals]
    whole = [_plain(name, {}, shape) for name in rivals]
    fitting = rounds * sum(each.fitting + each.filling for each in raced)
    return Spent(
        fitting + LIKELY * sum(each.fitting for each in whole),
        LIKELY * sum(each.filling for each in whole),
        sum(each.bytes for each in whole),
    )


def _plain(method: str, options: dict[str, Any], shape: Shape) -> Spent:
    info = _methods()[method]
    cost, cap_option = info.cost, info.imputer.growth.cap
    if cost is None:
        raise ValueError(f"{method} declares no cost")
    cap = options.get(cap_option, info.usual(cap_option)) if cap_option else shape.rows
    fitted = min(shape.rows, cap) + min(shape.rows, cap * shape.groups)
    effort = _effort(info, options)
    narrow = min(COUNTED_COLUMNS / shape.read, 1.0) if cap_option else 1.0
    width = narrow * shape.read / COLUMNS * (narrow * shape.incomplete / INCOMPLETE if cap_option else 1.0)
    to_fit, to_fill = _widened(info, shape, narrow, fitted) if narrow < 1 else (1.0, 1.0)
    block = min(shape.rows / BLOCK_ROWS, 1.0)
    fitting = effort * (cost.fitting + cost.fitting_row * fitted)
    filling = cost.filling + cost.filling_row * shape.rows * (1.0 if cost.shared else effort)
    fitting_bytes = effort * (cost.fitting_bytes + cost.fitting_row_bytes * fitted)
    filling_bytes = cost.filling_bytes * block + cost.filling_row_bytes * shape.rows
    # What is held at once grows with the columns; what is done one after another, with their pairs.
    return Spent(
        width * to_fit * fitting, width * to_fill * filling, shape.read / COLUMNS * (fitting_bytes + filling_bytes)
    )


def _widened(info: "MethodInfo", shape: Shape, narrow: float, fitted: float) -> tuple[float, float]:
    """By how much more a wide table takes to fit and to fill than the part of it that has some of its columns."""
    from wrangler.impute.cost import Sizes, Width  # as in `_methods`

    work = info.imputer.growth.work
    sizes = Sizes(shape.rows, fitted, min(shape.rows, BLOCK_ROWS))
    whole = Width(shape.read, shape.matrix, shape.incomplete, shape.missing_per_row)
    part = Width(*(narrow * part for part in (shape.read, shape.matrix, shape.incomplete, shape.missing_per_row)))
    fit, fill = (
        work[name](whole, sizes) / work[name](part, sizes) if name in work else 1 / narrow for name in ("fit", "fill")
    )
    return fit, fill


def _effort(info: "MethodInfo", options: dict[str, Any]) -> float:
    """How much more or less work than usual; what is shared is done once."""
    if info.cost is None or not info.cost.effort:
        return 1.0
    usual = info.usual(info.cost.effort)
    effort = float(options.get(info.cost.effort, usual)) / float(usual)
    return info.cost.shared + (1 - info.cost.shared) * effort
