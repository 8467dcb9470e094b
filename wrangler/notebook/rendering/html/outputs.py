"""Outputs of cells as safe HTML: PNG and SVG as images, cleaned HTML, plain text, errors; nothing else is shown."""

import base64
import re
from collections.abc import Callable
from html import escape
from typing import Any

from markupsafe import Markup
from nbformat import NotebookNode

from wrangler.notebook.rendering.html.cleaning import clean_html

_TERMINAL_CODES = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/=]")
_NO_ALT = "Picture without a description"


def output_html(output: NotebookNode) -> Markup:
    """One output as HTML; empty when it has no form that may be shown."""
    if output.output_type == "stream":
        return Markup(f'<pre class="stream {escape(output.name)}" tabindex="0">{_plain(output.text)}</pre>')  # noqa: S704
    if output.output_type == "error":
        return Markup(_error(output))  # noqa: S704 - escaped inside
    data, metadata = output.get("data", {}), output.get("metadata", {})
    for media_type, render in _RENDERERS.items():
        if media_type in data:
            return Markup(render(_text(data[media_type]), metadata.get(media_type, {})))  # noqa: S704 - cleaned inside
    return Markup()


def _png(content: str, facts: dict[str, Any]) -> str:
    return _image("image/png", _NOT_BASE64.sub("", content), facts)


def _svg(content: str, facts: dict[str, Any]) -> str:
    return _image("image/svg+xml", base64.b64encode(content.encode()).decode("ascii"), facts)


def _image(media_type: str, encoded: str, facts: dict[str, Any]) -> str:
    sizes = "".join(f' {name}="{facts[name]}"' for name in ("width", "height") if isinstance(facts.get(name), int))
    alt = escape(str(facts.get("alt") or _NO_ALT))
    return f'<figure tabindex="0"><img src="data:{media_type};base64,{encoded}" alt="{alt}"{sizes}></figure>'


def _html(content: str, _facts: dict[str, Any]) -> str:
    return f'<div class="rich" tabindex="0">{clean_html(content)}</div>'


def _pre(content: str, _facts: dict[str, Any]) -> str:
    return f'<pre tabindex="0">{_plain(content)}</pre>'


def _error(output: NotebookNode) -> str:
    traceback = _plain("\n".join(output.get("traceback", [])))
    name, value = _plain(output.get("ename", "Error")), _plain(output.get("evalue", ""))
    folded = f"<details><summary>Traceback</summary><pre>{traceback}</pre></details>" if traceback else ""
    return f'<div class="error"><p><strong>{name}</strong>: {value}</p>{folded}</div>'


def _plain(text: object) -> str:
    return escape(_TERMINAL_CODES.sub("", _text(text)))


def _text(content: object) -> str:
    return "".join(map(str, content)) if isinstance(content, list) else str(content)


_RENDERERS: dict[str, Callable[[str, dict[str, Any]], str]] = {
    "image/png": _png,
    "image/svg+xml": _svg,
    "text/html": _html,
    "text/plain": _pre,
}
