"""The kernel of a run: ipykernel under the limits of the run."""

import sys
from pathlib import Path

from ipykernel.kernelapp import IPKernelApp

from wrangler.notebook.limits import die_with_parent, restrict
from wrangler.notebook.spec import Order


def main(arguments: list[str]) -> None:
    """Take the order file and the parent's pid from the arguments; the rest is ipykernel's."""
    order_file, parent_pid, *rest = arguments
    die_with_parent(int(parent_pid))
    restrict(Order.read(Path(order_file)).limits)
    IPKernelApp.launch_instance(rest)


if __name__ == "__main__":
    main(sys.argv[1:])
