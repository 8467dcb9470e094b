"""What a sandbox shows of the machine."""

from pathlib import Path

from wrangler.sandbox import isolation


def test_a_sandbox_shows_no_data_of_an_installation_that_keeps_it_elsewhere(tmp_path: Path) -> None:
    assert isolation.visible_folder(tmp_path) is None
    assert isolation.visible_folder(Path("/usr/share/wrangler/var")) == Path("/usr")
