"""What the README shows over HTTP, pasted as it stands while `make run` serves."""

import re
import subprocess

import nbformat
import pytest

from wrangler.config import PROJECT_ROOT

pytestmark = pytest.mark.kernel
README = (PROJECT_ROOT / "README.md").read_text()
PATIENCE_SECONDS = 300


def port_of_make_run() -> str:
    return re.search(r"^PORT \?= (\d+)$", (PROJECT_ROOT / "Makefile").read_text(), re.MULTILINE)[1]


def test_the_http_block_pasted_into_a_shell_leaves_an_executed_notebook(embedded_installation, tmp_path):
    [block] = [one for one in re.findall(r"```sh\n(.*?)```", README, re.DOTALL) if "curl" in one]
    address = f"http://127.0.0.1:{port_of_make_run()}"
    assert address in block
    folder = tmp_path / "checkout"
    folder.mkdir()
    (folder / "wrangler").symlink_to(PROJECT_ROOT / "wrangler")
    (tmp_path / "data").mkdir()

    reported = subprocess.run(
        ["sh", "-e"],
        input=block.replace(address, embedded_installation.url),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )

    assert (reported.returncode, reported.stderr) == (0, "")
    [saved] = folder.glob("*.ipynb")
    notebook = nbformat.read(saved, as_version=4)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.metadata.wrangler.status for cell in cells] == ["done"] * len(cells)
    assert any(cell.outputs for cell in cells)
