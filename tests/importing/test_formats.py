"""The records of the file formats."""

from typing import get_args

import pytest

from wrangler.importing.options import FormatName
from wrangler.importing.readers import FORMATS, OPTIONS


@pytest.mark.parametrize("name", FORMATS)
def test_the_module_of_every_format_reads_it_and_gives_its_missing_reasons(name: str) -> None:
    module = FORMATS[name].load()

    assert callable(module.read)
    assert callable(module.missing_reasons)


def test_every_value_of_the_import_option_means_a_format_and_every_format_has_one() -> None:
    assert set(get_args(FormatName)) == set(OPTIONS)
    assert set(OPTIONS.values()) == set(FORMATS)
