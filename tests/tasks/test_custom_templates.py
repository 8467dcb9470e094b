"""Custom templates through a real worker: one that does its work, and ones that do anything but."""

import json
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.farm import GENEROUS_SETTINGS, SmallInstallation, installed
from tests.notebooks.test_html import FORBIDDEN_TAGS, Page
from tests.required import missing_capability
from wrangler.models import Job, JobState
from wrangler.sandbox import isolation
from wrangler.services import templates
from wrangler.services.jobs import submission
from wrangler.services.jobs.submission import JobRequest

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
def installation(tmp_path: Path) -> Iterator[SmallInstallation]:
    problem = isolation.missing_capability()
    if problem:
        missing_capability(f"no namespaces on this machine ({problem})")
    with installed(tmp_path, allow_custom_notebooks=True, custom_job_bytes=200_000_000) as installation:
        yield installation


def submit(installation: SmallInstallation, source: str, name: str = "own", **parameters: object) -> uuid.UUID:
    with installation.app.app_context():
        templates.register(None, name, "own.py", source.encode(), installation.settings)
        job_request = JobRequest("custom", installation.dataset_id, parameters, template=name)
        return submission.submit(
            installation.owner_id, job_request, settings=installation.settings, notify=lambda *_: False
        ).id


def run(installation: SmallInstallation, *sources: str, **environment: str) -> list[Job]:
    """What becomes of jobs whose second half are these cells."""
    jobs = [submit(installation, f"{HEAD}\n# %%\n{source}{TAIL}", f"own-{n}") for n, source in enumerate(sources)]
    chosen = {"ALLOW_CUSTOM_NOTEBOOKS": "true", "CUSTOM_JOB_BYTES": "200000000", "JOB_PROCESSES": "50"}
    with installation.worker(**GENEROUS_SETTINGS | chosen | environment):
        return [installation.wait(job) for job in jobs]


def published(installation: SmallInstallation, job: Job, name: str) -> str:
    return (installation.settings.data_dir / "artifacts" / str(job.id) / "1" / name).read_text()


def test_the_example_shows_the_means_of_the_groups(installation: SmallInstallation) -> None:
    job_id = submit(installation, EXAMPLE.read_text(), group="species", method="mean")
    with installation.worker(ALLOW_CUSTOM_NOTEBOOKS="true", **GENEROUS_SETTINGS):
        job = installation.wait(job_id)

    assert job.state is JobState.SUCCEEDED, job.error
    assert (job.result["groups"], job.result["rows"]) == (3, 344)
    assert published(installation, job, "group_means.csv").startswith("species,")
    result = json.loads(published(installation, job, "result.json"))
    assert (result["kind"], result["recipe"]["group"]) == ("custom", "species")
    assert "Means by species" in published(installation, job, "report.html")


def test_a_template_that_looks_for_secrets_finds_none(installation: SmallInstallation) -> None:
    stolen = installation.settings.data_dir / "runs" / "other" / "1" / "input.parquet"
    stolen.parent.mkdir(parents=True)
    stolen.write_text(SECRET)
    database = installation.settings.data_dir / "wrangler.sqlite3"
    assert database.exists()
    source = (
        "import os, pathlib, sqlite3\n"
        "environments = [p.read_text(errors='replace') for p in pathlib.Path('/proc').glob('[0-9]*/environ')]\n"
        "print('environments', len(environments), str(dict(os.environ)), environments)\n"
        f"for path in ({str(stolen)!r}, {str(database)!r}, {str(installation.settings.data_dir)!r}):\n"
        "    print(path, pathlib.Path(path).exists() and os.listdir(path))\n"
        "try:\n"
        f"    print(sqlite3.connect({str(database)!r}).execute('select * from users').fetchall())\n"
        "except sqlite3.Error as error:\n"
        "    print('sqlite:', error)"
    )
    (job,) = run(installation, source, SECRET_KEY=SECRET * 8, OPENAI_API_KEY=SECRET)
    log = published(installation, job, "log.txt")

    assert job.state is JobState.SUCCEEDED, job.error
    assert SECRET not in log
    assert f"{stolen} False" in log
    assert f"{database} False" in log
    assert f"{installation.settings.data_dir} ['runs']" in log
    assert "sqlite: no such table: users" in log  # a new file, in a place that ends with the run
    assert "environments 2" in log


def test_templates_that_take_too_much_fail_with_the_right_word(installation: SmallInstallation) -> None:
    """It is long because memory, disk and processes are really used up, each by a run of its own."""
    hoard, flood, storm, talk, huge, links = run(
        installation,
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
    assert len(published(installation, talk, "report.ipynb")) < 3_000_000
    assert links.state is JobState.SUCCEEDED, links.error
    assert {path.name for path in (installation.settings.data_dir / "artifacts" / str(links.id) / "1").iterdir()} == {
        "dataset.json",
        "input.parquet",
        "log.txt",
        "report.html",
        "report.ipynb",
        "result.json",
    }
    assert installation.processes_of_runs() == []


def test_what_no_database_keeps_ends_the_job_and_not_the_worker(installation: SmallInstallation) -> None:
    jobs = run(
        installation,
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


def test_the_report_of_a_hostile_template_is_harmless(installation: SmallInstallation) -> None:
    vector = "<script>fetch('/reached')</script><img src=x onerror=fetch('/reached')><iframe src=/reached></iframe>"
    (job,) = run(
        installation,
        "from IPython.display import HTML, Javascript, Markdown, display\n"
        f"display(HTML({vector!r}), Javascript('fetch(1)'), Markdown({vector!r}))\n"
        "import pathlib\n"
        f"pathlib.Path('report.html').write_text({vector!r})\n"
        "path = pathlib.Path('.run/jupyter/nbconvert/templates/report.html.j2')\n"
        "path.parent.mkdir(parents=True)\n"
        "path.write_text('{{ 7 * 191 }}')",
    )
    html = published(installation, job, "report.html")
    page = Page(html)

    assert job.state is JobState.SUCCEEDED, job.error
    assert not FORBIDDEN_TAGS & {tag for tag, _ in page.tags}
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on")]
    assert "1337" not in html


def test_a_job_that_waits_while_the_operator_turns_notebooks_off_is_not_run(installation: SmallInstallation) -> None:
    (job,) = run(installation, "1", ALLOW_CUSTOM_NOTEBOOKS="false")

    assert (job.state, job.error["code"]) == (JobState.FAILED, "TEMPLATES_OFF")
