"""The walls between the rooms."""

import subprocess
import sys

import pytest
from importlinter.cli import lint_imports


def test_import_contracts_are_kept(capsys):
    assert lint_imports() == 0, capsys.readouterr().out


@pytest.mark.parametrize("library", ["wrangler", "wrangler.impute", "wrangler.analyze"])
def test_a_library_loads_nothing_of_the_server(library):
    probe = f"import sys, {library}; print(sorted({{'flask', 'sqlalchemy', 'huey', 'papermill'}} & set(sys.modules)))"

    told = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)

    assert told.stdout.strip() == "[]"
