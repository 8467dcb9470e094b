"""Linux mounts and privileges by the C library: what `isolation` builds a sandbox of."""

import ctypes
import os
import sys
from pathlib import Path

MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_BIND, MS_REC, MS_PRIVATE = 0x2, 0x4, 0x8, 0x1000, 0x4000, 0x40000
_READ_ONLY, _NO_SETUID = 0x1, 0x2  # of mount_setattr
_MOUNT_SETATTR = 442  # the same on every architecture
_AT_FDCWD, _AT_RECURSIVE = -100, 0x8000
_MNT_DETACH = 0x2
_PR_CAPBSET_DROP, _PR_SET_SECUREBITS, _PR_SET_NO_NEW_PRIVS = 24, 28, 38
_ROOT_IS_NOBODY = 0x2F  # no rights by user id 0, and none to keep; locked
_CAPABILITY_VERSION = 0x20080522
_MOST_CAPABILITIES = 64


class _Attributes(ctypes.Structure):
    _fields_ = tuple((name, ctypes.c_uint64) for name in ("set", "clear", "propagation", "user_namespace"))


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


def unshare(flags: int) -> None:
    """Have parts of the machine of this process's own. Only a process with one thread may."""
    if sys.platform != "linux":
        raise OSError("only Linux has namespaces")
    _call("unshare", flags)


def mount(source: str, target: Path, kind: str = "", flags: int = 0, options: str = "") -> None:
    _call("mount", source.encode(), os.fsencode(target), kind.encode(), ctypes.c_ulong(flags), options.encode())


def bind(source: Path, target: Path, *, with_mounts_below: bool = True) -> None:
    """Show a file or a folder of the machine at another place too."""
    mount(os.fspath(source), target, flags=MS_BIND | (MS_REC if with_mounts_below else 0))


def make_read_only(tree: Path) -> None:
    """Forbid writing in a mount and all below it; programs there gain no rights by their owner."""
    _set_attributes(tree, _Attributes(set=_READ_ONLY | _NO_SETUID), _AT_RECURSIVE)


def make_writable(place: Path) -> None:
    """Allow writing in one mount, not in those below it."""
    _set_attributes(place, _Attributes(clear=_READ_ONLY), 0)


def change_root(root: Path) -> None:
    """Make `root` all there is: the machine's own files are out of reach, by any path."""
    os.chdir(root)
    _call("pivot_root", b".", b".")  # the old root comes to lie over the new one, and is taken away
    _call("umount2", b".", _MNT_DETACH)
    os.chdir("/")


def give_up_rights() -> None:
    """No right of an administrator, now or by any program that is started: not even within a namespace."""
    _call("prctl", _PR_SET_SECUREBITS, _ROOT_IS_NOBODY, 0, 0, 0)
    for number in range(_MOST_CAPABILITIES):
        if ctypes.CDLL(None).prctl(_PR_CAPBSET_DROP, number, 0, 0, 0) != 0:
            break  # the machine knows no more of them
    _call("capset", ctypes.byref(_Header(_CAPABILITY_VERSION, 0)), (ctypes.c_uint32 * 6)())
    _call("prctl", _PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def _set_attributes(place: Path, attributes: _Attributes, flags: int) -> None:
    size = ctypes.c_size_t(ctypes.sizeof(attributes))
    _call("syscall", _MOUNT_SETATTR, _AT_FDCWD, os.fsencode(place), flags, ctypes.byref(attributes), size)


def _call(name: str, *arguments: object) -> None:
    function = getattr(ctypes.CDLL(None, use_errno=True), name)
    if function(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
