"""A race between methods: observed cells are hidden, every candidate fills them, and each column has its winner.

Source: successive halving (Jamieson and Talwalkar, AISTATS 2016): all candidates run on few rows, the better ones on
more, without the clearly worse ones of each column. On small tables none drops out: all rounds are on the same few
rows, where a method is clearly worse by chance too often, and the mixture of all has the smaller error.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import monotonic

import numpy as np

from wrangler.impute.arrays import Floats, Rows
from wrangler.impute.base import FITTING
from wrangler.impute.context import Deadline, Work
from wrangler.impute.encoding import Table
from wrangler.impute.errors import OutOfTime
from wrangler.impute.evaluation import Hiding, hide, sample_row_numbers
from wrangler.impute.events import Progress, Record
from wrangler.impute.selection.candidates import (
    BASELINES,
    STANDBY,
    Candidate,
    is_mixed,
    is_unpredicted,
)
from wrangler.impute.selection.held_out_cells import HeldOutCells, losses
from wrangler.impute.selection.time_budget import Lap, Pace, within

HOPELESS = 1.25  # times the smallest error
SURE = 2.0  # standard errors
Predictions = dict[str, Floats]


@dataclass(frozen=True)
class RaceSettings:
    """What a race needs to know besides its table.

    Attributes
    ----------
    share : float
        Share of the observed cells that each round hides.
    rows : int
        Rows of the table that the winners are fitted on.
    deadline : Deadline or None
        For fitting the winners as well; the race itself has the deadline of its work.
    """

    share: float
    rows: int
    deadline: Deadline | None = None


@dataclass
class Race:
    """The hidden cells of each column, and the predictions of each candidate, one array for each round.

    Attributes
    ----------
    truths : dict of column to list of ndarray
    rows : dict of column to list of ndarray
        Of each hidden cell, in the part of the table that is raced on.
    predictions : dict of column to dict of candidate to list of ndarray
        Numbers or codes, or probabilities of shape (cells, levels).
    left : dict of column to dict of candidate to float
        Mean loss at which candidates dropped out.
    late : dict of candidate to str
        Why there was no time for it.
    paces : dict of candidate to Pace
    """

    truths: dict[str, list[Floats]] = field(default_factory=dict)
    rows: dict[str, list[Rows]] = field(default_factory=dict)
    predictions: dict[str, dict[str, list[Floats]]] = field(default_factory=dict)
    left: dict[str, dict[str, float]] = field(default_factory=dict)
    late: dict[str, str] = field(default_factory=dict)
    paces: dict[str, Pace] = field(default_factory=dict)

    def add(self, hiding: Hiding, table: Table, predicted: Mapping[str, Predictions | None]) -> None:
        """Add one round: the true values of the hidden cells, and the predictions of the candidates that gave any."""
        for name, rows in hiding.judged.items():
            self.truths.setdefault(name, []).append(table.columns[name].cells[rows])
            self.rows.setdefault(name, []).append(rows)
        for candidate, predictions in predicted.items():
            for name, prediction in (predictions or {}).items():
                self.predictions.setdefault(name, {}).setdefault(candidate, []).append(prediction)

    def forget(self) -> None:
        """Forget earlier rounds before a more accurate one on more rows; candidates that dropped out stay out."""
        self.truths, self.rows, self.predictions = {}, {}, {}

    def drop(self, table: Table) -> None:
        """Drop candidates whose error is clearly larger than the smallest one of the column."""
        for name in self.truths:
            cells = self.of(name)
            loss_of = {
                candidate: cells.by_cell(losses(cells.truth, prediction, table.columns[name]))
                for candidate, prediction in cells.predictions.items()
            }
            best = min(loss_of.values(), key=lambda loss: float(loss.mean()), default=np.zeros(1))
            for candidate, loss in loss_of.items():
                if candidate not in BASELINES and _is_hopeless(loss, best):
                    self.left.setdefault(name, {})[candidate] = float(loss.mean())

    def of(self, column: str) -> HeldOutCells:
        """The hidden cells of a column, and the predictions of candidates that gave them in every round, in time."""
        truths = self.truths.get(column, [])
        full = {
            name: np.concatenate(parts)
            for name, parts in self.predictions.get(column, {}).items()
            if len(parts) == len(truths) and name not in self.late and name not in self.left.get(column, {})
        }
        if not truths:
            return HeldOutCells(np.empty(0, dtype=np.intp), np.empty(0), {})
        return HeldOutCells(np.concatenate(self.rows[column]), np.concatenate(truths), full)

    def runners(self, candidates: Mapping[str, Candidate]) -> dict[str, Candidate]:
        """The candidates that are still in the race of any column."""
        columns = list(self.truths)
        return {
            name: candidate
            for name, candidate in candidates.items()
            if name not in self.late
            and (not columns or any(name not in self.left.get(column, {}) for column in columns))
        }

    def keep_to(self, settings: RaceSettings) -> None:
        """Drop candidates for which the time left is too short to be fitted on, or to fill, the whole table."""
        if settings.deadline is not None:
            self.late |= within(settings.deadline, self.paces, settings.rows, {*BASELINES, STANDBY, *self.late})

    def too_slow(self, rows: int, deadline: Deadline | None) -> dict[str, str]:
        """Candidates for which the time is too short in a round on so many rows, and why; the quickest come first."""
        left, late = np.inf if deadline is None else deadline.seconds_left, {}
        for name in sorted(self.paces.keys() - self.late, key=lambda name: self.paces[name].to_run(rows)):
            left -= self.paces[name].to_run(rows)
            if left < 0 and name not in {*BASELINES, STANDBY}:
                late[name] = f"there was no time to try it on {rows:,} rows"
        return late


WANTED_CELLS = 300
MOST_ROUNDS = 3
FIRST_ROWS = 1_000
MOST_COLUMNS = 1_000


def run_race(
    table: Table, targets: Sequence[str], candidates: Mapping[str, Candidate], settings: RaceSettings, work: Work
) -> Race:
    """Hide cells and let every candidate fill them: on few rows, then on all; on small tables in several rounds.

    Parameters
    ----------
    table : Table
    targets : sequence of str
    candidates : mapping of str to Candidate
        Cheapest first.
    settings : RaceSettings
    work : Work

    Returns
    -------
    Race
    """
    race = Race()
    parts = list(_parts(table, settings.share, work))
    for round_number, (part, is_anew) in enumerate(parts):
        if is_anew:
            race.drop(part)
        late = race.too_slow(part.rows, work.deadline) if round_number else {}
        running = {name: runner for name, runner in race.runners(candidates).items() if name not in late}
        hiding = hide(part, targets, settings.share, work.random("hide", str(round_number)))
        predicted = _run_round(race, hiding, running, work.turn(round_number, len(parts), f"round {round_number + 1}"))
        cut = [name for name, predictions in predicted.items() if predictions is None]
        if cut:
            unfinished = ", ".join(cut)
            message = f"The time budget ended the race in round {round_number + 1}; not finished: {unfinished}."
            work.add_event(None, "stopped", message)
        if cut and round_number:
            break
        race.late |= late
        if is_anew:
            race.forget()
        race.add(hiding, part, predicted)
        if cut:
            race.late |= dict.fromkeys(cut, "the time budget ended before it had finished a round")
            break
    race.keep_to(settings)
    return race


def _parts(table: Table, share: float, work: Work) -> Iterator[tuple[Table, bool]]:
    """The rows of each round, and whether earlier rounds are forgotten: few rows, then all.

    Small tables have several rounds, but not very wide ones, of which a single round takes long.
    """
    if table.rows > 2 * FIRST_ROWS:
        yield table.take(sample_row_numbers(table, FIRST_ROWS, work.random("first rows"))), False
        yield table, True
        return
    most = MOST_ROUNDS if len(table.columns) <= MOST_COLUMNS else 1
    for _ in range(int(np.clip(np.ceil(WANTED_CELLS / max(table.rows * share, 1)), 1, most))):
        yield table, False


def _run_round(
    race: Race, hiding: Hiding, running: Mapping[str, Candidate], work: Work
) -> dict[str, Predictions | None]:
    """The predictions of each candidate for the hidden cells of each target; None for those that ran out of time."""

    def run(place: int, turn: Work) -> tuple[Predictions, Lap] | None:
        name = list(running)[place]
        named = turn.part(0.0, 1.0, f"{turn.within}, trying {name}")
        named.announce(Progress(0.0, "fitting"))
        in_time = replace(named, record=Record(), deadline=None if name in BASELINES else turn.deadline)
        stays = [target for target in hiding.judged if name not in race.left.get(target, {})]
        try:
            in_time.check_deadline()
            return _run(running[name].on_trial(), hiding, stays, in_time)
        except OutOfTime:
            return None

    results = dict(zip(running, work.each(run, range(len(running))), strict=True))
    for name, result in results.items():
        if result is not None:
            race.paces[name] = race.paces.get(name, Pace((), running[name].most_rows)).and_then(result[1])
    return {name: None if result is None else result[0] for name, result in results.items()}


def _run(candidate: Candidate, hiding: Hiding, targets: Sequence[str], work: Work) -> tuple[Predictions, Lap]:
    table = hiding.table
    filled = [target for target in targets if candidate.suits(table.columns[target])]
    began = monotonic()
    if not filled:
        return {}, Lap(table.rows, 0, 0.0, 0.0)
    fitted = candidate.fit(table, filled, work.part(0.0, FITTING))
    middle = monotonic()
    mixed = frozenset(target for target in filled if is_mixed(table.columns[target]))
    predictions = candidate.predictions(fitted, table, filled, work.part(FITTING, 1.0), mixed)
    lap = Lap(table.rows, len(filled), middle - began, monotonic() - middle)
    at_hidden: Predictions = {}
    for target in filled:
        places = np.cumsum(table.columns[target].missing) - 1
        prediction = predictions[target][places[hiding.judged[target]]]
        if not is_unpredicted(prediction).any():
            at_hidden[target] = prediction
    return at_hidden, lap


def _is_hopeless(loss: Floats, best: Floats) -> bool:
    """Whether losses are much larger than the best ones, by more than chance."""
    more = loss - best
    sure = SURE * float(more.std()) / np.sqrt(max(len(more), 1))
    return bool(more.mean() > sure and loss.mean() > HOPELESS * best.mean())
