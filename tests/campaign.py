"""How far the suite looks: a short way in each run of it, the whole way in `make campaign`."""

import os

import hypothesis

IS_WHOLE = bool(os.environ.get("WRANGLER_CAMPAIGN"))  # noqa: TID251 - how long to look is the tester's choice


def short_or_whole(short: int, whole: int) -> int:
    """A count of examples, rows or faults: the first in the suite, the second in a campaign."""
    return whole if IS_WHOLE else short


def register_profiles() -> None:
    """The suite judges a change, so it tries the same examples each time, however slow the machine is just now.

    A campaign looks for new ones.
    """
    hypothesis.settings.register_profile("suite", derandomize=True, database=None, deadline=None, max_examples=30)
    hypothesis.settings.register_profile("campaign", deadline=None, max_examples=500)
    hypothesis.settings.load_profile("campaign" if IS_WHOLE else "suite")
