"""Public names of a package that are loaded when first asked for: what a process never uses costs no start-up."""

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module


def lazy_names(package: str, homes: Mapping[str, Sequence[str]]) -> Callable[[str], object]:
    """The `__getattr__` of a package (PEP 562).

    Parameters
    ----------
    package : str
        The package's `__name__`.
    homes : mapping of str to sequence of str
        For each module of the package, by its name in the package, the public names that it defines. A name must
        differ from those of the modules: the import of a module binds its name in the package.
    """
    home_of = {name: module for module, names in homes.items() for name in names}

    def load(name: str) -> object:
        if name not in home_of:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value: object = getattr(import_module(f"{package}.{home_of[name]}"), name)
        setattr(sys.modules[package], name, value)
        return value

    return load
