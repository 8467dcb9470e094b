"""Tables of where imputations differ: by column, and by pair."""

import numpy as np
import pandas as pd

from wrangler.report.elements import Format, Note, Table, count_words, name_list, short_label

_FORMATS: dict[str, Format] = {
    "cells": "count",
    "differ": "percent",
    "difference": "number",
    "largest": "number",
    "levels differ": "percent",
}
_NOTHING = "Fewer than two tables filled the same cells, so there is nothing to compare."


def differences_by_column(differences: pd.DataFrame) -> Table | Note:
    """Show how far the filled cells of each column differ, over all pairs; the farthest apart first."""
    if differences.empty:
        return Note(_NOTHING)
    pairs = len(differences[["first", "second"]].drop_duplicates())
    records = {}
    for name, own in differences.groupby("column", sort=False):
        farthest = own.iloc[int(np.argmax(own["mean_difference"].fillna(own["share"])))]
        records[name] = {
            "cells": own["filled"].max(),
            "differ": np.average(own["share"], weights=own["filled"]),
            "difference": own["mean_difference"].mean(),
            "largest": own["largest_difference"].max(),
            "most apart": f"{farthest['first']} and {farthest['second']}",
            "levels changed": farthest["changes"],
        }
    shown = pd.DataFrame.from_dict(records, orient="index").rename_axis("column")
    shown = shown.loc[_distance(shown).sort_values(ascending=False, kind="stable").index]
    has_levels = bool(shown["levels changed"].any())
    unneeded = (["most apart"] if pairs == 1 else []) + ([] if has_levels else ["levels changed"])
    caption = "Cells that were filled twice: share that differs, mean and largest difference in standard deviations"
    if pairs > 1:
        caption += f", over {count_words(pairs, 'pair')}"
        caption += "; levels as of the pair that is most apart" if has_levels else ""
    return Table(shown.drop(columns=unneeded), caption, _FORMATS)


def differences_by_pair(differences: pd.DataFrame) -> Table | Note:
    """Show how far each pair differs over all columns; the pair that is most alike first."""
    if differences.empty:
        return Note(_NOTHING)
    records = []
    for (first, second), own in differences.groupby(["first", "second"], sort=False):
        numbers, levels = own[own["mean_difference"].notna()], own[own["mean_difference"].isna()]
        apart = own[own["differing"] > 0].sort_values("share", ascending=False, kind="stable")["column"]
        records.append(
            {
                "pair": f"{short_label(first)} and {short_label(second)}",
                "cells": own["filled"].sum(),
                "differ": own["differing"].sum() / own["filled"].sum(),
                "difference": _weighted(numbers, "mean_difference"),
                "levels differ": _weighted(levels, "share"),
                "most in": name_list(apart, 2) or None,
            }
        )
    shown = pd.DataFrame(records).set_index("pair")
    shown = shown.iloc[np.argsort(_distance(shown), kind="stable")]
    caption = "Pairs, the most alike first: cells filled by both, share that differs, mean difference of numbers in "
    caption += "standard deviations, share of levels that differ"
    return Table(shown.dropna(axis=1, how="all"), caption, _FORMATS)


def _distance(shown: pd.DataFrame) -> pd.Series:
    """The difference of numbers, which hardly ever agree to the last digit; of levels the share that differs."""
    return shown["difference"].fillna(shown["differ"])


def _weighted(rows: pd.DataFrame, measure: str) -> float:
    return float(np.average(rows[measure], weights=rows["filled"])) if len(rows) else np.nan
