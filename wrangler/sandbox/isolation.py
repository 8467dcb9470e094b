"""The sandbox of a run whose notebook is not trusted.

In it there are Python, Wrangler's code, the system's libraries (read only) and the folder of the run; nothing else
of the machine can be named there. It has no network, sees and signals no process but its own, and gets no rights by
any means. Who is in it runs as the same user as the worker: that is why everything else must be out of reach, and
why the runner, whose work is on files that the notebook could tamper with, is in it too.

It takes namespaces, which a machine, or the container that Wrangler is in, may refuse: `python -m
wrangler.sandbox.isolation` tries it.
"""

import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import NoReturn

from wrangler.sandbox import mounts
from wrangler.sandbox.environment import PRIVATE, PROJECT_ROOT, server_environment
from wrangler.sandbox.limits import allow_inspection, die_with_parent, raise_loopback

FLAG = "--isolated"
_CLONE_NEWNS, _CLONE_NEWIPC, _CLONE_NEWUSER = 0x20000, 0x8000000, 0x10000000
_CLONE_NEWPID, _CLONE_NEWNET = 0x20000000, 0x40000000
_SYSTEM = ("/usr", "/bin", "/lib", "/lib32", "/lib64", "/etc/ld.so.cache", "/etc/fonts", "/etc/localtime")
_DEVICES = ("null", "zero", "full", "random", "urandom")
_SCRATCH = ("tmp", "dev/shm")
_SCRATCH_OPTIONS = "mode=1777,size=64m,nr_inodes=10000"
_PROBE_SECONDS = 30
MOST_TASKS = 600  # processes and threads: a fork bomb that reaches it leaves the supervisor time to end it
_USER_NAMESPACE_COUNTS_SINCE = (6, 14)
_NICENESS = 10  # the supervisor and the servers come first, however many processes there are


class NotIsolated(Exception):
    """The machine does not grant a part of the sandbox; the message names it."""


def enter(folder: Path, supervisor_pid: int) -> None:
    """Go on in a sandbox around `folder`, as its first process.

    The process that called stays outside, waits, and ends as the one inside does. To be called before the first thread
    starts.

    Raises
    ------
    NotIsolated
        Nothing may run then.
    """
    try:
        uid, gid = os.getuid(), os.getgid()
        mounts.unshare(_CLONE_NEWUSER | _CLONE_NEWNS | _CLONE_NEWNET | _CLONE_NEWPID | _CLONE_NEWIPC)
        allow_inspection()
        _write("/proc/self/setgroups", "deny")
        _write("/proc/self/uid_map", f"{uid} {uid} 1")
        _write("/proc/self/gid_map", f"{gid} {gid} 1")
        _fork_inside(supervisor_pid)
        raise_loopback()
        _build_root(folder)
        os.nice(_NICENESS)
        mounts.give_up_rights()
        allow_inspection()
    except OSError as error:
        raise NotIsolated(str(error)) from error


@lru_cache(maxsize=1)
def missing_capability() -> str | None:
    """What this machine does not grant of the sandbox, found by trying; None when all can be had."""
    with tempfile.TemporaryDirectory(prefix="wrangler-sandbox-") as folder:
        argv = [sys.executable, "-P", "-m", "wrangler.sandbox.isolation", FLAG]
        try:
            probe = subprocess.run(
                argv,
                cwd=folder,
                env=server_environment(Path(folder)),
                capture_output=True,
                timeout=_PROBE_SECONDS,
                check=False,
                text=True,
            )
        except subprocess.TimeoutExpired:
            return f"no sandbox was ready after {_PROBE_SECONDS} s"
    return (probe.stderr.strip().splitlines() or ["no reason given"])[-1] if probe.returncode else None


def visible_folder(path: Path) -> Path | None:
    """Which of the folders visible in every sandbox holds this path; None when it is not visible there."""
    return next((place for place in _readable() if path.resolve().is_relative_to(place.resolve())), None)


