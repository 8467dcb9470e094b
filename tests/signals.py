"""Signals that are ignored where a suite is started do not stay ignored in the processes that its tests start."""

import signal
from types import FrameType


def give_children_default_signals() -> None:
    """Go on ignoring what is ignored, by a handler: a program that is started does not inherit one.

    A shell without job control has what it starts in its background ignore SIGINT and SIGQUIT, `nohup` SIGHUP; their
    children would ignore them too, and a test that interrupts one would wait for ever.
    """
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGTERM):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, _ignore)


def _ignore(_number: int, _frame: FrameType | None) -> None:
    pass
