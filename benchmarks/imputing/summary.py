"""What the records add up to: one row for each method, over tasks that all of them finished."""

import pandas as pd

from benchmarks.imputing import methods

ERRORS = ["nrmse", "wrong", "wasserstein", "variation"]
MIXTURES = frozenset({"wrangler auto"})  # that choose among the single methods
TASK = ["table", "mechanism", "share", "seed"]


def latest(frame: pd.DataFrame, kind: str) -> pd.DataFrame:
    """The measurements of one kind, of several of the same the last."""
    return frame[frame["kind"] == kind].drop_duplicates([*TASK, "method", "turn"], keep="last")


def common(done: pd.DataFrame) -> pd.DataFrame:
    """The tasks that every method finished, of those that finished at least half; with ratios to the baseline."""
    tasks = done.groupby("method")[TASK].apply(lambda part: len(part.drop_duplicates()))
    judged = tasks[tasks >= tasks.max() / 2].index
    kept = done[done["method"].isin(judged)]
    finished = kept.groupby(TASK)["method"].transform("nunique")
    return kept[finished == len(judged)].assign(
        to_mean=lambda rows: rows["nrmse"] / rows["baseline_nrmse"],
        to_mode=lambda rows: (rows["wrong"] / rows["baseline_wrong"]).where(rows["baseline_wrong"] > 0),
    )


def by_method(frame: pd.DataFrame) -> pd.DataFrame:
    """Errors, ratios to the baseline, and seconds of each method, in the order of the register."""
    measured = latest(frame, "accuracy")
    done = measured[measured["status"] == "done"]
    same = common(done)
    table = same.groupby("method")[[*ERRORS, "to_mean", "to_mode"]].mean()
    table[["seconds", "cpu_seconds"]] = same.groupby("method")[["seconds", "cpu_seconds"]].sum()
    table["to_best"] = to_best(same).mean()
    table["finished"] = done.groupby("method").size()
    table["tried"] = measured[measured["status"] != "absent"].groupby("method").size()
    table.attrs["tasks"] = len(same[TASK].drop_duplicates())
    return table.reindex([name for name in methods.BY_NAME if name in table.index])


def of_two(frame: pd.DataFrame, first: str, second: str) -> pd.DataFrame:
    """Mean errors and summed seconds of two methods (rows) over the real tasks that both finished."""
    measured = latest(frame, "accuracy")
    both = measured[(measured["status"] == "done") & measured["method"].isin([first, second])]
    both = both[both.groupby(TASK)["method"].transform("nunique") == 2]
    sums = both.groupby("method")[["seconds", "cpu_seconds"]].sum()
    return both.groupby("method")[["nrmse", "wrong"]].mean().join(sums)


def by_mechanism(frame: pd.DataFrame) -> pd.DataFrame:
    """nRMSE of each method for each mechanism and share."""
    measured = latest(frame, "accuracy")
    same = common(measured[measured["status"] == "done"])
    table = same.pivot_table(index="method", columns=["mechanism", "share"], values="nrmse")
    table.columns = [f"{mechanism} {share:.0%}" for mechanism, share in table.columns]
    return table.reindex([name for name in methods.BY_NAME if name in table.index])


def best_by_table(frame: pd.DataFrame) -> pd.DataFrame:
    """Error of each method (rows) on each table by that of the best single method there."""
    measured = latest(frame, "accuracy")
    table = to_best(common(measured[measured["status"] == "done"])).T
    return table.reindex([name for name in methods.BY_NAME if name in table.index])


def by_table(frame: pd.DataFrame, error: str) -> pd.DataFrame:
    """Mean error on each table (rows) of each method (columns) that finished all the tasks of it that any finished."""
    measured = latest(frame, "accuracy")
    done = measured[(measured["status"] == "done") & measured[error].notna()]
    counts = done.pivot_table(index="table", columns="method", values=error, aggfunc="size")
    means = done.pivot_table(index="table", columns="method", values=error).where(counts.eq(counts.max(axis=1), axis=0))
    return means[[name for name in methods.BY_NAME if name in means]]


def to_best(done: pd.DataFrame) -> pd.DataFrame:
    """Error of each method (columns) on each table (rows) by that of the best single method.

    The error of a task is the mean of the two ratios to the baseline: the best share wrong alone may be near nothing,
    and one cell would weigh more than all other tables.
    """
    errors = done.assign(error=done[["to_mean", "to_mode"]].mean(axis=1))
    means = errors.pivot_table(index="table", columns="method", values="error")
    best = means[[name for name in means if name not in MIXTURES]].min(axis=1)
    return means.div(best, axis=0)


def speed(frame: pd.DataFrame) -> pd.DataFrame:
    """Median seconds, processor seconds and bytes on top for each large table and method; a reason where none."""
    measured = latest(frame, "speed")
    first = measured.drop_duplicates(["table", "method"]).set_index(["table", "method"])[
        ["reason", "rows", "table_bytes"]
    ]
    numbers = ["seconds", "cpu_seconds", "bytes", "nrmse", "wrong", "wasserstein", "baseline_nrmse", "baseline_wrong"]
    return measured.groupby(["table", "method"])[numbers].median().join(first)
