"""Templates of one's own through a real worker: one that does its work, and ones that do anything but."""

import json
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.farm import UNHURRIED, Farm, planted
from tests.notebooks.test_html import FORBIDDEN_TAGS, Page
from tests.required import lacking
from wrangler.models import Job, JobState
from wrangler.sandbox import isolation
from wrangler.services import templates
from wrangler.services.jobs import submission
from wrangler.services.jobs.submission import Order

pytestmark = [pytest.mark.kernel, pytest.mark.slow]
EXAMPLE = Path("docs/examples/group_means.py")
SECRET = "hush-77aa"
HEAD = (
    '# %% [markdown]\n# # Own\n# %%\nfrom wrangler import report\n# %% tags=["parameters"]\n'
    'seed: int = 0\ndataset_file: str = ""\ndataset_name: str = ""\n'
    "# %%\nrun = report.begin(globals())\nframe = run.read()\n"
)
TAIL = "\n# %%\nrun.write_result(frame, {'ok': True})\n"


@pytest.fixture
def farm(tmp_path: Path) -> Iterator[Farm]:
    trouble = isolation.lacking()
    if trouble:
        lacking(f"no namespaces on this machine ({trouble})")
    with planted(tmp_path, allow_custom_notebooks=True, custom_job_bytes=200_000_000) as farm:
        yield farm


def submit(farm: Farm, source: str, name: str = "own", **parameters: object) -> uuid.UUID:
    with farm.app.app_context():
        templates.register(None, name, "own.py", source.encode(), farm.settings)
        order = Order("custom", farm.dataset_id, parameters, template=name)
        return submission.submit(farm.owner_id, order, settings=farm.settings, bell=lambda *_: False).id


def run(farm: Farm, *sources: str, **environment: str) -> list[Job]:
    """What becomes of jobs whose second half are these cells."""
    jobs = [submit(farm, f"{HEAD}\n# %%\n{source}{TAIL}", f"own-{n}") for n, source in enumerate(sources)]
    chosen = {"ALLOW_CUSTOM_NOTEBOOKS": "true", "CUSTOM_JOB_BYTES": "200000000", "JOB_PROCESSES": "50"}
    with farm.worker(**UNHURRIED | chosen | environment):
        return [farm.wait(job) for job in jobs]


def published(farm: Farm, job: Job, name: str) -> str:
    return (farm.settings.data_dir / "artifacts" / str(job.id) / "1" / name).read_text()


def test_the_example_tells_the_means_of_the_groups(farm: Farm) -> None:
    job_id = submit(farm, EXAMPLE.read_text(), group="species", method="mean")
    with farm.worker(ALLOW_CUSTOM_NOTEBOOKS="true", **UNHURRIED):
        job = farm.wait(job_id)

    assert job.state is JobState.SUCCEEDED, job.error
    assert (job.result["groups"], job.result["rows"]) == (3, 344)
    assert published(farm, job, "group_means.csv").startswith("species,")
    result = json.loads(published(farm, job, "result.json"))
    assert (result["kind"], result["recipe"]["group"]) == ("custom", "species")
    assert "Means by species" in published(farm, job, "report.html")


def test_a_template_that_looks_for_secrets_finds_none(farm: Farm) -> None:
    stolen = farm.settings.data_dir / "runs" / "other" / "1" / "input.parquet"
    stolen.parent.mkdir(parents=True)
    stolen.write_text(SECRET)
    database = farm.settings.data_dir / "wrangler.sqlite3"
    assert database.exists()
    source = (
        "import os, pathlib, sqlite3\n"
        "environments = [p.read_text(errors='replace') for p in pathlib.Path('/proc').glob('[0-9]*/environ')]\n"
        "print('environments', len(environments), str(dict(os.environ)), environments)\n"
        f"for path in ({str(stolen)!r}, {str(database)!r}, {str(farm.settings.data_dir)!r}):\n"
        "    print(path, pathlib.Path(path).exists() and os.listdir(path))\n"
        "try:\n"
        f"    print(sqlite3.connect({str(database)!r}).execute('select * from users').fetchall())\n"
        "except sqlite3.Error as error:\n"
        "    print('sqlite:', error)"
    )
    (job,) = run(farm, source, SECRET_KEY=SECRET * 8, OPENAI_API_KEY=SECRET)
    log = published(farm, job, "log.txt")

    assert job.state is JobState.SUCCEEDED, job.error
    assert SECRET not in log
    assert f"{stolen} False" in log
    assert f"{database} False" in log
    assert f"{farm.settings.data_dir} ['runs']" in log
    assert "sqlite: no such table: users" in log  # a new file, in a place that ends with the run
    assert "environments 2" in log


