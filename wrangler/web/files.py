"""Files that are sent: with ranges, an ETag, a name that any client can keep, and headers that keep them harmless."""

from pathlib import Path

from flask import Response, send_file

from wrangler.errors import NotFound
from wrangler.web import headers


def attachment(path: Path, *, name: str, media_type: str, etag: str) -> Response:
    """A file to be saved, never shown."""
    return _send(path, name=name, media_type=media_type, etag=etag, is_attachment=True)


def sandboxed_page(path: Path, *, etag: str) -> Response:
    """A report to be shown: no script runs in it, and it reaches nothing."""
    response = _send(path, name=path.name, media_type="text/html", etag=etag, is_attachment=False)
    response.headers["Content-Security-Policy"] = headers.REPORT
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def _send(path: Path, *, name: str, media_type: str, etag: str, is_attachment: bool) -> Response:
    if not path.is_file():
        raise NotFound("The file is no longer on the server's disk; run the job again.", code="file_gone")
    return send_file(
        path,
        mimetype=media_type.partition(";")[0],  # to a text, Flask adds the charset, which some rows name already
        as_attachment=is_attachment,
        download_name=name,
        etag=etag,
        conditional=True,
        max_age=0,
    )
