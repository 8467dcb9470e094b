"""Puts off the grammar of IRIs. jsonschema, below nbformat, has it read at import, for a format no notebook has.

That was over a second at the start of every worker, web process, fork server and command. Whoever checks an IRI after
all has the real package loaded then.
"""

import sys
from importlib.util import find_spec
from types import ModuleType

_PACKAGE = "rfc3987_syntax"


class _LatePackage(ModuleType):
    """The package as jsonschema sees it: it has a function to refer to, and is loaded when that is called."""

    def is_valid_syntax(self, term: str, value: str) -> bool:
        return bool(_real().is_valid_syntax(term, value))

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(_real(), name)


def _real() -> ModuleType:
    from importlib import import_module

    if isinstance(sys.modules.get(_PACKAGE), _LatePackage):
        del sys.modules[_PACKAGE]
    return import_module(_PACKAGE)


def defer() -> None:
    """Stand in for the package, where it is installed and nobody has loaded it yet."""
    spec = None if _PACKAGE in sys.modules else find_spec(_PACKAGE)
    if spec is not None:
        late = _LatePackage(_PACKAGE)
        late.__spec__, late.__path__ = spec, spec.submodule_search_locations or []
        sys.modules[_PACKAGE] = late
