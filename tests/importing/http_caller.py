"""Uploading over the real HTTP interface, in this process, with an eye on its memory."""

import io
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Self

from tests.conftest import PASSWORD
from tests.importing.memory import memory_of
from wrangler.app import create_app
from wrangler.config import Environment, Settings
from wrangler.extensions import db
from wrangler.services import accounts

AFTER = ("rows", "profile", "download?format=csv", "download?format=jsonl")


@dataclass(frozen=True)
class Reply:
    """Status, code and message of an upload, or of the first thing after it that failed."""

    status: int
    code: str
    message: str

    @property
    def words(self) -> str:
        return f"{self.status} {self.code}"


class Caller:
    """A registered person with a fresh server; `growth` is by how many bytes, at most, an upload made it grow."""

    def __init__(self, **settings: Any) -> None:
        self._folder = tempfile.TemporaryDirectory()
        folder = Path(self._folder.name) / "var"
        chosen = {"env": Environment.TESTING, "data_dir": folder, "ratelimit_enabled": False, "log_level": "ERROR"}
        self.app = create_app(Settings(**chosen | settings))
        self.client = self.app.test_client(use_cookies=False)
        self.growth = 0

    def __enter__(self) -> Self:
        with self.app.app_context():
            db.create_all()
            accounts.register("ada@example.org", PASSWORD, "Ada")
        response = self.client.post("/api/v1/auth/token", json={"email": "ada@example.org", "password": PASSWORD})
        self._headers = {"Authorization": f"Bearer {response.json['access_token']}"}
        self.upload(b"a\n1\n")
        self.growth = 0
        return self

    def __exit__(self, *_: object) -> None:
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()
        self._folder.cleanup()

    def upload(self, data: bytes | IO[bytes], options: str = "{}") -> Reply:
        """Upload, look at rows, profile and downloads, delete."""
        before = memory_of("VmRSS")
        Path("/proc/self/clear_refs").write_text("5")
        file = io.BytesIO(data) if isinstance(data, bytes) else data
        response = self.client.post(
            "/api/v1/datasets", data={"file": (file, "table"), "options": options}, headers=self._headers
        )
        self.growth = max(self.growth, memory_of("VmHWM") - before)
        if response.status_code != 201:
            return Reply(response.status_code, response.json["code"], response.json["detail"])
        return self._look(response.json)

    def _look(self, dataset: dict[str, Any]) -> Reply:
        path = f"/api/v1/datasets/{dataset['id']}"
        for after in AFTER:
            response = self.client.get(f"{path}/{after}", headers=self._headers, buffered=True)
            if response.status_code != 200:
                return Reply(response.status_code, f"{response.json['code']} at {after}", response.json["detail"])
        self.client.delete(path, headers=self._headers)
        rows, columns = dataset["rows"], len(dataset["columns"])
        return Reply(201, "created", f"{rows:,} rows, {columns:,} columns, {dataset['format']}")
