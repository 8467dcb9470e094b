"""A headless Chromium that tests drive over a pipe: pages at any size, in either theme, and what becomes of them."""

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.required import missing_capability

_SWITCHES = ("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--remote-debugging-pipe")
_CALLS, _ANSWERS = 3, 4  # the descriptors on which Chromium reads and writes


class Browser:
    """One tab; every method waits for Chromium's answer."""

    def __init__(self, program: str, profile: Path) -> None:
        calls, self._calls = os.pipe()
        self._responds, responses = os.pipe()
        wired = f'exec "$@" {_CALLS}<&{calls} {_ANSWERS}>&{responses}'
        command = ["bash", "-c", wired, "chromium", program, *_SWITCHES, f"--user-data-dir={profile}"]
        self._process = subprocess.Popen(command, pass_fds=(calls, responses), stderr=subprocess.DEVNULL)
        os.close(calls)
        os.close(responses)
        self._unread = b""
        self._loaded: set[str] = set()  # the pages whose load is complete, by Chromium's names of them
        self._number = 0
        self._session: str | None = None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.call("Page.enable")
        self.call("Page.setLifecycleEventsEnabled", enabled=True)

    def close(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._calls)
        os.close(self._responds)

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """A command of the DevTools protocol."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._calls, json.dumps(message).encode() + b"\0")
        while (response := self._read()).get("id") != self._number:
            pass
        assert "error" not in response, response
        result: dict[str, Any] = response["result"]
        return result

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._unread:
            piece = os.read(self._responds, 1 << 20)
            assert piece, "Chromium ended"
            self._unread += piece
        message, self._unread = self._unread.split(b"\0", 1)
        read: dict[str, Any] = json.loads(message)
        if read.get("method") == "Page.lifecycleEvent" and read["params"]["name"] == "load":
            self._loaded.add(read["params"]["loaderId"])
        return read

    def show(self, address: str, *, width: int = 1366, height: int = 768, scheme: str = "light") -> None:
        """Load a page in a window of this size and wait until all of it is there."""
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        page = self.call("Page.navigate", url=address)
        assert "errorText" not in page, address
        while page["loaderId"] not in self._loaded:  # the end of an earlier page may be reported meanwhile
            self._read()

    def follow(self, script: str) -> None:
        """Run what leads to another page, and wait until all of that is there."""
        before = self._loaded.copy()
        self.run(script)
        while self._loaded == before:
            self._read()

    def run(self, script: str) -> Any:
        """The value of an expression of JavaScript in the page; for tests, whatever policy the page has."""
        response = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in response, response
        return response["result"].get("value")

    def press(self, key: str, code: int, text: str) -> None:
        facts = {"key": key, "code": key, "windowsVirtualKeyCode": code}
        self.call("Input.dispatchKeyEvent", type="keyDown", text=text, **facts)
        self.call("Input.dispatchKeyEvent", type="keyUp", **facts)

    def print(self) -> bytes:
        return base64.b64decode(self.call("Page.printToPDF", preferCSSPageSize=True)["data"])


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        missing_capability("no Chromium on this machine")
    browser = Browser(program, tmp_path_factory.mktemp("profile"))
    yield browser
    browser.close()
