"""How close a report's own estimate of the error comes to the true error, which only artificial missing cells can show.

`python -m benchmarks.holdout --tables 20` prints a Markdown table: estimate by true error, 1 is perfect.
Known cells are hidden at random, and as the report does it: by the pattern of the table's own missing cells.
"""

import argparse
import itertools
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd

from wrangler.impute import holdout_score, make_imputer
from wrangler.impute.evaluation import ampute
from wrangler.impute.evaluation.mechanisms import Withholding

METHODS = ("mean", "linear", "knn", "boosted")
MECHANISMS = ("MCAR", "MAR", "MNAR")
HIDINGS: dict[Withholding, str] = {"mcar": "at random", "pattern": "by pattern"}
ROWS = 1000
INCOMPLETE = ["b", "c", "d"]
Floats = npt.NDArray[np.float64]


def complete(random: np.random.Generator) -> pd.DataFrame:
    """Five columns that go together, one of them bent and one skewed."""
    a, e = random.normal(size=ROWS), random.normal(size=ROWS)
    b = a + random.normal(0, 0.6, ROWS)
    c = np.square(a) + 0.5 * e + random.normal(0, 0.6, ROWS)
    d = np.exp(0.5 * b + random.normal(0, 0.3, ROWS))
    return pd.DataFrame({"a": a, "b": b, "c": c, "d": d, "e": e})


def ratios(method: str, mechanism: str, hiding: Withholding, tables: int) -> Iterator[float]:
    """Estimate by truth of each incomplete column of each table."""
    for seed in range(tables):
        truth = complete(np.random.default_rng(seed))
        incomplete = ampute(truth, share=0.2, mechanism=mechanism, columns=INCOMPLETE, random_state=seed)  # type: ignore[arg-type]
        imputer = make_imputer(method, random_state=seed)
        filled = imputer.fit_transform(incomplete)
        scores = holdout_score(imputer, incomplete, share=0.1, mechanism=hiding, random_state=seed)
        estimated_error = scores.set_index("column")["error"]
        for name in INCOMPLETE:
            lost = incomplete[name].isna()
            error = float(np.sqrt(np.square(filled[name][lost] - truth[name][lost]).mean()))
            yield float(estimated_error[name]) / error


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", type=int, default=20)
    chosen = parser.parse_args()
    print("| method | hidden |", " | ".join(f"{mechanism}: median (middle half)" for mechanism in MECHANISMS), "|")
    print("|---|---|" + "--:|" * len(MECHANISMS))
    for method, (hiding, estimated_error) in itertools.product(METHODS, HIDINGS.items()):
        cells = []
        for mechanism in MECHANISMS:
            low, middle, high = np.quantile(list(ratios(method, mechanism, hiding, chosen.tables)), [0.25, 0.5, 0.75])
            cells.append(f"{middle:.2f} ({low:.2f} to {high:.2f})")
        print(f"| {method} | {estimated_error} |", " | ".join(cells), "|", flush=True)


if __name__ == "__main__":
    main()
