"""`python -m tests.importing.corpus_table`: every file of the corpus over HTTP; file, answer and message as a table."""

import json
import sys
import textwrap
import time

from tests.importing.bombs import BOMBS, Bomb
from tests.importing.corpus import CORPUS, Case
from tests.importing.http_caller import Caller

LONGEST_MESSAGE = 160
MOST_GROWTH = 50 * 1024**2


def main() -> int:
    failures, broken, grown, slowest = 0, 0, 0, 0.0
    cases: list[Case | Bomb] = [*CORPUS, *BOMBS]
    print("| file | expected | answer | message |\n|---|---|---|---|")
    with Caller() as caller:
        for case in cases:
            caller.growth = 0
            began = time.monotonic()
            reported = caller.upload(case.data, json.dumps(case.options))
            slowest = max(slowest, time.monotonic() - began)
            is_right = reported.code == case.expected if isinstance(case.expected, str) else reported.status == 201
            failures += not is_right
            broken += reported.status >= 500
            grown = max(grown, caller.growth)
            message = textwrap.shorten(reported.message, LONGEST_MESSAGE, placeholder=" ...").replace("|", "\\|")
            print(f"| {case.name} | {case.expected} | {reported.words} | {message} |", flush=True)
    print(f"\n{len(cases)} files, {failures} not answered as expected, {broken} answered 5xx; ", end="")
    print(f"the slowest took {slowest:.1f} s; the web process grew by {grown / 1024**2:.0f} MB at most.")
    return 1 if failures or broken or grown > MOST_GROWTH else 0


if __name__ == "__main__":
    sys.exit(main())
