"""A short campaign on each engine: every job is accounted for. `make chaos` runs long ones."""

import pytest

from tests.chaos.installation import Engine
from tests.chaos.run import Size, run

SHORT = Size(jobs=25, faults=6, seed=1)


@pytest.mark.kernel
@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "engine", [pytest.param(Engine.SERVERS, marks=pytest.mark.servers), pytest.param(Engine.EMBEDDED)]
)
def test_every_job_is_accounted_for_after_a_short_campaign(engine, tmp_path_factory):
    report = run(engine, SHORT, tmp_path_factory.mktemp("chaos") / "wrangler")

    assert report.is_clean, report.to_markdown()
    assert sum(report.outcomes[outcome] for outcome in ("acknowledged", "refused", "unknown")) == SHORT.jobs
    assert len(report.timeline) == SHORT.faults
