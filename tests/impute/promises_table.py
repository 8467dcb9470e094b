"""How the imputers keep their promises: generated tables and scikit-learn's own checks, as a Markdown table.

    python -m tests.impute.promises_table [examples]

For each method: generated tables filled (see tests/impute/generated_tables.py) and those on which a promise failed;
scikit-learn's checks passed, skipped, and failed as expected or not.
"""

import sys
import warnings
from collections import Counter

import pandas as pd
from hypothesis import HealthCheck, given, settings
from sklearn.exceptions import SkipTestWarning
from sklearn.utils.estimator_checks import check_estimator

from tests.impute.generated_tables import tables
from tests.impute.test_imputer_promises import SEED, assert_promises
from tests.impute.test_scikit_learn_conformance import EXPECTED_FAILURES
from wrangler.impute import METHODS, make_imputer

FAILURES = (AssertionError, ValueError, TypeError, ArithmeticError, LookupError, AttributeError, RuntimeError)


def promises(method: str, examples: int) -> tuple[int, int]:
    """Tables filled, and tables on which a promise failed (hypothesis goes on after a failure only to shrink it)."""
    filled, failed = 0, 0

    @settings(max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(frame=tables())
    def check(frame: pd.DataFrame) -> None:
        nonlocal filled, failed
        before = frame.copy(deep=True)
        imputer = make_imputer(method, random_state=SEED)
        filled += 1
        try:
            assert_promises(before, imputer.fit_transform(frame), imputer)
        except FAILURES:
            failed += 1

    check()
    return filled, failed


def checks(method: str) -> Counter[str]:
    """scikit-learn's checks by their outcome: passed, skipped, xfail, failed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SkipTestWarning)
        results = check_estimator(
            METHODS[method].imputer(random_state=0),
            expected_failed_checks=EXPECTED_FAILURES.get(method, {}),
            on_fail=None,
            on_skip=None,
        )
    return Counter(result["status"] for result in results)


def main(examples: int) -> None:
    """Print the table."""
    sys.stdout.write("| method | tables | failures | checks passed | skipped | expected failures | failed |\n")
    sys.stdout.write("|---|---|---|---|---|---|---|\n")
    for method in METHODS:
        filled, failed = promises(method, examples)
        found = checks(method)
        outcomes = " | ".join(str(found[status]) for status in ("passed", "skipped", "xfail", "failed"))
        sys.stdout.write(f"| {method} | {filled} | {failed} | {outcomes} |\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
