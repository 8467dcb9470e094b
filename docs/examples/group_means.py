# %% [markdown]
# # Group means before and after imputation
#
# The mean of a number in each group, on the rows where it was observed and on all rows after its missing cells were
# filled. Where the two differ, the rows with missing cells are not like the others of their group.

# %%
from pathlib import Path
from typing import Annotated, Literal

import pandas as pd

from wrangler import report
from wrangler.impute import make_imputer
from wrangler.report import Between, Column

# %% tags=["parameters"]
group: Column = ""  # The column whose values form the groups
numbers: list[Column] = []  # The numbers to compare; none: all of them
method: Literal["mean", "linear", "knn", "pmm"] = "pmm"  # How the missing cells are filled
min_rows: Annotated[int, Between(1, 1000)] = 5  # Smaller groups are left out
include_missing: bool = False  # Whether rows without a group form one of their own
seed: int = 0
dataset_file: str = "input.parquet"
dataset_name: str = "dataset"

# %% [markdown]
# ## What came in

# %%
run = report.begin(globals())
frame = run.read()
numeric = frame.select_dtypes("number").columns.difference([group])
chosen = numbers or list(numeric)
unfit = [name for name in chosen if name not in numeric]
if unfit:
    raise ValueError(f"numbers: {unfit[0]!r} holds no numbers, or is the group itself")
report.overview(frame)

# %% [markdown]
# ## The missing cells, filled

# %%
with run.timed("fill"):
    completed = make_imputer(method, random_state=seed).fit_transform(frame)

# %% [markdown]
# ## The means

# %%
by = frame[group].astype("object").where(frame[group].notna(), "(missing)" if include_missing else None)
sizes = by.value_counts()
kept = sizes.index[sizes >= min_rows]
rows = by.isin(kept)
before = frame.loc[rows, chosen].astype("float64").groupby(by[rows]).mean()
after = completed.loc[rows, chosen].astype("float64").groupby(by[rows]).mean()
means = pd.concat({"before": before, "after": after, "change": after - before}, axis="columns").swaplevel(
    axis="columns"
)
flat = means.sort_index(axis="columns", level=0, sort_remaining=False)
flat.columns = [f"{name}, {when}" for name, when in flat.columns]
report.Table(flat, caption=f"Means by {group}")

# %% [markdown]
# ## Files

# %%
files = ["group_means.csv"]
report.write_csv(flat.rename_axis(group).reset_index(), Path(files[0]))
largest = float((after - before).abs().max().max())
summary = {"groups": len(kept), "rows": int(rows.sum()), "largest_change": largest}
files.append(run.write_result(frame, summary, files=files))
report.file_list(files)
