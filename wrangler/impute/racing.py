"""A race between methods: known cells are hidden, every candidate fills them, and each column has its winner.

Source: successive halving (Jamieson and Talwalkar, AISTATS 2016): all candidates run on few rows, the better ones on
more; after every heat what clearly loses drops out of the race for that column.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from time import monotonic

import numpy as np

from wrangler.impute.base import LEARNING
from wrangler.impute.candidates import BASELINES, Candidate, is_lost, is_mixed
from wrangler.impute.errors import OutOfTime
from wrangler.impute.hiding import Hiding, hide
from wrangler.impute.pacing import Lap, Pace
from wrangler.impute.race import Answers, Race, Terms
from wrangler.impute.record import Progress, Record
from wrangler.impute.stretches import some_rows
from wrangler.impute.table import Table
from wrangler.impute.work import Work

WANTED_CELLS = 300
MOST_HEATS = 3
FIRST_ROWS = 1_000
MOST_COLUMNS = 1_000


def run_race(
    table: Table, targets: Sequence[str], candidates: Mapping[str, Candidate], terms: Terms, work: Work
) -> Race:
    """Hide cells, let every candidate fill them, note the losses: on few rows, then on all, small tables repeatedly.

    Parameters
    ----------
    table : Table
    targets : sequence of str
    candidates : mapping of str to Candidate
        Cheapest first.
    terms : Terms
    work : Work

    Returns
    -------
    Race
    """
    race = Race()
    parts = list(_parts(table, terms.share, work))
    for heat, (part, is_anew) in enumerate(parts):
        late = race.too_slow(part.rows, work.deadline) if heat else {}
        running = {name: runner for name, runner in race.runners(candidates).items() if name not in late}
        hiding = hide(part, targets, terms.share, work.random("hide", str(heat)))
        found = _heat(race, hiding, running, work.turn(heat, len(parts), f"heat {heat + 1}"))
        cut = [name for name, answers in found.items() if answers is None]
        if cut:
            told = f"The time budget ended the race in heat {heat + 1}; these did not finish it: {', '.join(cut)}."
            work.tell(None, "stopped", told)
        if cut and heat:
            break
        race.late |= late
        if is_anew:
            race.forget()
        race.add(hiding, part, found)
        if cut:
            race.late |= dict.fromkeys(cut, "the time budget ended before it had finished a heat")
            break
        race.drop(part)
    race.keep_to(terms)
    return race


def _parts(table: Table, share: float, work: Work) -> Iterator[tuple[Table, bool]]:
    """The rows of each heat, and whether what came before is forgotten: few rows, then all.

    Small tables run repeatedly, but not very wide ones, of which a single heat takes long.
    """
    if table.rows > 2 * FIRST_ROWS:
        yield table.take(some_rows(table, FIRST_ROWS, work.random("first rows"))), False
        yield table, True
        return
    most = MOST_HEATS if len(table.columns) <= MOST_COLUMNS else 1
    for _ in range(int(np.clip(np.ceil(WANTED_CELLS / max(table.rows * share, 1)), 1, most))):
        yield table, False


def _heat(race: Race, hiding: Hiding, running: Mapping[str, Candidate], work: Work) -> dict[str, Answers | None]:
    """What each candidate answers for the hidden cells of each target; None for those that ran out of time."""

    def run(place: int, own: Work) -> tuple[Answers, Lap] | None:
        name = list(running)[place]
        turn = own.part(0.0, 1.0, f"{own.within}, trying {name}")
        turn.announce(Progress(0.0, "learning"))
        in_time = replace(turn, record=Record(), deadline=None if name in BASELINES else own.deadline)
        stays = [target for target in hiding.judged if name not in race.left.get(target, {})]
        try:
            in_time.hurry()
            return _run(running[name].on_trial(), hiding, stays, in_time)
        except OutOfTime:
            return None

    found = dict(zip(running, work.each(run, range(len(running))), strict=True))
    for name, ran in found.items():
        if ran is not None:
            race.paces[name] = race.paces.get(name, Pace((), running[name].most_rows)).and_then(ran[1])
    return {name: None if ran is None else ran[0] for name, ran in found.items()}


def _run(candidate: Candidate, hiding: Hiding, targets: Sequence[str], work: Work) -> tuple[Answers, Lap]:
    table = hiding.table
    runs = [target for target in targets if candidate.suits(table.columns[target])]
    began = monotonic()
    if not runs:
        return {}, Lap(table.rows, 0, 0.0, 0.0)
    learnt = candidate.learn(table, runs, work.part(0.0, LEARNING))
    middle = monotonic()
    mixed = frozenset(target for target in runs if is_mixed(table.columns[target]))
    answers = candidate.answers(learnt, table, runs, work.part(LEARNING, 1.0), mixed)
    lap = Lap(table.rows, len(runs), middle - began, monotonic() - middle)
    found: Answers = {}
    for target in runs:
        places = np.cumsum(table.columns[target].missing) - 1
        answer = answers[target][places[hiding.judged[target]]]
        if not is_lost(answer).any():
            found[target] = answer
    return found, lap
