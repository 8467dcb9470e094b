"""Imputers beside their peers: accuracy on real tables, speed on large ones, and the frontier of both.

`make bench-impute ARGS="--quick"` takes a few minutes, without it many hours: results are appended to a file, so that
a run that was ended goes on, and `--render` writes docs/benchmarks/impute.md and its picture from that file alone.
"""

import argparse
import gc
import signal
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from itertools import product
from pathlib import Path

from benchmarks.imputing import machine, methods, tables
from benchmarks.imputing.coverage import coverage
from benchmarks.imputing.measuring import Terms, measure
from benchmarks.imputing.methods import Method
from benchmarks.imputing.rendering import write_page
from benchmarks.imputing.results import Results
from benchmarks.imputing.scores import baseline_of
from benchmarks.imputing.tasks import (
    MECHANISMS,
    SHARES,
    Extent,
    IncompleteTable,
    Task,
    accuracy_tasks,
    incomplete,
    speed_tasks,
)

ROOT = Path(__file__).resolve().parents[1]
USUAL = {
    "tables": ",".join(tables.BY_NAME),
    "mechanisms": ",".join(MECHANISMS),
    "shares": ",".join(map(str, SHARES)),
    "seeds": 5,
    "speed": "10k,diamonds,100k,flights,1M",
    "coverage": 400,
    "budget": 300.0,
}
QUICK = USUAL | {
    "tables": "penguins,pbc,housing,mpg",
    "shares": "0.3",
    "seeds": 1,
    "speed": "10k",
    "coverage": 0,
    "budget": 20.0,
}
TURNS = 3
MOST_SECONDS_REPEATED = 20
SIZES = ("10k", "100k", "1M", "10M")


def run(tasks: Iterable[Task], chosen: Sequence[Method], results: Results, terms: Terms) -> None:
    """Every method on a task, one after another, before the next task: so that ratios hold on a busy machine."""
    for task in tasks:
        turns = list(product(range(TURNS if task.kind == "speed" else 1), chosen))
        if all(_is_done(task, method, turn, results) for turn, method in turns):
            continue
        work = incomplete(task)
        facts = _facts(work)
        gc.collect()
        gc.freeze()  # else a child's collector would copy the pages of its parent
        for turn, method in turns:
            if _is_done(task, method, turn, results):
                continue
            if _is_hopeless(task, method, results):
                record = {"status": "late", "reason": "not tried: late on this table or a smaller one"}
            else:
                record = measure(method, work, task.seed, terms)
            named = {"task": asdict(task), "method": method.name, "turn": turn, "budget": terms.budget}
            results.add({**named, **facts, **record})
            _report(task, method, record)
        gc.unfreeze()
        del work


def _is_done(task: Task, method: Method, turn: int, results: Results) -> bool:
    """Whether nothing is to be measured: it was, is not asked for, or took so long that once is enough."""
    if results.has(task, method.name, turn) or (method.speed_only and task.kind != "speed"):
        return True
    return turn > 0 and not 0 < results.first_seconds(task, method.name) < MOST_SECONDS_REPEATED


def _facts(work: IncompleteTable) -> dict[str, object]:
    """What the page needs to know of a task."""
    baseline = baseline_of(work)
    return {
        "rows": work.frame.shape[0],
        "columns_of_table": work.frame.shape[1],
        "table_bytes": int(work.frame.memory_usage(deep=True).sum()),
        "baseline_nrmse": baseline.nrmse,
        "baseline_wrong": baseline.wrong,
    }


def _is_hopeless(task: Task, method: Method, results: Results) -> bool:
    smaller = SIZES[: SIZES.index(task.table) + 1] if task.table in SIZES else (task.table,)
    return any(results.is_hopeless(table, method.name) for table in smaller)


def _report(task: Task, method: Method, record: dict[str, object]) -> None:
    words = record.get("reason", "")
    if record["status"] == "done":
        words = " ".join(f"{name} {record[name]:.3f}" for name in ("seconds", "nrmse", "wrong") if name in record)
    print(f"{task.table:10} {task.mechanism:4} {task.share:.2f} {task.seed} {method.name:34} {words}", flush=True)


def choose(words: Sequence[str]) -> list[Method]:
    """Methods whose names contain one of the words; all when there is none."""
    return [each for each in methods.ALL if not words or any(word.lower() in each.name.lower() for word in words)]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a few small tables, one share, one seed")
    parser.add_argument("--tables", type=_words, help="real tables, by commas; nothing for no accuracy run")
    parser.add_argument("--mechanisms", type=_words, help="of MCAR, MAR and MNAR")
    parser.add_argument("--shares", type=_words, help="of the cells that are hidden")
    parser.add_argument("--seeds", type=int, help="how often")
    parser.add_argument("--speed", type=_words, help="large tables: 10k, 100k, 1M, 10M, diamonds, flights")
    parser.add_argument("--coverage", type=int, help="samples to count the coverage of pooled intervals in")
    parser.add_argument("--methods", type=_words, default=[], help="words that occur in names of methods, by commas")
    parser.add_argument("--budget", type=float, help="processor seconds until a method is ended")
    parser.add_argument("--threads", type=int, default=1, help="threads of each method: small fits want one")
    parser.add_argument("--results", type=Path, default=ROOT / "var" / "benchmarks" / "impute.jsonl")
    parser.add_argument("--page", type=Path, default=ROOT / "docs" / "benchmarks" / "impute.md")
    parser.add_argument("--render", action="store_true", help="write the page from the results, measure nothing")
    parser.set_defaults(**(QUICK if parser.parse_known_args()[0].quick else USUAL))
    return parser.parse_args()


def _words(given: str) -> list[str]:
    return [word.strip() for word in given.split(",") if word.strip()]


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Ended; what was measured is kept."))
    chosen = arguments()
    results = Results(chosen.results, chosen.budget)
    if chosen.render:
        write_page(results, chosen.page)
        return
    results.add({"machine": {**machine.describe(), "threads": str(chosen.threads)}})
    if chosen.coverage:
        results.add({"coverage": coverage(chosen.coverage, methods.DRAWS)})
    terms, shares = Terms(chosen.budget, chosen.threads), [float(share) for share in chosen.shares]
    for tasks in (
        speed_tasks(chosen.speed),
        accuracy_tasks(Extent(chosen.tables, chosen.mechanisms, shares, chosen.seeds)),
    ):
        run(tasks, choose(chosen.methods), results, terms)


if __name__ == "__main__":
    main()
