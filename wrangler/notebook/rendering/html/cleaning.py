"""What HTML may pass: tables and prose, no script, no frame, no image, no address that leaves the document."""

import nh3

_TAGS = {
    *("h1", "h2", "h3", "h4", "h5", "h6", "p", "br", "hr", "blockquote", "pre", "div", "details", "summary"),
    *("em", "strong", "b", "i", "u", "s", "sub", "sup", "small", "code", "kbd", "span", "mark", "a"),
    *("ul", "ol", "li", "dl", "dt", "dd"),
    *("table", "caption", "colgroup", "col", "thead", "tbody", "tfoot", "tr", "th", "td"),
}
_ATTRIBUTES = {
    "*": {"class", "title"},
    "a": {"href"},
    "th": {"scope", "colspan", "rowspan"},
    "td": {"colspan", "rowspan"},
    "ol": {"start"},
}
_CLASSES = {
    "num",
    "good",
    "warn",
    "filled",
    "long",
    "note",
    "verdict",
    "warnings",
    "data",
    "more",
    "dataframe",
    "group",
}


def clean_html(fragment: str) -> str:
    """The fragment with everything outside the allow-list taken out."""
    return nh3.clean(
        fragment,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=_kept_value,
        url_schemes=set(),
        link_rel=None,
        strip_comments=True,
    )


def _kept_value(_tag: str, attribute: str, value: str) -> str | None:
    if attribute == "class":
        return " ".join(name for name in value.split() if name in _CLASSES) or None
    if attribute == "href":
        return value if value.startswith("#") else None
    return value
