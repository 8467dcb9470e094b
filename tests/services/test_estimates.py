"""How long a job will still take, and when that is not reported."""

from datetime import UTC, datetime, timedelta

import pytest

from wrangler.services.jobs.estimates import expected_seconds_left

BEGIN = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("elapsed", "progress", "left"),
    [
        (60, 0.5, 60),
        (60, 0.75, 20),
        (10, 0.3, 24),
        (60, 1.0, 0),
        (2, 0.5, None),
        (600, 0.04, None),
        (600, 0.0, None),
    ],
)
def test_the_remaining_time_is_extrapolated_unless_too_little_is_done(elapsed, progress, left):
    assert expected_seconds_left(BEGIN, BEGIN + timedelta(seconds=elapsed), progress) == left


def test_a_job_that_does_not_get_on_is_expected_ever_later():
    reported = [expected_seconds_left(BEGIN, BEGIN + timedelta(seconds=elapsed), 0.5) for elapsed in (10, 100, 1000)]

    assert reported == [10, 100, 1000]


def test_a_job_that_has_not_begun_has_no_estimate():
    assert expected_seconds_left(None, None, 0.0) is None
