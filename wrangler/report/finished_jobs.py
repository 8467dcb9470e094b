"""Finished impute jobs as a comparison: read from the files that they left, nothing is computed anew.

Each job has a folder `jobs/<id>` beside the notebook: `imputed.parquet`, `mask.parquet` and `result.json` as the job
left them, and `job.json`, what the server measured (`peak_memory_bytes`); without that file the memory is not known.
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from wrangler.files import file_sha256
from wrangler.impute import Comparison, Trial
from wrangler.report.elements import Note, Table, name_list

FOLDER = "jobs"
_LONGEST_SETTING = 40
_OPTIONS = "options."
_USUAL = "usual"


@dataclass
class JobComparison(Comparison):
    """Finished jobs that are compared.

    Attributes
    ----------
    ids : dict of str to str
        The id of each job by what it is called here.
    settings : DataFrame
        A row for each setting in which the jobs differ, a column for each job.
    """

    noun: str = "job"
    ids: dict[str, str] = field(default_factory=dict)
    settings: pd.DataFrame = field(default_factory=pd.DataFrame)


@dataclass(frozen=True)
class _Job:
    id: str
    result: dict[str, Any]
    facts: dict[str, Any]
    folder: Path

    @property
    def settings(self) -> dict[str, str]:
        """Every setting as text, options and the seed among them."""
        recipe = {**self.result["recipe"]}
        options = {f"{_OPTIONS}{name}": value for name, value in recipe.pop("options", {}).items()}
        return {name: _as_words(value) for name, value in {**recipe, **options, "seed": self.result["seed"]}.items()}


def read_jobs(dataset_file: str | Path, ids: Sequence[str], folder: str | Path = FOLDER) -> JobComparison:
    """Read the jobs with these ids.

    Parameters
    ----------
    dataset_file : path
        The table that they all completed.
    ids : sequence of str
        Names of folders within `folder`.
    folder : path

    Returns
    -------
    JobComparison
        A job that completed another table is among those `left_out`.
    """
    jobs = [_read(Path(folder) / one) for one in ids]
    names = _names(jobs)
    sha256 = file_sha256(Path(dataset_file))
    comparison = JobComparison(ids={name: job.id for name, job in names.items()}, settings=_differing(names))
    for name, job in names.items():
        if job.result["dataset"]["parquet_sha256"] != sha256:
            comparison.left_out[name] = "it completed another table than this one"
        else:
            comparison.trials.append(_trial(name, job))
    return comparison


def job_settings(comparison: Comparison) -> Table | Note:
    """Show the settings in which jobs differ; a sentence where methods are compared."""
    if not isinstance(comparison, JobComparison):
        return Note("Each method ran with its usual options.")
    if comparison.settings.empty:
        return Note("The jobs were submitted with the very same settings and seed.")
    return Table(comparison.settings, "Settings in which the jobs differ; all others are the same")


def same_cells_hidden(comparison: Comparison) -> Note:
    """State whether the same cells were hidden from all."""
    doubts = hidden_cells_warning(comparison)
    if comparison.scores().empty:
        return Note("Nothing was held out, so no error was measured.")
    return Note(" ".join(doubts) or "The very same cells were hidden from all.")


def hidden_cells_warning(comparison: Comparison) -> list[str]:
    """Plain sentences on columns whose errors do not rest on the same cells, or that were not scored by all."""
    if len(comparison.trials) <= 1:
        return []
    unscored = [trial.method for trial in comparison.trials if trial.scores.empty]
    scores, scored = comparison.scores(), len(comparison.trials) - len(unscored)
    doubts = [f"Nothing was held out by {name_list(unscored)}, so there is no error to rank it by."] if unscored else []
    if scored <= 1:
        return doubts
    by_column = scores.groupby("column", sort=False)
    partly = [str(name) for name, own in by_column if len(own) < scored]
    if partly:
        doubts.append(f"Not scored by all, and left out of the ranking: {name_list(partly)}.")
    other = [str(name) for name, own in by_column if len(own) == scored and not _rest_on_the_same(own)]
    if other:
        words = "Other cells were hidden by some (another seed, share or choice of columns) in"
        doubts.append(f"{words} {name_list(other)}, so part of a difference in error may be due to chance.")
    return doubts


def _rest_on_the_same(scores: pd.DataFrame) -> bool:
    if "hidden_sha256" not in scores:  # written by a Wrangler that did not keep it
        return False
    return bool(scores["hidden_sha256"].notna().all()) and len(set(scores["hidden_sha256"])) == 1


def _read(folder: Path) -> _Job:
    known = folder / "job.json"
    facts = json.loads(known.read_text(encoding="utf-8")) if known.is_file() else {}
    return _Job(folder.name, json.loads((folder / "result.json").read_text(encoding="utf-8")), facts, folder)


def _trial(name: str, job: _Job) -> Trial:
    completed, mask = (pd.read_parquet(job.folder / f"{file}.parquet") for file in ("imputed", "mask"))
    scores = pd.DataFrame(job.result["scores"])
    return Trial(
        name,
        completed[mask.columns],
        mask,
        scores if len(scores) else pd.DataFrame(columns=["column", "ratio", "ratio_low", "ratio_high"]),
        float(job.result["durations_seconds"].get("impute", float("nan"))),
        job.facts.get("peak_memory_bytes"),
    )


def _names(jobs: Sequence[_Job]) -> dict[str, _Job]:
    """What each is called: its method, and what sets it apart from others of the same method."""
    methods = [job.settings.get("method", "job") for job in jobs]
    uses, named = Counter(methods), {}
    for place, (job, method) in enumerate(zip(jobs, methods, strict=True), start=1):
        alike = [other for other, own in zip(jobs, methods, strict=True) if own == method]
        apart = [f"{name.removeprefix(_OPTIONS)} {job.settings.get(name, _USUAL)}" for name in _apart(alike)]
        words = f"{method}, {', '.join(apart)}"
        short = bool(apart) and len(words) <= _LONGEST_SETTING and words not in named
        named[method if uses[method] == 1 else words if short else f"{method}, job {place}"] = job
    return named


def _apart(jobs: Sequence[_Job]) -> list[str]:
    """The settings in which some differ."""
    names = dict.fromkeys(name for job in jobs for name in job.settings)
    return [name for name in names if len({job.settings.get(name) for job in jobs}) > 1]


def _differing(named: dict[str, _Job]) -> pd.DataFrame:
    names = _apart(list(named.values()))
    columns = {title: [job.settings.get(name, _USUAL) for name in names] for title, job in named.items()}
    return pd.DataFrame(columns, index=pd.Index([name.removeprefix(_OPTIONS) for name in names], name="setting"))


def _as_words(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return "none" if value in (None, {}) else json.dumps(value, ensure_ascii=False).strip('"')
