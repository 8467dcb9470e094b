"""The log of a run: readable while it grows, kept whatever the end, and never larger than its cap."""

import contextlib
from pathlib import Path

import psutil
import pytest

from tests.notebook.conftest import WRITE_RESULT, Runs
from wrangler.notebook import Progress
from wrangler.notebook.protocol.live_log import LiveLog


def without_times(text: str) -> list[str]:
    return [line.partition("] ")[2] if line.startswith("[2") else line for line in text.splitlines()]


@pytest.mark.kernel
def test_the_log_shows_what_each_cell_printed_and_when_it_began(run: Runs) -> None:
    run("# Work", "print('one')", "import sys; print('two', end='', file=sys.stderr)", WRITE_RESULT)
    assert without_times((run.folder / "log.txt").read_text()) == [
        "cell 2 of 7: A small notebook",
        "cell 3 of 7: A small notebook",
        "cell 5 of 7: Work",
        "one",
        "cell 6 of 7: Work",
        "two",
        "cell 7 of 7: Work",
        "done",
    ]


@pytest.mark.kernel
def test_the_log_can_be_read_while_the_cell_still_prints(run: Runs) -> None:
    seen: list[str] = []

    def look(progress: Progress) -> bool:
        log = run.folder / "log.txt"
        seen.append(log.read_text() if log.exists() else "")
        if "early" in seen[-1]:
            (run.folder / "seen").touch()
        return True

    wait = "import os, time\nwhile not os.path.exists('seen'): time.sleep(0.05)"
    run(f"print('early', flush=True)\n{wait}\nprint('late')", WRITE_RESULT, heartbeat=look, heartbeat_seconds=0.5)
    assert any("early" in text and "late" not in text for text in seen)


@pytest.mark.kernel
def test_the_log_of_a_failed_run_is_kept_and_ends_with_the_reason(run: Runs) -> None:
    outcome = run("print('before')", "1 / 0", WRITE_RESULT)
    lines = without_times((run.folder / "log.txt").read_text())
    assert "log.txt" in [artifact.name for artifact in outcome.artifacts]
    assert "before" in lines
    assert lines[-1] == "failed in cell 5 (CELL_FAILED): ZeroDivisionError: division by zero"


@pytest.mark.kernel
def test_the_log_outlives_its_runner(run: Runs) -> None:
    def kill_the_runner(progress: Progress) -> bool:
        if "before" in progress.log_tail:
            for child in psutil.Process().children(recursive=True):
                with contextlib.suppress(psutil.Error):  # one may end, or have ended, in this moment
                    if child.cwd() == str(run.folder):
                        child.kill()
        return True

    outcome = run("import time; print('before', flush=True); time.sleep(60)", WRITE_RESULT, heartbeat=kill_the_runner)
    lines = without_times((run.folder / "log.txt").read_text())
    assert not outcome.succeeded
    assert "log.txt" in [artifact.name for artifact in outcome.artifacts]
    assert "before" in lines
    assert lines[-1].startswith("failed")


def test_a_full_log_is_marked_once_and_still_lists_the_cells(tmp_path: Path) -> None:
    log = LiveLog(tmp_path, most_bytes=10)
    for _ in range(3):
        log.printed("äöüß")
    log.note("cell 2 of 2")
    assert without_times((tmp_path / "log.txt").read_text()) == [
        "äöüßä",
        "cut by Wrangler: this run printed more than 1e-05 MB; the rest is not kept",
        "cell 2 of 2",
    ]


def test_a_link_in_the_place_of_the_log_is_not_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("untouched")
    (tmp_path / "log.txt").symlink_to(elsewhere)
    LiveLog(tmp_path).printed("text")
    assert elsewhere.read_text() == "untouched"
