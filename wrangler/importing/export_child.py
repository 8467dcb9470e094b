"""Exporting in a process of its own, so that the server keeps none of the memory that a large table takes."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Literal

from wrangler.errors import ExportRefused
from wrangler.importing.child import die_with_parent
from wrangler.importing.database import open_database
from wrangler.importing.exporting import export
from wrangler.importing.leash import bare_environment
from wrangler.importing.markers import literal

COMMAND = (sys.executable, "-P", "-B", "-m", "wrangler.importing.export_child")
REFUSED = 3
FEW_CELLS = 100_000


def export_apart(
    path: Path,
    target: Path,
    format: Literal["csv", "jsonl", "parquet", "xlsx"],  # noqa: A002 - the word of the public face
    *,
    guard_formulas: bool = True,
) -> None:
    """The same as `export`; only small tables are written by this process itself."""
    if format == "parquet" or _is_small(path):
        export(path, target, format, guard_formulas=guard_formulas)
        return
    spec = {
        "parent": os.getpid(),
        "path": str(path.resolve()),
        "target": str(target.resolve()),
        "format": format,
        "guard_formulas": guard_formulas,
    }
    environment = bare_environment(target.resolve().parent)
    ended = subprocess.run(
        COMMAND, input=json.dumps(spec), env=environment, capture_output=True, text=True, check=False
    )
    if ended.returncode == REFUSED:
        raise ExportRefused(ended.stdout)
    if ended.returncode:
        raise RuntimeError(f"the export died with status {ended.returncode}: {ended.stderr[-2000:]}")


def _is_small(path: Path) -> bool:
    with open_database(path, folder=None, memory_bytes=1 << 26, threads=1) as con:
        file = literal(str(path))
        query = f"SELECT sum(num_values) FROM parquet_metadata({file})"  # noqa: S608 - a quoted literal
        [(cells,)] = con.execute(query).fetchall()
    return (cells or 0) <= FEW_CELLS


def main() -> int:
    spec = json.load(sys.stdin)
    die_with_parent(spec["parent"])
    try:
        export(Path(spec["path"]), Path(spec["target"]), spec["format"], guard_formulas=spec["guard_formulas"])
    except ExportRefused as refused:
        sys.stdout.write(refused.message)
        return REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(main())
