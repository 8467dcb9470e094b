"""The line between supervisor and runner: JSON lines both ways over a pair of sockets."""

import json
import socket
from collections.abc import Iterator
from typing import Any

from wrangler.json_value import JsonValue

_CHUNK = 65_536
_LONGEST_LINE = 10_000_000  # whoever sends more is not to fill the memory of this end


class Channel:
    """One end. Sending to an end that is gone is no error: whoever is left finds out by reading."""

    def __init__(self, end: socket.socket) -> None:
        self._socket = end
        self._pending = b""
        self.is_closed = False

    def fileno(self) -> int:
        return self._socket.fileno()

    def send(self, kind: str, **facts: JsonValue) -> None:
        line = json.dumps({"type": kind, **facts}).encode() + b"\n"
        try:
            self._socket.sendall(line)
        except (BrokenPipeError, ConnectionResetError):
            self.is_closed = True

    def receive(self) -> list[dict[str, Any]]:
        """Wait for bytes and give the messages that are whole; `is_closed` means that no more will come."""
        try:
            chunk = self._socket.recv(_CHUNK)
        except ConnectionResetError:
            chunk = b""
        *lines, self._pending = (self._pending + chunk).split(b"\n")
        self.is_closed = not chunk or len(self._pending) > _LONGEST_LINE
        return [json.loads(line) for line in lines]

    def messages(self) -> Iterator[dict[str, Any]]:
        """Every message until the other end is gone."""
        while not self.is_closed:
            yield from self.receive()

    def close(self) -> None:
        self._socket.close()
