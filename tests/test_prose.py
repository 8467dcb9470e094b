"""What the README shows runs."""

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


def test_every_path_that_the_readme_names_exists():
    for path in re.findall(r"`((?:web|services|importing|tasks|notebook|queues)[\w/]*(?:\.py|/))`", README):
        assert (Path("wrangler") / path).exists(), path
