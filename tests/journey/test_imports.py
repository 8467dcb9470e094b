"""An upload that a worker imports, through the client: watched, refused, and done again after its worker was killed."""

import contextlib
import signal
import time

import psutil
import pytest

from wrangler.client import Refused


def test_an_upload_that_does_not_wait_is_watched_until_it_is_ready(installation, tmp_path):
    reported = []
    path = tmp_path / "t.csv"
    path.write_text("a,b\n1,2\n3,\n")
    session = installation.person()

    arrived = session.upload(path, wait=False)
    ready = session.wait_for_import(arrived, reported.append)

    assert ready["status"] == "ready"
    assert ready["rows"] == 2
    assert [one["progress"] for one in reported] == sorted(one["progress"] for one in reported)


def test_a_file_that_a_worker_refuses_is_refused_as_at_once(installation, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,b\n1,2\n3,4,5\n")
    session = installation.person()
    with pytest.raises(Refused) as at_once:
        session.upload(path)

    with pytest.raises(Refused) as later:
        session.wait_for_import(session.upload(path, wait=False))

    assert str(later.value) == str(at_once.value)
    assert later.value.problem["code"] == at_once.value.problem["code"] == "ragged_lines"


def test_an_import_whose_parser_is_killed_ends_with_a_reason(installation, tmp_path):
    path = tmp_path / "t.csv"
    with path.open("w") as file:
        file.write(",".join(f"c{number}" for number in range(20)) + "\n")
        file.writelines(",".join(f"{row}.{number}" for number in range(20)) + "\n" for row in range(400_000))
    session = installation.person()

    arrived = session.upload(path, wait=False)
    deadline = time.monotonic() + 60
    while not (started := _parsers_of(installation)) and time.monotonic() < deadline:
        time.sleep(0.02)
    for parser in started:
        parser.send_signal(signal.SIGABRT)

    with pytest.raises(Refused) as refused:
        session.wait_for_import(arrived)
    assert started
    assert refused.value.problem["code"] == "parser_died"


def _parsers_of(installation) -> list[psutil.Process]:
    """The children in which this installation, and no other on the machine, reads files."""
    port = installation.url.rpartition(":")[2]
    found = []
    for process in psutil.process_iter(["cmdline"]):
        if "wrangler.importing.import_child" in (process.info["cmdline"] or []):
            with contextlib.suppress(psutil.Error):
                found += [process] * any(port in parent.cmdline() for parent in process.parents())
    return found
