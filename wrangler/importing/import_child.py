"""The parser child: limits itself, reads one file, writes one Parquet file and one outcome, and ends.

Started by `import_parent` as `python -m wrangler.importing.import_child` with a JSON spec on stdin. Whatever goes wrong
in here becomes a refusal with a stable code; an unexpected error is also reported as a `defect`.
"""

import json
import sys
import traceback
from dataclasses import asdict
from pathlib import Path
from typing import Any

import duckdb

from wrangler.errors import ImportRefused
from wrangler.importing.errors import Code, out_of_memory, refusal
from wrangler.importing.options import ImportLimits, ImportOptions, Spec
from wrangler.sandbox import die_with_parent, leave_network, limit_myself


def main() -> int:
    raw = json.load(sys.stdin)
    spec = spec_of(raw)
    limit(spec.limits)
    leave_network()
    die_with_parent(raw["parent"])  # last: a change of credentials takes it back
    (spec.folder / "outcome.json").write_text(json.dumps(outcome_of(spec)), encoding="utf-8")
    return 0


def spec_of(raw: dict[str, Any]) -> Spec:
    """What the supervisor wrote."""
    return Spec(
        source=Path(raw["source"]),
        folder=Path(raw["folder"]),
        filename=raw["filename"],
        options=ImportOptions(**raw["options"]),
        limits=ImportLimits(**raw["limits"]),
    )


def limit(limits: ImportLimits) -> None:
    """Bound this process by the budget of an import."""
    limit_myself(
        memory_bytes=limits.memory_bytes,
        cpu_seconds=int(limits.seconds * limits.threads) + 1,
        file_bytes=limits.inflated_bytes,
    )


def outcome_of(spec: Spec) -> dict[str, Any]:
    """Read the file; a refusal is an outcome too."""
    from wrangler.importing.readers import read_table

    try:
        return {"result": read_table(spec).as_dict()}
    except ImportRefused as refused:
        return _refused(refused) | ({"cause": str(refused.__cause__)} if refused.__cause__ else {})
    except (MemoryError, duckdb.OutOfMemoryException):
        return _refused(out_of_memory(spec.limits.memory_bytes))
    except Exception:  # noqa: BLE001 - the process boundary: foreign bytes raise whatever they like
        message = "The file could not be read as a table. It is damaged, or not of the format that it seems to be."
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
