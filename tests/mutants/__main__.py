"""`python -m tests.mutants wrangler/analyze wrangler/tables --count 100 --seed 1`: plant faults, count those seen."""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.mutants.coverage_map import CoverageMap, measure, suites_of
from tests.mutants.plant import Mutant, mutants_of

ROOT = Path(__file__).resolve().parents[2]
FIRST_TESTS = 30
USUAL_DELAY = 60


@dataclass(frozen=True)
class Verdict:
    """What the tests made of one mutant."""

    mutant: Mutant
    package: str
    end: str
    """seen, timed out, survived or not reached."""
    seen_by: str | None
    tests: int
    tried: int
    log: str = ""


class Laboratory:
    """A copy of the tree in which the faults are planted; the tree itself is never touched."""

    def __init__(self, folder: Path) -> None:
        self.tree = folder / "tree"
        tracked = ("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
        for name in subprocess.run(tracked, cwd=ROOT, check=True, capture_output=True).stdout.decode().split("\0"):
            if name and (ROOT / name).is_file():
                (self.tree / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, self.tree / name)
        unwanted = {"PYTHONDONTWRITEBYTECODE", "PYTHONPATH"}
        environment = {name: value for name, value in os.environ.items() if name not in unwanted}  # noqa: TID251
        self._worker = subprocess.Popen(
            (sys.executable, "-m", "tests.mutants.worker"),
            cwd=self.tree,
            env=environment | {"PYTHONPATH": str(self.tree)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._planted = 0

    def install(self, mutant: Mutant) -> None:
        target = self.tree / mutant.path
        source = target.read_bytes()
        self._write(target, mutant.apply(source))

    def restore(self, mutant: Mutant) -> None:
        self._write(self.tree / mutant.path, (ROOT / mutant.path).read_bytes())

    def _write(self, target: Path, source: bytes) -> None:
        """Each text gets an hour of its own, so that compiled code is never taken for that of another."""
        self._planted += 1
        target.write_bytes(source)
        os.utime(target, (target.stat().st_atime, 1_000_000_000 + 3600 * self._planted))

    def run(self, tests: list[str], timeout: float) -> dict[str, Any]:
        assert self._worker.stdin is not None
        assert self._worker.stdout is not None
        self._worker.stdin.write(json.dumps({"tests": tests, "timeout": timeout}) + "\n")
        self._worker.stdin.flush()
        result: dict[str, Any] = json.loads(self._worker.stdout.readline())
        return result

    def close(self) -> None:
        assert self._worker.stdin is not None
        self._worker.stdin.close()
        self._worker.wait()


def main() -> int:
    chosen = _arguments()
    store = chosen.store or ROOT / ".mutants"
    measure(ROOT, store, suites_of(chosen.paths))
    coverage = CoverageMap(ROOT, store)
    verdicts: list[Verdict] = []
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        laboratory = Laboratory(Path(folder))
        for package, mutant in _chosen_mutants(chosen):
            if not verdicts:
                check_unchanged(laboratory, coverage.tests_of(mutant)[:FIRST_TESTS])
            verdict = judge(laboratory, coverage, package, mutant, chosen.budget)
            verdicts.append(verdict)
            _print(f"{verdict.end:12} {mutant.path}:{mutant.line} {mutant.kind}  {verdict.seen_by or ''}")
            if chosen.json:
                chosen.json.write_text(json.dumps([_record(verdict) for verdict in verdicts], indent=1))
        laboratory.close()
    _print(report(verdicts))
    return 0


def check_unchanged(laboratory: Laboratory, tests: list[str]) -> None:
    """Tests that fail without any fault would see every fault."""
    result = laboratory.run(tests, USUAL_DELAY) if tests else {"status": 0}
    if result["status"] != 0:
        raise SystemExit(f"The tests fail on the unchanged tree:\n{result['log']}")


def judge(laboratory: Laboratory, coverage: CoverageMap, package: str, mutant: Mutant, budget: float) -> Verdict:
    """Plant one fault and run the tests that reach it, quickest first, until one fails or the budget is used up."""
    tests = coverage.tests_of(mutant)
    tried: list[str] = []
    spent = 0.0
    for test in tests:
        spent += coverage.seconds(test)
        if tried and spent > budget:
            break
        tried.append(test)
    if not tried:
        return Verdict(mutant, package, "not reached", None, 0, 0)
    laboratory.install(mutant)
    try:
        for batch in filter(None, (tried[:FIRST_TESTS], tried[FIRST_TESTS:])):
            seconds = sum(map(coverage.seconds, batch))
            result = laboratory.run(batch, USUAL_DELAY + 5 * seconds)
            if result["status"] != 0:
                end = "timed out" if result["status"] is None else "seen"
                seen_by = result["seen_by"] or ("" if result["status"] is None else "(at import)")
                return Verdict(mutant, package, end, seen_by, len(tests), len(tried), result["log"])
    finally:
        laboratory.restore(mutant)
    return Verdict(mutant, package, "survived", None, len(tests), len(tried))


def report(verdicts: list[Verdict]) -> str:
    """Seen and planted per package, then the survivors."""
    installed = Counter(verdict.package for verdict in verdicts)
    seen = Counter(verdict.package for verdict in verdicts if verdict.end in {"seen", "timed out"})
    lines = ["", "| package | planted | seen | share |", "|---|--:|--:|--:|"]
    for package, count in [*installed.items(), ("all", len(verdicts))]:
        found = seen[package] if package != "all" else seen.total()
        lines.append(f"| {package} | {count} | {found} | {found / count:.0%} |")
    for verdict in verdicts:
        if verdict.end not in {"seen", "timed out"}:
            mutant = verdict.mutant
            tried = f"{verdict.end}, {verdict.tried} of {verdict.tests} tests tried"
            lines += ["", f"{mutant.path}:{mutant.line} ({mutant.kind}; {tried})"]
            lines.append(mutant.show((ROOT / mutant.path).read_bytes()))
    return "\n".join(lines)


def _chosen_mutants(chosen: argparse.Namespace) -> list[tuple[str, Mutant]]:
    """The asked number, in equal shares for the given paths, each chosen by the seed alone."""
    found: list[tuple[str, Mutant]] = []
    for path in chosen.paths:
        top = ROOT / path
        files = sorted(top.rglob("*.py")) if top.is_dir() else [top]
        mutants = [mutant for file in files for mutant in mutants_of(ROOT, str(file.relative_to(ROOT)))]
        share = min(len(mutants), chosen.count // len(chosen.paths))
        picked = random.Random(f"{chosen.seed} {path}").sample(mutants, share)
        found += [(path, mutant) for mutant in picked]
    if chosen.only:
        found = [(package, mutant) for package, mutant in found if f"{mutant.path}:{mutant.line}" in chosen.only]
    return found


def _record(verdict: Verdict) -> dict[str, Any]:
    mutant = verdict.mutant
    return {
        "package": verdict.package,
        "place": f"{mutant.path}:{mutant.line}",
        "kind": mutant.kind,
        "change": mutant.show((ROOT / mutant.path).read_bytes()),
        "end": verdict.end,
        "seen_by": verdict.seen_by,
        "tests": verdict.tests,
        "tried": verdict.tried,
        "log": verdict.log[-600:],
    }


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("paths", nargs="+", help="packages or files, such as wrangler/analyze")
    parser.add_argument("--count", type=int, default=100, help="faults over all paths; default: 100")
    parser.add_argument("--seed", type=int, default=1, help="rules which faults; default: 1")
    parser.add_argument("--budget", type=float, default=30.0, help="seconds of tests for one fault; default: 30")
    parser.add_argument("--only", nargs="*", help="of those chosen only the ones at these places (path:line)")
    parser.add_argument("--json", type=Path, help="write each result there as JSON")
    parser.add_argument("--store", type=Path, help="where the coverage map is kept; default: .mutants")
    return parser.parse_args()


def _print(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
