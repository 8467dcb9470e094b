"""Decoding of text files: a declared encoding, a byte order mark, or the choice by evidence."""

from wrangler.importing.text_encoding.choice import BYTE_ORDER_MARKS
from wrangler.importing.text_encoding.decode import Text, read_text
from wrangler.importing.text_encoding.detect import CHUNK_BYTES

__all__ = ["BYTE_ORDER_MARKS", "CHUNK_BYTES", "Text", "read_text"]
