"""Which tests pass through which line, measured once and kept in `.mutants/` until it is removed."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from xml.etree import ElementTree as ET

from coverage import CoverageData

from tests.mutants.plant import Mutant

WITHOUT_SERVERS = "not kernel and not servers and not browser"
CONFIGURATION = "[run]\nsource = wrangler\nbranch = false\n"
SUITES = {
    "analyze": ["tests/analyze", "tests/report"],
    "services": ["tests/services", "tests/tasks"],
    "tables": ["tests/tables"],
    "web": ["tests/web"],
    "importing": ["tests/importing"],
    # scikit-learn's own checks take as long to collect as all the others to run
    "impute": ["tests/impute", "--ignore=tests/impute/test_scikit_learn_conformance.py"],
}
BESIDE = {"services": ("web",), "tables": ("importing", "web"), "importing": ("tables",)}
"""Suites that test a package beside the one of its own name."""


def suites_of(paths: Iterable[str]) -> list[str]:
    """Which suites test the packages that lie at these paths."""
    packages = {path.split("/")[1] for path in paths if "/" in path.strip("/")}
    names = {suite for package in packages for suite in (package, *BESIDE.get(package, ()))}
    return [name for name in SUITES if name in names] or list(SUITES)


def measure(root: Path, store: Path, names: Iterable[str]) -> None:
    """Run the tests without server, kernel and browser of each suite that has not been measured yet, under coverage."""
    store.mkdir(exist_ok=True)
    (store / "coveragerc").write_text(CONFIGURATION)
    for name in names:
        suite = SUITES[name]
        if not (store / f"{name}.xml").exists():
            sys.stdout.write(f"Measuring which lines {' '.join(suite)} reach ...\n")
            command = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", WITHOUT_SERVERS, "--cov")
            options = (f"--cov-config={store / 'coveragerc'}", "--cov-context=test", "--cov-report=")
            where = {"COVERAGE_FILE": str(store / f"{name}.coverage"), "PYTHONPATH": str(root)}
            subprocess.run(
                (*command, *options, f"--junitxml={store / name}.xml", *suite),
                cwd=root,
                env=os.environ | where,  # noqa: TID251
                check=False,
                stdout=subprocess.DEVNULL,
            )


class CoverageMap:
    """Which tests can see a mutant, quickest first."""

    def __init__(self, root: Path, store: Path) -> None:
        self._root = root
        self._reached: dict[str, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
        self._seconds: dict[str, float] = {}
        self._failed: set[str] = set()
        self._users: dict[str, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
        self._bodies: dict[str, set[int]] = defaultdict(set)
        for path in sorted((root / "wrangler").rglob("*.py")):
            self._read_source(str(path.relative_to(root)))
        for report in sorted(store.glob("*.xml")):
            self._read_times(report)
            self._read_coverage(report.with_suffix(".coverage"))

    def tests_of(self, mutant: Mutant) -> list[str]:
        """Names of the tests that pass the changed lines; of what acts at import, those that pass its users."""
        if mutant.lines:
            reached = self._reached[mutant.path]
            tests = reached[mutant.lines[0]] | reached[mutant.lines[1]]
        else:
            tests = self._of_users(mutant.names[-1:]) or self._of_users(mutant.names)
            tests = tests or self._of_lines(mutant.path, self._bodies[mutant.path])
        tests = tests or self._that_name(Path(mutant.path).stem)
        return sorted(tests - self._failed, key=lambda test: (self.seconds(test), test))

    def seconds(self, test: str) -> float:
        return self._seconds.get(_key(test), 1.0)

    def _that_name(self, module: str) -> set[str]:
        """The tests in files named after a module, else in files that name it.

        What runs in a child process leaves no trace in the coverage.
        """
        every = list((self._root / "tests").rglob("test_*.py"))
        files = [path for path in every if path.stem.startswith(f"test_{module.removesuffix('_child')}")]
        files = files or [path for path in every if re.search(rf"\b{module}\b", path.read_text())]
        keys = {str(path.relative_to(self._root)).removesuffix(".py").replace("/", ".") for path in files}
        return {_name(key) for key in self._seconds if key.partition("::")[0] in keys}

    def _of_users(self, names: Iterable[str]) -> set[str]:
        return {
            test for name in names for path, lines in self._users[name].items() for test in self._of_lines(path, lines)
        }

    def _of_lines(self, path: str, lines: Iterable[int]) -> set[str]:
        return {test for line in lines for test in self._reached[path].get(line, ())}

    def _read_source(self, path: str) -> None:
        for function in ast.walk(ast.parse((self._root / path).read_bytes())):
            if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
                for part in (part for statement in function.body for part in ast.walk(statement)):
                    if isinstance(part, ast.stmt):
                        self._bodies[path].add(part.lineno)
                    if isinstance(part, ast.Name):
                        self._users[part.id][path].add(part.lineno)
                    if isinstance(part, ast.Attribute):
                        self._users[part.attr][path].add(part.end_lineno or part.lineno)

    def _read_coverage(self, path: Path) -> None:
        data = CoverageData(str(path))
        data.read()
        for file in data.measured_files():
            mine = self._reached["wrangler" + file.rpartition("/wrangler")[2]]
            for line, contexts in data.contexts_by_lineno(file).items():
                mine[line] |= {context.rpartition("|")[0] for context in contexts if context}

    def _read_times(self, path: Path) -> None:
        for case in ET.parse(path).getroot().iter("testcase"):
            key = f"{case.get('classname')}::{case.get('name')}"
            self._seconds[key] = float(case.get("time") or 0)
            if case.find("failure") is not None or case.find("error") is not None:
                self._failed.add(_name(key))


def _name(key: str) -> str:
    file, _, name = key.partition("::")
    return f"{file.replace('.', '/')}.py::{name}"


def _key(test: str) -> str:
    file, _, name = test.partition("::")
    return f"{file.removesuffix('.py').replace('/', '.')}::{name}"
