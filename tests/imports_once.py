"""Uploads of the same bytes are imported once a session: a real import starts a process, which costs a second.

The first upload of each content takes the whole way. Who sends the same again, with the same name, options and limits,
gets copies of the files that the first one made. Refusals, and imports that were ended, are never kept.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from wrangler.files import file_sha256
from wrangler.importing import ImportLimits, ImportOptions, ImportResult, import_table
from wrangler.importing.options import MARKERS_FILE
from wrangler.importing.progress import Listener
from wrangler.services.imports import run

MOST_BYTES = 1_000_000
_kept: dict[tuple[str, ...], tuple[ImportResult, dict[str, bytes]]] = {}


@contextmanager
def imports_once() -> Iterator[None]:
    """Have this process import equal uploads once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "import_table", _import)
        yield


def _import(
    source: Path,
    target: Path,
    *,
    filename: str,
    options: ImportOptions,
    limits: ImportLimits,
    listener: Listener | None = None,
) -> ImportResult:
    small = source.stat().st_size <= MOST_BYTES
    key = (file_sha256(source), filename, options.model_dump_json(), repr(limits)) if small else ()
    if key in _kept:
        return _give(target, *_kept[key], listener)
    result = import_table(source, target, filename=filename, options=options, limits=limits, listener=listener)
    if small:
        files = [target, target.with_name(MARKERS_FILE)]
        _kept[key] = result, {file.name: file.read_bytes() for file in files if file.is_file()}
    return result


def _give(target: Path, result: ImportResult, files: dict[str, bytes], listener: Listener | None) -> ImportResult:
    if listener:
        listener(0.0, "reading")
    for name, content in files.items():
        target.with_name(name).write_bytes(content)
    if listener:
        listener(1.0, "ready")
    return result
