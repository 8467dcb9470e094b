"""Uploads: each file part goes straight to its place on the disk while it is hashed, and is never held in memory."""

import hashlib
import shutil
import uuid
from pathlib import Path
from typing import IO, cast

from flask import Flask, Request
from werkzeug.datastructures import FileStorage

from wrangler.errors import FieldError, InsufficientStorage, InvalidInput
from wrangler.services import Upload
from wrangler.web.context import storage

LEAST_FREE_BYTES = 256 * 1024 * 1024


class HashedFile:
    """A file that is being received: written once, from front to back, hashed on the way."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.bytes = 0
        self._hash = hashlib.sha256()
        self._file: IO[bytes] = path.open("w+b")

    def write(self, chunk: bytes) -> int:
        self._hash.update(chunk)
        self.bytes += len(chunk)
        return self._file.write(chunk)

    def flush(self) -> None:
        self._file.flush()

    def close(self) -> None:
        self._file.close()

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    def __getattr__(self, name: str) -> object:
        return getattr(self._file, name)


class UploadRequest(Request):
    """A request whose file parts arrive in the upload folder, and do not outlive it."""

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,  # noqa: ARG002 - werkzeug's signature
        filename: str | None = None,  # noqa: ARG002 - werkzeug's signature
        content_length: int | None = None,  # noqa: ARG002 - werkzeug's signature
    ) -> IO[bytes]:
        folder = storage().uploads
        if shutil.disk_usage(folder).free < LEAST_FREE_BYTES + (total_content_length or 0):
            raise InsufficientStorage("There is not enough disk space for this upload on the server; ask its operator.")
        received = HashedFile(folder / str(uuid.uuid4()))
        self.received: list[HashedFile] = [*getattr(self, "received", []), received]
        return cast("IO[bytes]", received)

    def remove_uploads(self) -> None:
        for received in getattr(self, "received", []):
            received.close()
            received.path.unlink(missing_ok=True)


def register(app: Flask) -> None:
    app.request_class = UploadRequest
    app.teardown_request(lambda _error: _remove_uploads_of_request())


def take(file: FileStorage | str, key: str | None = None) -> Upload:
    """What arrived in a file part, under an idempotency key or none.

    Raises
    ------
    InvalidInput
        When the part is a field of plain text, or no file was chosen.
    """
    received: object = None if isinstance(file, str) else file.stream
    filename = None if isinstance(file, str) else file.filename
    if not isinstance(received, HashedFile) or not filename:
        raise InvalidInput(
            "Send the file as the multipart field `file`, with a file name.",
            errors=[FieldError("/file", "is not a file with a name")],
        )
    received.flush()
    return Upload(received.path, received.bytes, received.sha256, filename, key)


def _remove_uploads_of_request() -> None:
    from flask import request

    cast("UploadRequest", request).remove_uploads()
