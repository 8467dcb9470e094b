"""What the README shows runs."""

import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

README = Path("README.md").read_text()


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


def test_every_path_that_the_readme_names_exists():
    for path in re.findall(r"`((?:web|services|importing|tasks|notebook|queues)[\w/]*(?:\.py|/))`", README):
        assert (Path("wrangler") / path).exists(), path