def test_templates_that_take_too_much_fail_with_the_right_word(farm: Farm) -> None:
    hoard, flood, storm, talk, huge, links = run(
        farm,
        "held = bytearray(4_000_000_000)",
        "for n in range(10_000): open(f'{n}.bin', 'wb').write(bytes(50_000_000))",
        "import os, time\nwhile True:\n    if os.fork() == 0: time.sleep(100)",
        "for n in range(200_000): print('x' * 100)",
        "run.durations_seconds['x' * 2_000_000] = 1.0",
        "import os\nos.mkfifo('pipe.csv')\nos.symlink('/etc/passwd', 'way.csv')\nhere = os.getcwd()\n"
        "for _ in range(900):\n    os.mkdir('d'); os.chdir('d')\n"
        "os.chdir(here)",
        JOB_MEMORY_BYTES="1000000000",
    )

    assert [job.error and job.error["code"] for job in (hoard, flood, storm)] == [
        "OUT_OF_MEMORY",
        "TOO_MUCH_WRITTEN",
        "TOO_MANY_PROCESSES",
    ]
    assert huge.error["code"] == "RESULT_INVALID"
    assert talk.state is JobState.SUCCEEDED, talk.error
    assert len(published(farm, talk, "report.ipynb")) < 3_000_000
    assert links.state is JobState.SUCCEEDED, links.error
    assert {path.name for path in (farm.settings.data_dir / "artifacts" / str(links.id) / "1").iterdir()} == {
        "input.parquet",
        "log.txt",
        "report.html",
        "report.ipynb",
        "result.json",
    }
    assert farm.processes_of_runs() == []


def test_what_no_database_keeps_ends_the_job_and_not_the_worker(farm: Farm) -> None:
    jobs = run(
        farm,
        "raise ValueError('a\\x00b')",
        "import os\nrun.write_result = lambda *a, **k: open('result.json', 'w').write('{\"a\": \"\\\\u0000\"}')",
        "import os\nopen(b'caf\\xe9.csv', 'w').close()\nopen('new\\nline.csv', 'w').close()",
    )

    assert [(job.state, job.error and job.error["code"]) for job in jobs] == [
        (JobState.FAILED, "CELL_FAILED"),
        (JobState.FAILED, "RESULT_INVALID"),
        (JobState.SUCCEEDED, None),
    ]
    assert jobs[0].error["message"] == "a\N{REPLACEMENT CHARACTER}b"


def test_the_report_of_a_hostile_template_is_harmless(farm: Farm) -> None:
    vector = "<script>fetch('/reached')</script><img src=x onerror=fetch('/reached')><iframe src=/reached></iframe>"
    (job,) = run(
        farm,
        "from IPython.display import HTML, Javascript, Markdown, display\n"
        f"display(HTML({vector!r}), Javascript('fetch(1)'), Markdown({vector!r}))\n"
        "import pathlib\n"
        f"pathlib.Path('report.html').write_text({vector!r})\n"
        "path = pathlib.Path('.run/jupyter/nbconvert/templates/report.html.j2')\n"
        "path.parent.mkdir(parents=True)\n"
        "path.write_text('{{ 7 * 191 }}')",
    )
    html = published(farm, job, "report.html")
    page = Page(html)

    assert job.state is JobState.SUCCEEDED, job.error
    assert not FORBIDDEN_TAGS & {tag for tag, _ in page.tags}
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on")]
    assert "1337" not in html


def test_a_job_that_waits_while_the_operator_turns_notebooks_off_is_not_run(farm: Farm) -> None:
    (job,) = run(farm, "1", ALLOW_CUSTOM_NOTEBOOKS="false")

    assert (job.state, job.error["code"]) == (JobState.FAILED, "TEMPLATES_OFF")
