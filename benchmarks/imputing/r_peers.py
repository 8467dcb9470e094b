"""The peers in R, where R and the package are installed: run by a script that is fed with CSV."""

import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import pandas as pd

from benchmarks.imputing.peers import Timed

SCRIPT = Path(__file__).with_name("impute.R")


@cache
def r_version(package: str) -> str | None:
    """Of R and a package; None when one of them is not installed."""
    rscript = shutil.which("Rscript")
    if rscript is None:
        return None
    ask = f'cat(R.version$major, R.version$minor, as.character(packageVersion("{package}")))'
    prediction = subprocess.run([rscript, "-e", ask], capture_output=True, text=True, check=False)
    if prediction.returncode:
        return None
    major, minor, version = prediction.stdout.split()
    return f"R {major}.{minor}, {package} {version}"


def run_r(frame: pd.DataFrame, seed: int, method: str, draws: int) -> Timed:
    """The first completed table, and the time that R says the method took: reading and writing CSV is not its fault."""
    categorical = {name: isinstance(frame[name].dtype, pd.CategoricalDtype) for name in frame}
    kinds = "".join("f" if categorical[name] else "n" for name in frame)
    codes = {
        f"v{place}": frame[name].cat.codes.map(lambda code: f"L{code}" if code >= 0 else "")
        if categorical[name]
        else frame[name]
        for place, name in enumerate(frame)
    }
    with tempfile.TemporaryDirectory() as folder:
        given, made = Path(folder) / "in.csv", Path(folder) / "out.csv"
        pd.DataFrame(codes).to_csv(given, index=False)
        argv = ["Rscript", SCRIPT, method, str(draws), str(seed), given, kinds, made]
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(" ".join(done.stderr.split())[-200:])
        filled = pd.read_csv(made, na_values=[""], keep_default_na=False)
    restored = {}
    for name, short in zip(frame, filled, strict=True):
        column = filled[short]
        if categorical[name]:
            codes_back = column.str.slice(1).astype("Int64").fillna(-1).astype(int)
            column = pd.Series(pd.Categorical.from_codes(codes_back, dtype=frame[name].dtype))
        restored[name] = column
    elapsed, used = map(float, done.stdout.split()[-2:])
    return Timed(pd.DataFrame(restored), elapsed, used)
