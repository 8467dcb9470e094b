"""The private folder of a run: made ready before it, tidied after it."""

import hashlib
import os
import shutil
import subprocess

from wrangler.errors import Conflict
from wrangler.notebook.protocol import (
    HTML_FILE,
    INSTRUCTIONS_FILE,
    LIVE_LOG_FILE,
    LOG_FILE,
    NOTEBOOK_FILE,
    RESULT_FILE,
    TEMPLATE_FILE,
    RunInstructions,
    RunSpec,
)
from wrangler.sandbox import PRIVATE

_TAIL_CHARACTERS = 2_000


def prepare(spec: RunSpec, environment: dict[str, str]) -> None:
    """Put the instructions and the template's bytes in place and take away what an earlier run may have left."""
    content = spec.template.path.read_bytes()
    if hashlib.sha256(content).hexdigest() != spec.template.sha256:
        raise Conflict(
            f"The template {spec.template.kind!r} has changed since the job was submitted. Submit it again.",
            code="template_changed",
        )
    parameters = spec.template.complete(spec.parameters)
    tidy(spec)
    for name in (NOTEBOOK_FILE, HTML_FILE, RESULT_FILE, LIVE_LOG_FILE):
        (spec.folder / name).unlink(missing_ok=True)
    _lay_out(spec, content, RunInstructions.of(spec, parameters, environment))


def clear_out(spec: RunSpec, environment: dict[str, str]) -> None:
    """Take from the folder of a run that has ended all that is no plain file, whatever its notebook did to keep it.

    What is needed to finalize the run is written anew. Only for runs of which no process is left.
    """
    spec.folder.chmod(0o700)
    # Not by Python: its ways of removing a folder give up on thousands of levels.
    place = str(spec.folder)
    subprocess.run([_program("chmod"), "-R", "u+rwx", "--", place], check=False, stderr=subprocess.DEVNULL)
    everything_but_files = [place, "-mindepth", "1", "-maxdepth", "1", "!", "-type", "f"]
    subprocess.run([_program("find"), *everything_but_files, "-exec", "rm", "-rf", "--", "{}", "+"], check=False)
    content = spec.template.path.read_bytes()
    _lay_out(spec, content, RunInstructions.of(spec, spec.template.complete(spec.parameters), environment))


def _program(name: str) -> str:
    return shutil.which(name, path=os.defpath) or name


def _lay_out(spec: RunSpec, content: bytes, instructions: RunInstructions) -> None:
    for name in ("tmp", "cache", "config", "jupyter", "ipython", "matplotlib"):
        (spec.folder / PRIVATE / name).mkdir(parents=True, mode=0o700)
    (spec.folder / PRIVATE).chmod(0o700)
    (spec.folder / TEMPLATE_FILE).write_bytes(content)
    instructions.write(spec.folder / INSTRUCTIONS_FILE)


def log_tail(spec: RunSpec) -> str:
    """The end of the runner's log."""
    path = spec.folder / LOG_FILE
    is_ours = path.is_file() and not path.is_symlink() and not path.parent.is_symlink()
    return path.read_text(encoding="utf-8", errors="replace")[-_TAIL_CHARACTERS:] if is_ours else ""


def tidy(spec: RunSpec) -> None:
    """Remove Wrangler's own part of the folder."""
    shutil.rmtree(spec.folder / PRIVATE, ignore_errors=True)
