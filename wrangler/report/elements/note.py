"""A plain sentence where a picture or a table would have nothing to show."""

import html
from dataclasses import dataclass


@dataclass(frozen=True)
class Note:
    """One sentence, shown as it is."""

    text: str

    def _repr_mimebundle_(self, **_kwargs: object) -> dict[str, str]:
        return {"text/html": f'<p class="note">{html.escape(self.text)}</p>', "text/plain": self.text}
