"""Starting a kernel as a process of its own. Light on imports: it starts while the runner still loads papermill."""

import json
import os
import secrets
import subprocess
import sys
from pathlib import Path

from wrangler.notebook.protocol import INSTRUCTIONS_FILE
from wrangler.sandbox import PRIVATE

CONNECTION_FILE = "kernel.json"
KERNEL_ARGUMENTS = ["--HistoryManager.enabled=False"]
_PORTS = ("shell_port", "iopub_port", "stdin_port", "control_port", "hb_port")


def write_connection(directory: Path) -> Path:
    """Write where a kernel is to listen: on Unix sockets in `directory`, with a key known to readers of the file alone.

    A relative directory gives relative sockets: the path of a Unix socket may have 107 characters, and the folder of a
    run alone can have more. Whoever uses them works in the directory that they are relative to.
    """
    path = directory / CONNECTION_FILE
    ports = {name: number for number, name in enumerate(_PORTS, start=1)}
    facts = {"transport": "ipc", "ip": str(directory / "k"), "key": secrets.token_hex(32), **ports}
    path.touch(mode=0o600)
    path.write_text(json.dumps({**facts, "signature_scheme": "hmac-sha256"}), encoding="utf-8")
    return path


def launch_kernel() -> tuple[Path, subprocess.Popen[bytes]]:
    """Start the kernel of the run in whose folder this process works."""
    connection = write_connection(Path(PRIVATE))
    argv = [
        sys.executable,
        "-P",
        "-m",
        "wrangler.notebook.kernel.kernel",
        INSTRUCTIONS_FILE,
        str(connection),
        str(os.getpid()),
    ]
    return connection, subprocess.Popen(argv, stdin=subprocess.DEVNULL, start_new_session=True)
