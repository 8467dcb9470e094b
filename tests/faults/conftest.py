"""Farms for the fault matrix: on embedded files, and on a real PostgreSQL and a real Redis."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.farm import SmallInstallation, installed

BACKENDS = ["embedded", pytest.param("servers", marks=pytest.mark.servers)]


@pytest.fixture(scope="module")
def install(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., SmallInstallation]]:
    """Makes farms that stay until the module ends."""
    with ExitStack() as stack:

        def make(backend: str, **different: Any) -> SmallInstallation:
            urls = {}
            if backend == "servers":
                server = request.getfixturevalue("redis")
                urls = {"database_url": request.getfixturevalue("postgres")(), "redis_url": server.database()}
            folder: Path = tmp_path_factory.mktemp(backend)
            return stack.enter_context(installed(folder, **urls | different))

        yield make


@pytest.fixture(scope="module", params=BACKENDS)
def installation(request: pytest.FixtureRequest, install: Callable[..., SmallInstallation]) -> SmallInstallation:
    """One farm for a module's tests, for each backend."""
    return install(request.param)
