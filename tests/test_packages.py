"""The rules of the packages: imports point down, no circle of files, outsiders import from faces alone."""

import ast
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import grimp
import pytest
from importlinter.cli import lint_imports

ROOT = Path(__file__).resolve().parents[1]
MOST_MODULES = 22


def test_import_contracts_are_kept(capsys, monkeypatch):
    # import-linter's configuration would disable every logger of the tests that ran before.
    monkeypatch.setattr("logging.config.dictConfig", lambda _: None)

    assert lint_imports() == 0, capsys.readouterr().out


@pytest.mark.parametrize("library", ["wrangler", "wrangler.impute", "wrangler.analyze"])
def test_a_library_loads_nothing_of_the_server(library):
    probe = f"import sys, {library}; print(sorted({{'flask', 'sqlalchemy', 'huey', 'papermill'}} & set(sys.modules)))"

    run = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)

    assert run.stdout.strip() == "[]"


@pytest.mark.parametrize("module", ["wrangler.notebook.runner.main", "wrangler.notebook.rendering.pdf_child"])
def test_a_child_process_loads_no_face_that_it_does_not_need(module):
    heavy = {"numpy", "pandas", "pydantic", "nbformat", "papermill", "zmq", "flask", "duckdb"}
    probe = f"import sys, {module}; print(sorted({heavy} & set(sys.modules)))"

    run = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)

    assert run.stdout.strip() == "[]"


def test_no_files_import_each_other_in_a_circle():
    graph = grimp.build_graph("wrangler", exclude_type_checking_imports=True)
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}

    assert circles(imports) == []


def test_a_circle_of_files_is_found():
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == [["a", "b", "c"]]


def circles(imports: Mapping[str, set[str]]) -> list[list[str]]:
    """Groups of modules each of which reaches all others of its group."""
    below = {module: reached(imports, module) for module in imports}
    groups = {frozenset(other for other in below[module] if module in below[other]) for module in imports}
    return sorted(sorted(group) for group in groups if group)


def reached(imports: Mapping[str, set[str]], start: str) -> set[str]:
    found: set[str] = set()
    waiting = [start]
    while waiting:
        new = imports.get(waiting.pop(), set()) - found
        found |= new
        waiting.extend(new)
    return found


def test_from_outside_a_package_its_face_is_imported():
    assert [use for path in sources() for use in inside_uses(dotted(path), path.read_text())] == []


def test_an_import_past_a_face_is_found():
    assert inside_uses("wrangler.services.x", "from wrangler.impute.methods.knn import KNNImputer")
    assert inside_uses("wrangler.services.x", "from wrangler.impute.methods import knn")
    assert not inside_uses("wrangler.impute.methods.x", "from wrangler.impute.base import Imputer")
    assert not inside_uses("wrangler.services.x", "from wrangler.impute import KNNImputer")


def inside_uses(importer: str, source: str) -> list[str]:
    """The imports of a module that reach past the face of a package which the module is not in."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.ImportFrom) or not (node.module or "").startswith("wrangler."):
            continue
        for alias in node.names:
            package, name = split(f"{node.module}.{alias.name}")
            if not f"{importer}.".startswith(f"{package}.") and name not in public(package):
                found.append(f"{importer}: from {node.module} import {alias.name}")
    return found


def split(name: str) -> tuple[str, str]:
    """The innermost package on the way to a name, and what is asked of it."""
    parts = name.split(".")
    depth = next(n for n in range(len(parts) - 1, 0, -1) if ROOT.joinpath(*parts[:n], "__init__.py").exists())
    return ".".join(parts[:depth]), ".".join(parts[depth:])


@cache
def public(package: str) -> frozenset[str]:
    """The names in `__all__` of a package's face."""
    tree = ast.parse(ROOT.joinpath(*package.split("."), "__init__.py").read_text())
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return frozenset(ast.literal_eval(node.value))
    return frozenset()


def sources() -> Iterator[Path]:
    return (ROOT / "wrangler").rglob("*.py")


def dotted(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@pytest.mark.slow
def test_every_name_of_a_face_is_there():
    probe = "import importlib, sys; [getattr(importlib.import_module(p), n) for p, n in map(str.split, sys.stdin)]"
    packages = [dotted(path) for path in sources() if path.name == "__init__.py"]
    names = "\n".join(f"{package} {name}" for package in packages for name in sorted(public(package)))

    subprocess.run([sys.executable, "-c", probe], input=names, text=True, check=True)


def test_a_package_has_few_enough_modules_to_be_read_as_a_list():
    counts = {
        dotted(face): len([path for path in face.parent.glob("*.py") if path.name != "__init__.py"])
        for face in sources()
        if face.name == "__init__.py"
    }

    assert {package: count for package, count in counts.items() if count > MOST_MODULES} == {}
