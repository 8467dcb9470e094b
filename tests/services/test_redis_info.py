"""What administrators see of Redis, by real ones that keep what they hold and others that do not."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from tests.servers import RedisServer
from wrangler.config import Settings
from wrangler.services.health import redis_info

pytestmark = pytest.mark.servers


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., RedisServer]]:
    started: list[RedisServer] = []

    def start(*options: str) -> RedisServer:
        server = RedisServer(tmp_path, *options)
        server.start()
        started.append(server)
        return server

    yield start
    for server in started:
        server.kill()


@pytest.fixture
def info(make_settings: Callable[..., Settings]) -> Callable[[RedisServer], dict[str, Any]]:
    return lambda server: redis_info(make_settings(redis_url=server.url))


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ((), {"persistent": False, "appendonly": False, "save": ""}),
        (("--appendonly", "yes"), {"persistent": True, "appendonly": True, "save": ""}),
        (("--save", "900", "1"), {"persistent": True, "appendonly": False, "save": "900 1"}),
    ],
    ids=["neither", "appendonly", "snapshots"],
)
def test_a_redis_is_persistent_when_it_is_set_to_keep_what_it_holds(
    start: Callable[..., RedisServer],
    info: Callable[[RedisServer], dict[str, Any]],
    options: tuple[str, ...],
    expected: dict[str, Any],
) -> None:
    described = info(start(*options))

    assert {name: described[name] for name in expected} == expected
    assert described["failed_writes"] == []


def test_a_change_while_it_runs_is_seen(
    start: Callable[..., RedisServer], info: Callable[[RedisServer], dict[str, Any]]
) -> None:
    server = start("--save", "900", "1")
    with closing(Redis.from_url(server.url)) as client:
        client.config_set("save", "")

    assert info(server)["persistent"] is False


def test_snapshots_of_a_redis_that_hides_its_configuration_are_unknown(
    start: Callable[..., RedisServer], info: Callable[[RedisServer], dict[str, Any]]
) -> None:
    server = start("--save", "900", "1")
    with closing(Redis.from_url(server.url)) as client:
        client.acl_setuser("default", enabled=True, nopass=True, categories=["+@all"], commands=["-config"], keys=["*"])
    described = info(server)

    assert (described["persistent"], described["save"]) == (None, None)


def test_a_snapshot_that_cannot_be_written_is_named(
    start: Callable[..., RedisServer], info: Callable[[RedisServer], dict[str, Any]], tmp_path: Path
) -> None:
    server = start("--save", "900", "1", "--dbfilename", "dump.rdb")
    with closing(Redis.from_url(server.url)) as client:
        client.ping()  # its port is open before it has looked for a snapshot to load
        (tmp_path / "dump.rdb").mkdir()
        client.set("key", "value")
        client.bgsave()
        while client.info("persistence")["rdb_bgsave_in_progress"]:
            time.sleep(0.01)

    assert info(server)["failed_writes"] == ["save"]
