"""`python -m tests.importing.round_trip_table N [SEED]`: lost values of N generated tables, and found sentinels of 50.

Each table is uploaded as Parquet, downloaded in each form, and uploaded again; every cell is compared. Then 50 tables
with planted codes for missing are imported: a code is found, missed, or a value is proposed that is none.
"""

import random
import sys
import tempfile
from collections import Counter
from pathlib import Path

import hypothesis
import pandas as pd
from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.importing.conftest import Importer
from tests.importing.planted import planted
from tests.importing.tables import frames
from wrangler.errors import ExportRefused, ImportRefused
from wrangler.tables import export

FORMS = ("parquet", "csv", "jsonl", "xlsx")
KNOWN_TYPE_TABLES = 50
MOST_EXAMPLES = 3


def lost_values(before: pd.DataFrame, after: pd.DataFrame) -> list[str]:
    """Cells that are not what they were; texts of dates, numbers and truth values count as the same value."""
    if list(before.columns) != list(after.columns) or len(before) < len(after):
        return [f"shape or names: {before.shape} {list(before.columns)} -> {after.shape} {list(after.columns)}"]
    return [
        f"{old!r} -> {new!r}"
        for name in before.columns
        for old, new in zip(before[name].astype(object), after[name].astype(object), strict=True)
        if not _is_same(old, new)
    ]


def _is_same(old: object, new: object) -> bool:
    if pd.isna(old) or pd.isna(new):
        return bool(pd.isna(old) and pd.isna(new))
    if isinstance(old, str) == isinstance(new, str):
        return bool(old == new)
    return _as_text(old) == _as_text(new)


def _as_text(value: object) -> str:
    if isinstance(value, pd.Timestamp):
        return value.isoformat().removesuffix("T00:00:00")
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)


def round_trip(frame: pd.DataFrame, tally: Counter[str], examples: dict[str, list[str]]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        frame.to_parquet(folder / "frame.parquet")
        first = Importer(folder).frame((folder / "frame.parquet").read_bytes())
        _note("upload", lost_values(frame, first), tally, examples)
        (folder / "table.parquet").rename(folder / "first.parquet")
        for form in FORMS:
            try:
                export(folder / "first.parquet", folder / "out", form, guard_formulas=False)
                again = Importer(folder).frame((folder / "out").read_bytes(), **_options(form, first))
            except (ExportRefused, ImportRefused) as refused:
                code = getattr(refused, "code", "export refused")
                _note(f"{form} refused: {code}", [], tally, examples)
                examples.setdefault(f"{form} refused: {code}", []).append(str(refused)[:200])
                continue
            kept = first
            if form == "xlsx":  # a workbook knows no zones, no empty text, and no rows below its last value
                tally["xlsx: instants in UTC of which that is not kept"] += _instants(first)
                kept, again = _without_zones(first.replace("", None)), _without_zones(again)
                tally["xlsx: rows without a value at the end, not kept"] += int(
                    kept.iloc[len(again) :].isna().all(axis=None) * (len(kept) - len(again))
                )
                kept = kept.iloc[: len(again)]
            _note(form, lost_values(kept, again), tally, examples)


def _instants(frame: pd.DataFrame) -> int:
    return int(frame.select_dtypes("datetimetz").count().sum())


def _without_zones(frame: pd.DataFrame) -> pd.DataFrame:
    zoned = frame.select_dtypes("datetimetz")
    naive = frame.assign(**{str(name): zoned[name].dt.tz_localize(None) for name in zoned})
    return naive.map(lambda value: value.removesuffix("+00:00") if isinstance(value, str) else value)


def _options(form: str, first: pd.DataFrame) -> dict[str, object]:
    """What a person who uploads a download again says of it: which columns are text, that line one is the header."""
    texts = {str(name): "text" for name, kind in first.dtypes.items() if kind == "str"}
    if form in {"csv", "xlsx"}:
        return {"header": True, "types": texts, "missing_markers": [""]}
    return {"types": texts} if form == "jsonl" else {}


def _note(way: str, lost: list[str], tally: Counter[str], examples: dict[str, list[str]]) -> None:
    tally[f"{way}: tables"] += 1
    tally[f"{way}: lost values"] += len(lost)
    if lost:
        examples.setdefault(way, []).append(lost[0])


def main(count: int, start: int) -> int:
    tally: Counter[str] = Counter()
    examples: dict[str, list[str]] = {}

    @seed(start)
    @settings(
        max_examples=count, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=HealthCheck
    )
    @given(frame=frames())
    def every(frame: pd.DataFrame) -> None:
        tally["cells"] += frame.size
        round_trip(frame, tally, examples)

    hypothesis.settings.register_profile("table", database=None)
    every()
    for name, number in sorted(tally.items()):
        print(f"{number:>9,}  {name}")
    for way, lines in examples.items():
        print(f"{way}: {'; '.join(lines[:MOST_EXAMPLES])}")
    _planted_rows(start)
    return 1 if any(number for name, number in tally.items() if name.endswith("lost values")) else 0


def _planted_rows(start: int) -> None:
    tally: Counter[str] = Counter()
    lines: list[str] = []
    for number in range(KNOWN_TYPE_TABLES):
        text, codes = planted(random.Random(start * 1000 + number))
        with tempfile.TemporaryDirectory() as name:
            report = Importer(Path(name))(text).report
        proposed = {(found["column"], found["value"]) for found in report["suspected_markers"]}
        tally["planted"] += len(codes)
        tally["found"] += len(codes & proposed)
        tally["missed"] += len(codes - proposed)
        tally["falsely proposed"] += len(proposed - codes)
        lines += [f"missed {code}" for code in sorted(codes - proposed)]
        lines += [f"falsely proposed {code}" for code in sorted(proposed - codes)]
    print(f"\n{KNOWN_TYPE_TABLES} tables with planted sentinels: {dict(tally)}")
    print("\n".join(lines))


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1))
