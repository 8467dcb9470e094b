"""Whether a completed table keeps the promises, checked from its files alone, and the evidence as lines of text."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

EXPECTED = ("report.ipynb", "report.html", "imputed.parquet", "mask.parquet", "result.json")


def load(folder: Path) -> tuple[dict[str, Any], pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """The audit, the table before, the table after, and the mask, from a folder of artifacts."""
    result = json.loads((folder / "result.json").read_text())
    before, after, mask = (pd.read_parquet(folder / f"{name}.parquet") for name in ("input", "imputed", "mask"))
    return result, before, after, mask


def check_completed(before: pd.DataFrame, after: pd.DataFrame, mask: pd.DataFrame, names: list[str]) -> list[str]:
    """What is wrong with a completed table; nothing when every promise is kept."""
    problems = [f"The file {name} is missing." for name in EXPECTED if name not in names]
    problems += [] if any(name.endswith("_imputed.csv") for name in names) else ["The completed CSV is missing."]
    if list(before.columns) != list(after.columns) or len(before) != len(after):
        return [*problems, "The completed table has other columns or rows than the uploaded one."]
    was_missing = before.isna()
    for name in before.columns:
        observed = ~was_missing[name]
        if before[name].dtype != after[name].dtype:
            problems.append(f"Column {name} changed its type from {before[name].dtype} to {after[name].dtype}.")
        if not before.loc[observed, name].equals(after.loc[observed, name]):
            problems.append(f"Observed cells of column {name} changed.")
        if after[name].isna().any():
            problems.append(f"Column {name} still has {int(after[name].isna().sum())} missing cells.")
        if not (mask[name].to_numpy(dtype=bool) == was_missing[name].to_numpy()).all():
            problems.append(f"The mask of column {name} is not its missing cells.")
    return problems


def evidence_lines(result: dict[str, Any]) -> Iterator[str]:
    """A small table: each filled column, by which method, with its held-out error and the baseline's."""
    scores = {score["column"]: score for score in result["scores"]}
    filled = [column for column in result["columns"] if column["filled"]]
    width = max([len(column["name"]) for column in filled] + [6])
    yield f"{'column':<{width}}  {'filled':>6}  {'method':<10}  {'measure':<10}  {'error':>9}  {'baseline':>9}  ratio"
    for column in filled:
        score = scores.get(column["name"])
        words = f"{'not scored':<10}" if score is None else _score(score)
        yield f"{column['name']:<{width}}  {column['filled']:>6}  {column['method']:<10}  {words}"
    summary = result["summary"]
    yield ""
    yield f"{summary['cells_filled']} cells filled in {summary['columns_filled']} columns; {summary['cells_left']} left"


def _score(score: dict[str, Any]) -> str:
    error, baseline, ratio = score["error"], score["baseline_error"], score["ratio"]
    shown = "     -" if ratio is None else f"{ratio:>6.2f}"
    return f"{score['metric']:<10}  {error:>9.4g}  {baseline:>9.4g} {shown}"
