"""The error that the client raises when the server refuses."""

from typing import Any

import httpx


class Refused(Exception):
    """The server refused: `problem` is the problem document (RFC 9457), `status` the HTTP status."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        reasons = "".join(f"\n  {error['pointer']}: {error['detail']}" for error in problem.get("errors", []))
        super().__init__(f"{status} {problem.get('detail') or problem.get('title', '')}{reasons}")
        self.status = status
        self.problem = problem

    @classmethod
    def of(cls, response: httpx.Response) -> "Refused":
        """The problem document of a response; its body must have been read."""
        try:
            problem = response.json()
        except ValueError:
            problem = {"title": response.reason_phrase}
        return cls(response.status_code, problem)
