"""The parser child: limits itself, reads one file, writes one Parquet file and one answer, and ends.

Started by `wrangler.importing.supervisor` as `python -m wrangler.importing.child` with a JSON spec on stdin. Whatever
goes wrong in here is answered as a refusal with a stable code; what was not foreseen is also told as a `defect`.
"""

import json
import resource
import sys
import traceback
from dataclasses import asdict
from pathlib import Path
from typing import Any

from wrangler.errors import ImportRefused
from wrangler.importing.options import ImportLimits, ImportOptions
from wrangler.importing.refusals import Code, refusal
from wrangler.importing.spec import Spec


def main() -> int:
    raw = json.load(sys.stdin)
    limits = ImportLimits(**raw["limits"])
    limit_myself(limits)
    folder = Path(raw["folder"])
    spec = Spec(
        source=Path(raw["source"]),
        folder=folder,
        filename=raw["filename"],
        options=ImportOptions(**raw["options"]),
        limits=limits,
    )
    (folder / "answer.json").write_text(json.dumps(answer(spec)), encoding="utf-8")
    return 0


def limit_myself(limits: ImportLimits) -> None:
    """Bound this process before any foreign byte is read.

    Memory is bounded by RLIMIT_DATA: it counts what is written to, while RLIMIT_AS would also count the address space
    that allocators reserve and never touch (1 GB here for a 300 MB import).
    """
    cpu_seconds = int(limits.seconds * limits.threads) + 1
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_DATA, (limits.memory_bytes, limits.memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits.inflated_bytes, limits.inflated_bytes))


def answer(spec: Spec) -> dict[str, Any]:
    """Read the file; a refusal is an answer too."""
    from wrangler.importing.reading import read_table

    try:
        return {"result": read_table(spec).as_dict()}
    except ImportRefused as refused:
        return _refused(refused) | ({"cause": str(refused.__cause__)} if refused.__cause__ else {})
    except MemoryError:
        memory = f"{spec.limits.memory_bytes // 2**20:,} MB"
        message = f"Reading the file needed more than the {memory} it may use."
        return _refused(refusal(Code.OUT_OF_MEMORY, message))
    except Exception:  # noqa: BLE001 - the process boundary: foreign bytes raise whatever they like
        message = "The file could not be read as a table. It is damaged, or not what it says it is."
        return {**_refused(refusal(Code.UNREADABLE, message)), "defect": traceback.format_exc(limit=-8)}


def _refused(refused: ImportRefused) -> dict[str, Any]:
    return {
        "refused": {
            "code": refused.code,
            "message": refused.message,
            "errors": [asdict(error) for error in refused.errors],
            "facts": refused.facts,
        }
    }


if __name__ == "__main__":
    sys.exit(main())
