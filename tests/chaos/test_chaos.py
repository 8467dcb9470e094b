"""A short campaign on each engine: every job is accounted for. `make chaos` and `make campaign` run long ones.

It is long because a whole installation is started, and started again by piece after each of its faults.
"""

import pytest

from tests.campaign import IS_WHOLE, short_or_whole
from tests.chaos.installation import Engine
from tests.chaos.run import Size, run

SHORT = Size(jobs=short_or_whole(12, 25), faults=short_or_whole(4, 6), seed=1)


@pytest.mark.kernel
@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "engine", [pytest.param(Engine.SERVERS, marks=pytest.mark.servers), pytest.param(Engine.EMBEDDED)]
)
def test_every_job_is_accounted_for_after_a_short_campaign(engine, tmp_path_factory):
    report = run(engine, SHORT, tmp_path_factory.mktemp("chaos") / "wrangler", with_control=IS_WHOLE)

    assert report.is_clean, report.to_markdown()
    assert sum(report.outcomes[outcome] for outcome in ("acknowledged", "refused", "unknown")) == SHORT.jobs
    assert len(report.timeline) == SHORT.faults
