"""Runs with real kernels: what goes well, and what a run may see and keep."""

import socket
import stat
from types import SimpleNamespace

import pytest

from tests.notebook.conftest import RESULT, WRITE_RESULT, Runs
from wrangler.errors import Conflict, InvalidInput
from wrangler.notebook import Progress, supervise
from wrangler.notebook.progress import publish_progress

pytestmark = pytest.mark.kernel


def test_a_good_notebook_succeeds_and_leaves_its_result_and_reports(run: Runs) -> None:
    outcome = run("# Work", "print(text)", WRITE_RESULT, "open('extra.csv', 'w').write('a\\n1\\n')")
    assert outcome.succeeded
    assert outcome.error is None
    assert outcome.result == RESULT
    assert {artifact.name: artifact.media_type for artifact in outcome.artifacts} == {
        "extra.csv": "text/csv",
        "log.txt": "text/plain",
        "report.html": "text/html",
        "report.ipynb": "application/x-ipynb+json",
        "result.json": "application/json",
    }
    assert outcome.cpu_seconds > 0
    assert outcome.peak_memory_bytes > 10_000_000
    assert {cell.metadata.wrangler.status for cell in run.report.cells} == {"done"}


def test_the_folder_holds_nothing_of_the_machinery_afterwards(run: Runs) -> None:
    run(WRITE_RESULT)
    assert {path.name for path in run.folder.iterdir()} == {"log.txt", "report.html", "report.ipynb", "result.json"}


def test_progress_rises_cell_by_cell_under_its_heading(run: Runs) -> None:
    def until_reported(heading: str) -> str:
        return f"while not os.path.exists({heading!r}): time.sleep(0.05)"

    def watch(progress: Progress) -> bool:
        (run.folder / (progress.heading or "none")).touch()
        return run.watch(progress)

    first, second = "import os, time\n" + until_reported("First part"), until_reported("Second part")
    run("# First part", first, "# Second part", f"{second}\nprint('said')", WRITE_RESULT, heartbeat=watch)
    assert run.seen[0] == Progress()
    assert [progress.fraction for progress in run.seen] == sorted(progress.fraction for progress in run.seen)
    assert {"First part", "Second part"} <= {progress.heading for progress in run.seen}
    assert run.seen[-1].cells_total == 5


def test_a_kernel_may_be_given_the_network(run: Runs) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        source = f"import socket; socket.create_connection({server.getsockname()}, timeout=2).close()"
        outcome = run(source, WRITE_RESULT, network=True)
    assert outcome.succeeded, outcome.error


def test_two_runs_draw_different_random_numbers(run: Runs) -> None:
    draw = (
        "import json, random; import numpy as np\njson.dump([random.random(), np.random.random()], open('n.json', 'w'))"
    )
    run(draw, WRITE_RESULT)
    first = run.wrote("n.json")
    run(draw, WRITE_RESULT)
    assert not set(first) & set(run.wrote("n.json"))


def test_a_run_has_the_threads_it_was_given(run: Runs) -> None:
    source = (
        "import json, os, numpy as np\n"
        "from threadpoolctl import threadpool_info\n"
        "counts = [pool['num_threads'] for pool in threadpool_info()]\n"
        "json.dump([counts, os.environ['OMP_NUM_THREADS']], open('seen.json', 'w'))"
    )
    run(source, WRITE_RESULT, threads=2)
    counts, variable = run.wrote("seen.json")
    assert (set(counts), variable) == ({2}, "2")


def test_a_long_cell_reports_how_far_it_is(run: Runs) -> None:
    def watch(progress: Progress) -> bool:
        (run.folder / f"{progress.heading.rpartition(' ')[2]} reported").touch()
        return run.watch(progress)

    run(
        "# Long work",
        "import os, time\n"
        "from types import SimpleNamespace\n"
        "from wrangler.notebook.progress import publish_progress\n"
        "for share in (0.25, 0.5, 0.75):\n"
        "    publish_progress(SimpleNamespace(fraction=share, stage=f'Part {share}'))\n"
        "    while not os.path.exists(f'{share} reported'): time.sleep(0.05)",
        WRITE_RESULT,
        heartbeat=watch,
    )
    fractions = {progress.heading: progress.fraction for progress in run.seen}
    assert [fractions[f"Long work: Part {share}"] for share in (0.25, 0.5, 0.75)] == [
        (2 + share) / 4 for share in (0.25, 0.5, 0.75)
    ]
    assert run.report.cells[4].outputs == []


def test_progress_is_silent_outside_a_run() -> None:
    assert publish_progress(SimpleNamespace(fraction=0.5, stage="x")) is None


def test_the_kernel_stands_in_its_private_folder(run: Runs) -> None:
    run(
        "import json, os, stat\n"
        "json.dump([os.getcwd(), stat.S_IMODE(os.stat('.run').st_mode)], open('seen.json', 'w'))",
        WRITE_RESULT,
    )
    where, mode = run.wrote("seen.json")
    assert where == str(run.folder)
    assert mode & (stat.S_IRWXG | stat.S_IRWXO) == 0


def test_the_limits_hold_in_the_kernel(run: Runs) -> None:
    run(
        "import json, resource as r\n"
        "json.dump([r.getrlimit(k)[0] for k in (r.RLIMIT_CORE, r.RLIMIT_FSIZE, r.RLIMIT_DATA)], open('seen.json','w'))",
        WRITE_RESULT,
        file_bytes=50_000_000,
        memory_bytes=2_000_000_000,
    )
    core, file, data = run.wrote("seen.json")
    assert (core, file) == (0, 50_000_000)
    assert 2_000_000_000 <= data < 3_000_000_000


def test_too_much_output_is_cut_and_marked(run: Runs) -> None:
    outcome = run("for _ in range(10_000): print('x' * 100_000)", "print('after')", WRITE_RESULT)
    assert outcome.succeeded, outcome.error
    assert (run.folder / "report.ipynb").stat().st_size < 2_000_000
    assert "cut by Wrangler" in run.report.cells[3].outputs[-1].text
    assert run.report.cells[4].outputs[0].text == "after\n"
    assert outcome.peak_memory_bytes < 500_000_000


def test_what_a_forked_child_prints_is_received(run: Runs) -> None:
    run("import os\nos.chdir('/')\nif os.fork() == 0:\n    print('from below', flush=True)\n    os._exit(0)\nos.wait()")
    assert run.report.cells[4].outputs[0].text == "from below\n"


def test_an_unknown_parameter_is_refused_before_anything_starts(run: Runs) -> None:
    with pytest.raises(InvalidInput, match="methods: is not a parameter"):
        run(WRITE_RESULT, parameters={"methods": "x"})
    assert list(run.folder.iterdir()) == []


def test_a_template_that_changed_is_refused(run: Runs) -> None:
    spec = run.spec("1")
    run.template("2")
    with pytest.raises(Conflict, match="has changed"):
        supervise(spec, run.watch, heartbeat_seconds=5)


def test_leftovers_of_an_earlier_run_do_not_count(run: Runs) -> None:
    assert run(WRITE_RESULT).succeeded
    outcome = run("1 + 1")
    assert outcome.error is not None
    assert outcome.error.code == "RESULT_MISSING"


def test_a_long_path_is_no_obstacle(run: Runs) -> None:
    run.folder = run.folder / ("x" * 100) / ("y" * 100)
    run.folder.mkdir(parents=True)
    assert run(WRITE_RESULT).succeeded
