"""Which tests one process of pytest gets together: those of a file, and those of files that share what is costly."""

from xdist.scheduler import LoadFileScheduling

SHARED = {
    "installations": tuple(f"tests/journey/test_{name}.py" for name in ("journey", "imports", "roles", "readme")),
    "executed notebooks": (
        "tests/notebooks/test_execution.py",
        "tests/notebooks/test_html.py",
        "tests/notebooks/test_page.py",
    ),
}


class ByFile(LoadFileScheduling):
    """By file; the files that share an installation or executed notebooks count as one, so that these are made once."""

    def _split_scope(self, nodeid: str) -> str:
        path: str = super()._split_scope(nodeid)
        return next((what for what, paths in SHARED.items() if path in paths), path)
