"""The child that exports: limits itself, writes one file and one outcome, and ends.

Started by `wrangler.tables.export_parent` as `python -m wrangler.tables.export_child` with a JSON spec on stdin.
"""

import json
import os
import sys
from errno import EFBIG, ENOSPC
from pathlib import Path
from typing import Any

import duckdb
from xlsxwriter.exceptions import FileCreateError

from wrangler.errors import ExportRefused
from wrangler.sandbox import die_with_parent, leave_network, limit_myself
from wrangler.tables.connection import MEMORY_SHARE, PAGE_MEMORY_BYTES
from wrangler.tables.export import export
from wrangler.tables.options import ExportLimits


def main() -> int:
    spec = json.load(sys.stdin)
    limits = ExportLimits(**spec["limits"])
    limit_myself(
        memory_bytes=limits.memory_bytes,
        cpu_seconds=int(limits.seconds * limits.threads) + 1,
        file_bytes=limits.file_bytes,
    )
    leave_network()
    die_with_parent(spec["parent"])  # last: a change of credentials takes it back
    Path("outcome.json").write_text(json.dumps(outcome_of(spec, limits)), encoding="utf-8")
    return 0


def outcome_of(spec: dict[str, Any], limits: ExportLimits) -> dict[str, str]:
    """Write the file; returns what prevented it, or nothing."""
    try:
        export(
            Path(spec["path"]),
            Path(spec["target"]),
            spec["format"],
            guard_formulas=spec["guard_formulas"],
            memory_bytes=min(PAGE_MEMORY_BYTES, int(limits.memory_bytes * MEMORY_SHARE)),
            threads=limits.threads,
        )
    except ExportRefused as refused:
        return {"code": refused.code, "message": refused.message}
    except (MemoryError, duckdb.OutOfMemoryException):
        return {"code": "export_out_of_memory"}
    except (OSError, duckdb.IOException, FileCreateError) as exc:
        for errno, code in ((EFBIG, "export_too_large"), (ENOSPC, "insufficient_storage")):
            if os.strerror(errno) in str(exc):
                return {"code": code}
        raise
    return {}


if __name__ == "__main__":
    sys.exit(main())
