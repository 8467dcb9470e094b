"""Parts of the machine that some tests need: without one they skip at home, and fail in continuous integration."""

import os
from typing import NoReturn

import pytest


def missing_capability(what: str) -> NoReturn:
    """End the test for want of something; `.ci/run` sets the variable that makes this a failure."""
    if os.environ.get("WRANGLER_TEST_ALL"):  # noqa: TID251 - no setting of the program
        pytest.fail(f"{what}: continuous integration must have it")
    pytest.skip(what)
