"""Notebook documents: reading, checking, headings, weights of cells, JSON values."""

from typing import TYPE_CHECKING

from wrangler.lazy_names import lazy_names

if TYPE_CHECKING:
    from wrangler.notebook.documents.headings import first_heading, heading_before, text_below_heading
    from wrangler.notebook.documents.json_values import NotJson, to_json
    from wrangler.notebook.documents.notebook import (
        clean_document,
        document_text,
        error_output,
        is_executable,
        markdown_cell,
        read_document,
        read_percent_script,
        read_valid_document,
        stream_output,
        weight_of,
    )

__all__ = [
    "NotJson",
    "clean_document",
    "document_text",
    "error_output",
    "first_heading",
    "heading_before",
    "is_executable",
    "markdown_cell",
    "read_document",
    "read_percent_script",
    "read_valid_document",
    "stream_output",
    "text_below_heading",
    "to_json",
    "weight_of",
]

__getattr__ = lazy_names(
    __name__,
    {
        "headings": ["first_heading", "heading_before", "text_below_heading"],
        "json_values": ["NotJson", "to_json"],
        "notebook": [
            "clean_document",
            "document_text",
            "error_output",
            "is_executable",
            "markdown_cell",
            "read_document",
            "read_percent_script",
            "read_valid_document",
            "stream_output",
            "weight_of",
        ],
    },
)
