"""What every process of Wrangler would load at its start and hardly any needs."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow

LOOK = """
import sys
import {first}
import wrangler.notebook.documents.notebook
print("rfc3987_syntax.syntax_helpers" in sys.modules)
from jsonschema import FormatChecker, FormatError
FormatChecker().check("https://wrangler.example/münze", "iri")
try:
    FormatChecker().check("no iri", "iri")
except FormatError:
    print("refused")
import rfc3987_syntax.utils
print(rfc3987_syntax.is_valid_syntax.__module__)
"""


def seen(first: str) -> list[str]:
    command = [sys.executable, "-c", LOOK.format(first=first)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()


def test_the_grammar_of_iris_is_read_when_one_is_checked_and_not_at_the_start() -> None:
    assert seen("wrangler.notebook") == ["False", "refused", "rfc3987_syntax.syntax_helpers"]


def test_a_process_that_has_read_the_grammar_keeps_it() -> None:
    assert seen("rfc3987_syntax") == ["True", "refused", "rfc3987_syntax.syntax_helpers"]
