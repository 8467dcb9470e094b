"""Uploads of the same bytes are imported once a session: a real import starts a process, which costs a second.

The first upload of each content takes the whole way. Who sends the same again, with the same name, options and limits,
gets copies of the files that the first one made. Refusals, and imports that were ended, are never kept.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from wrangler.importing import ImportLimits, ImportOptions, ImportResult, import_table
from wrangler.importing.options import MARKERS_FILE
from wrangler.importing.progress import Listener
from wrangler.services.imports import run
from wrangler.services.storage import file_sha256

MOST_BYTES = 1_000_000
_kept: dict[tuple[str, ...], tuple[ImportResult, Path]] = {}


@contextmanager
def imports_once(folder: Path) -> Iterator[None]:
    """Have this process import equal uploads once; `folder` keeps what they made, and lasts as long as the process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "import_table", lambda *given, **named: _import(folder, *given, **named))
        yield


def _import(
    folder: Path,
    source: Path,
    target: Path,
    *,
    filename: str,
    options: ImportOptions,
    limits: ImportLimits,
    listener: Listener | None = None,
) -> ImportResult:
    def really() -> ImportResult:
        return import_table(source, target, filename=filename, options=options, limits=limits, listener=listener)

    if source.stat().st_size > MOST_BYTES:
        return really()
    key = (file_sha256(source), filename, options.model_dump_json(), repr(limits))
    if key not in _kept:
        result = really()
        kept = Path(tempfile.mkdtemp(dir=folder))
        for name in ("table.parquet", MARKERS_FILE):
            if target.with_name(name).is_file():
                shutil.copyfile(target.with_name(name), kept / name)
        _kept[key] = result, kept
        return result
    result, kept = _kept[key]
    if listener:
        listener(0.0, "reading")
    for file in kept.iterdir():
        shutil.copyfile(file, target.with_name(file.name))
    if listener:
        listener(1.0, "ready")
    return result
