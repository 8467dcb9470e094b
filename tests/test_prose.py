"""What the README shows runs, and what README, architecture and decisions name exists."""

import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

README = Path("README.md").read_text()
PROSE = [Path("README.md"), Path("docs/architecture.md"), *sorted(Path("docs/decisions").glob("*.md"))]
TOP = {"wrangler", "tests", "docs", "notebooks", "migrations", "benchmarks"} | {
    path.name for path in Path("wrangler").iterdir() if path.is_dir() and not path.name.startswith("_")
}


@pytest.mark.slow
@pytest.mark.parametrize("block", re.findall(r"```python\n(.*?)```", README, re.DOTALL))
def test_a_python_block_of_the_readme_runs(block):
    reported = subprocess.run(
        [sys.executable, "-W", "error::FutureWarning", "-c", block], capture_output=True, text=True, check=False
    )

    assert reported.returncode == 0, reported.stderr
    assert "body_mass_g" in reported.stdout


def test_the_readme_is_short_enough_to_be_read():
    assert len(README.splitlines()) < 150


def test_every_make_target_that_the_readme_names_exists():
    targets = set(re.findall(r"^([a-z-]+):", Path("Makefile").read_text(), re.MULTILINE))

    assert set(re.findall(r"`?make ([a-z-]+)", README)) <= targets


def test_every_name_of_wrangler_that_the_readme_gives_can_be_imported():
    given = set(re.findall(r"`(wrangler(?:\.\w+)+)[`(]", README))
    given |= {
        f"{module}.{name}"
        for module, names in re.findall(r"from (wrangler[\w.]*) import ([\w, ]+)", README)
        for name in names.split(", ")
    }

    assert len(given) > 3
    for path in given:
        assert resolved(path) is not None, path


def resolved(path: str) -> object:
    """The module, or the name in a module, that a dotted path names."""
    try:
        return importlib.import_module(path)
    except ModuleNotFoundError:
        module, _, name = path.rpartition(".")
        return getattr(importlib.import_module(module), name, None)


@pytest.mark.parametrize("page", PROSE, ids=str)
def test_every_path_and_module_that_a_page_names_exists(page):
    text = page.read_text()

    assert [name for name in named_paths(text) if not is_there(name)] == []
    assert [module for module in named_modules(text) if resolved(module) is None] == []
    assert [link for link in links(text) if not (page.parent / link).exists()] == []


def test_a_path_or_module_that_is_not_there_is_found():
    assert not is_there("wrangler/nowhere.py")
    assert named_paths("as `services/jobs/nowhere.py` and `wrangler/impute/methods/NAME.py`") == [
        "services/jobs/nowhere.py"
    ]
    assert named_modules("in `wrangler.nowhere.module`, not `wrangler.impute.pool()`") == [
        "wrangler.nowhere.module",
        "wrangler.impute.pool",
    ]
    assert links("[one](a/b.md#part) [two](https://example.org) [three](#below)") == ["a/b.md"]


def named_paths(text: str) -> list[str]:
    """What stands in code marks and is a path of this project; a part in capitals stands for any name."""
    marked = re.findall(r"`([\w./-]+)`", text)
    return [
        name
        for name in marked
        if (name.endswith((".py", ".md")) or name.split("/")[0] in TOP - {name}) and not re.search(r"[A-Z]{2}", name)
    ]


def is_there(name: str) -> bool:
    """Whether the project, or its package, has the path."""
    return Path(name).exists() or (Path("wrangler") / name).exists()


def named_modules(text: str) -> list[str]:
    return re.findall(r"`(wrangler(?:\.\w+)+)[`(]", text)


def links(text: str) -> list[str]:
    return [link for link in re.findall(r"\]\(([^)#]+)[^)]*\)", text) if not link.startswith("http")]
