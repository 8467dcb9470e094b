"""The parser child: whatever becomes of it, the caller gets a table or a refusal with a stable code."""

import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pandas as pd
import psutil
import pyreadstat
import pytest

from tests.farm import are_gone, wait_until
from tests.importing.conftest import SMALL, Importer
from tests.required import missing_capability
from wrangler.importing import Code, ImportOptions, import_table
from wrangler.sandbox import child

pytestmark = pytest.mark.slow

PARSER = "wrangler.importing.import_child"
ORPHANING = """
import sys
from pathlib import Path
from wrangler.importing import ImportLimits, ImportOptions, import_table
import_table(Path(sys.argv[1]), Path(sys.argv[2]), filename="x", options=ImportOptions(), limits=ImportLimits())
"""


def test_a_table_comes_through_the_child(server_importer: Importer) -> None:
    result = server_importer("a,b\n1,x\nNA,y\n")
    assert (result.rows, result.format) == (2, "csv")
    assert pd.read_parquet(server_importer.table)["a"].dtype == "Int64"


def test_an_empty_file_starts_no_child(server_importer: Importer) -> None:
    assert server_importer.refusal(b"").code == Code.EMPTY_FILE


def test_a_refusal_in_the_child_arrives_whole(server_importer: Importer) -> None:
    refused = server_importer.refusal("a,b\n1\n")
    assert refused.code == Code.RAGGED_LINES
    assert refused.facts["lines"] == [2]
    assert refused.errors[0].pointer == "/options/delimiter"


def test_too_many_bytes_are_refused_before_reading(server_importer: Importer) -> None:
    server_importer.limits = replace(SMALL, bytes=5)
    assert server_importer.refusal("a,b\n1,2\n").code == Code.TOO_LARGE


def test_a_slow_parser_is_ended(server_importer: Importer) -> None:
    server_importer.limits = replace(SMALL, seconds=0.01)
    assert server_importer.refusal("a,b\n1,2\n").code == Code.TIMED_OUT


def test_a_parser_without_memory_is_a_refusal(server_importer: Importer) -> None:
    server_importer.limits = replace(SMALL, memory_bytes=96 * 1024**2)
    rows = "".join(f"{'x' * 200}{number},{number}\n" for number in range(200_000))
    # A native library that meets the limit may die of it rather than say so: that is contained as well.
    assert server_importer.refusal("a,b\n" + rows).code in {Code.OUT_OF_MEMORY, Code.PARSER_DIED}


def test_a_table_too_wide_for_the_memory_is_refused_as_such(server_importer: Importer) -> None:
    server_importer.limits = replace(SMALL, memory_bytes=512 * 1024**2)
    wide = "\n".join([",".join(f"c{number}" for number in range(6_000)), ",".join(["x"] * 6_000), ""])
    assert server_importer.refusal(wide).code == Code.OUT_OF_MEMORY


def test_a_file_that_crashes_its_reader_is_refused(server_importer: Importer, tmp_path: Path) -> None:
    """Labels of a variable whose record is gone make ReadStat write where it may not."""
    path = tmp_path / "labels.sav"
    frame = pd.DataFrame({"a": [1.0, 2], "b": [1.0, 2], "kind": [0.0, 1]})
    pyreadstat.write_sav(frame, path, variable_value_labels={"kind": {0: "low", 1: "high"}})
    data = path.read_bytes()
    start = data.index(b"B       ") - 24
    refused = server_importer.refusal(data[:start] + data[start + 32 :])
    assert refused.code in {Code.PARSER_DIED, Code.BROKEN_STATISTICAL}


def test_nothing_is_left_behind(server_importer: Importer) -> None:
    server_importer("a,b\n1,2\n")
    server_importer.refusal("a,b\n1\n")
    assert sorted(path.name for path in server_importer.folder.iterdir()) == ["table.parquet", "upload"]


def test_a_refused_import_leaves_an_older_table_alone(server_importer: Importer) -> None:
    server_importer("a,b\n1,2\n")
    before = server_importer.table.read_bytes()
    server_importer.refusal("a,b\n1\n")
    assert server_importer.table.read_bytes() == before


def test_the_child_sees_no_secret(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SECRET_KEY", "the server's own")
    assert "SECRET_KEY" not in child.bare_environment(tmp_path)


def test_the_child_has_no_network() -> None:
    seen = "import socket; from wrangler.sandbox.limits import leave_network as go"
    seen += "; print(go(), socket.if_nameindex())"
    reported = subprocess.run([sys.executable, "-c", seen], capture_output=True, text=True, check=True).stdout
    if reported.startswith("False"):
        missing_capability("this kernel grants no network namespaces")
    assert reported == "True [(1, 'lo')]\n"


def test_progress_rises_to_the_end(server_importer: Importer) -> None:
    received: list[tuple[float, str]] = []
    source = server_importer.folder / "upload"
    source.write_text("a,b\n" + "1,text\n" * 400_000)
    import_table(
        source,
        server_importer.table,
        filename="upload",
        options=ImportOptions(),
        limits=SMALL,
        listener=lambda share, stage: received.append((share, stage)),
    )
    assert received == sorted(received, key=lambda one: one[0])
    assert received[-1] == (1.0, "ready")
    assert "converting" in {stage for _, stage in received}


def test_an_import_that_makes_no_progress_can_be_ended_by_its_listener(server_importer: Importer) -> None:
    source = server_importer.folder / "upload"
    source.write_text("a,b\n" + "1,text\n" * 400_000)
    stopped: list[psutil.Process] = []

    def listen(share: float, stage: str) -> None:
        if stopped:
            raise InterruptedError
        parser = next(child for child in psutil.Process().children() if PARSER in child.cmdline())
        parser.suspend()
        stopped.append(parser)

    with pytest.raises(InterruptedError):
        import_table(
            source,
            server_importer.table,
            filename="upload",
            options=ImportOptions(),
            limits=SMALL,
            listener=listen,
        )
    assert psutil.wait_procs(stopped, timeout=60)[1] == []


def test_the_child_dies_with_its_parent(tmp_path: Path) -> None:
    source = tmp_path / "upload"
    source.write_text("a,b\n" + "1,text\n" * 2_000_000)
    parent = subprocess.Popen([sys.executable, "-c", ORPHANING, source, tmp_path / "table.parquet"])
    while not (children := psutil.Process(parent.pid).children()):
        time.sleep(0.01)
    [folder] = tmp_path.glob(".import-*")
    while not (folder / "progress.json").exists():
        time.sleep(0.01)
    parent.kill()
    parent.wait()
    wait_until(lambda: are_gone(children))
    assert not (tmp_path / "table.parquet").exists()
