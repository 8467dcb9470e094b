"""Which tests one process of pytest gets together: those of a file, and those that share an installation."""

from xdist.scheduler import LoadFileScheduling

SHARED = ("tests/journey/test_journey.py", "tests/journey/test_imports.py", "tests/journey/test_roles.py")


class ByFileOrInstallation(LoadFileScheduling):
    """By file; the files that share an installation count as one, so that it is started once."""

    def _split_scope(self, nodeid: str) -> str:
        path: str = super()._split_scope(nodeid)
        return SHARED[0] if path in SHARED else path