def _fork_inside(supervisor_pid: int) -> None:
    """Fork: only a child is in the new process namespace. The parent never comes back from here."""
    ours, theirs = os.pipe()
    child = os.fork()
    if child:
        os.close(ours)
        die_with_parent(supervisor_pid)
        _end_like(child)
    os.close(theirs)
    os.set_blocking(ours, False)
    die_with_parent(os.getppid())
    with contextlib.suppress(BlockingIOError):
        os.read(ours, 1)  # there is nothing to read while the parent, whose number cannot be seen here, is alive
        os._exit(1)
    os.close(ours)


def _end_like(child: int) -> NoReturn:
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status < 0:
        signal.signal(-status, signal.SIG_DFL) if -status not in (signal.SIGKILL, signal.SIGSTOP) else None
        os.kill(os.getpid(), -status)
    os._exit(max(status, 1) if status else 0)


def _build_root(folder: Path) -> None:
    root = folder / PRIVATE / "root"
    root.mkdir(parents=True, exist_ok=True)
    mounts.mount("none", Path("/"), flags=mounts.MS_REC | mounts.MS_PRIVATE)
    mounts.mount("tmpfs", root, "tmpfs", mounts.MS_NOSUID | mounts.MS_NODEV, "mode=755,size=1m,nr_inodes=10000")
    for name in _SCRATCH:
        place = _make_folder(root / name)
        mounts.mount("tmpfs", place, "tmpfs", mounts.MS_NOSUID | mounts.MS_NODEV, _SCRATCH_OPTIONS)
    for source in [*_readable(), *(Path("/dev") / name for name in _DEVICES)]:
        _show(source, root)
    _mount_proc(_make_folder(root / "proc"))
    inside = _make_folder(root / folder.relative_to("/"))
    mounts.bind(folder, inside, with_mounts_below=False)
    mounts.make_read_only(root)
    for place in (inside, *(root / name for name in _SCRATCH)):
        mounts.make_writable(place)
    mounts.change_root(root)
    os.chdir(folder)


def _readable() -> list[Path]:
    """What is visible in a sandbox: no folder that lies in another one of them."""
    places = [*map(Path, _SYSTEM), Path(sys.base_prefix), Path(sys.prefix), PROJECT_ROOT / "wrangler"]
    return [
        place
        for place in dict.fromkeys(places)
        if place.exists() and not any(place != other and place.is_relative_to(other) for other in places)
    ]


def _show(source: Path, root: Path) -> None:
    """The same file or folder under the same name; a link at the top of the machine stays one."""
    target = root / source.relative_to("/")
    _make_folder(target.parent)
    if source.is_symlink() and source.parent == Path("/"):
        target.symlink_to(source.readlink())
        return
    if source.is_dir():
        _make_folder(target)
    else:
        target.touch()
    mounts.bind(source.resolve(), target)


def _mount_proc(place: Path) -> None:
    """Show only processes of the sandbox; nobody in it may make user namespaces, by which rights could be regained."""
    mounts.mount("proc", place, "proc", mounts.MS_NOSUID | mounts.MS_NODEV | mounts.MS_NOEXEC)
    _write(place / "sys/user/max_user_namespaces", "0")
    if counts_per_namespace():  # before that, the number would be the whole machine's
        _write(place / "sys/kernel/pid_max", str(MOST_TASKS))


def counts_per_namespace() -> bool:
    """Whether the machine limits tasks in each sandbox by itself: since Linux 6.14."""
    return tuple(int(part) for part in re.findall(r"\d+", os.uname().release)[:2]) >= _USER_NAMESPACE_COUNTS_SINCE


def _make_folder(path: Path) -> Path:
    path.mkdir(mode=0o755, parents=True, exist_ok=True)
    return path


def _write(path: str | Path, content: str) -> None:
    Path(path).write_text(content, encoding="ascii")


def main() -> None:
    """Try it: enter a sandbox around the current folder, and write in it."""
    try:
        enter(Path.cwd(), os.getppid())
        Path("written").touch()
    except (NotIsolated, OSError) as exc:
        sys.exit(str(exc))


if __name__ == "__main__":
    main()
