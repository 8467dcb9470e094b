"""The threads of the libraries underneath: one each, since small fits are many times slower with more."""

from contextlib import AbstractContextManager
from functools import cache

from threadpoolctl import ThreadpoolController


def single_threads() -> AbstractContextManager[object]:
    """While it lasts, BLAS and OpenMP use one thread each."""
    limits: AbstractContextManager[object] = _controller().limit(limits=1)
    return limits


@cache
def _controller() -> ThreadpoolController:
    """Looks through all loaded libraries, which takes longer than some fits; the ones used here stay the same."""
    return ThreadpoolController()
