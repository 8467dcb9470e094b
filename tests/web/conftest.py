import uuid

import pytest
from flask import Flask

from tests.browser import browser  # noqa: F401 - a fixture
from tests.conftest import Caller
from tests.web.routes import make_examples


@pytest.fixture
def examples(app: Flask, user: Caller) -> dict[str, str]:
    """By name of the placeholder in a route: ids of things that all belong to `user`."""
    return make_examples(app, uuid.UUID(user.id))
