"""Walls around a process that reads what strangers have sent.

A process walls itself in, once it has loaded all that it will ever need. What it is then kept from,
it is kept from for good; each wall that this system does not have is named, and the others stand.
"""

import ctypes
import errno
import logging
import os
import platform
import resource
import runpy
import signal
import struct
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

MEMORY = 1024**3  # bytes of address space, beside what is mapped when the walls go up
CPU_SECONDS = 20  # for one job
_FILE_BYTES = 64 * 1024**2
_OPEN_FILES = 32

_PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 4, 38
_SECCOMP_SET_MODE_FILTER, _SECCOMP_FILTER_FLAG_TSYNC = 1, 1
_M_ARENA_MAX = -8
_CAPABILITIES_V3 = 0x20080522

log = logging.getLogger(__name__)


def keep_to_itself() -> None:
    """Shut this process's memory and environment to others of the same user (Linux only)."""
    if sys.platform == "linux" and (failed := _prctl(_PR_SET_DUMPABLE, 0)):
        log.warning("others of this user may read this process: %s", failed)


def enter(module: str) -> None:
    """Run ``module`` in this process, which has no thread yet, without any privilege."""
    renounce()
    with suppress(OSError):  # where memory runs out, it is this process that ends, not the service
        Path("/proc/self/oom_score_adj").write_text("800")
    # No thread that nobody needs, nor address space set aside for it.
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    if sys.platform == "linux":
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)
    runpy.run_module(module, run_name="__main__")


def renounce() -> dict[str, str | None]:
    """Give up every privilege, for this thread and those that it will start: so do it first.

    Returns:
        What may have failed, by name.
    """
    return {
        "no new privileges": _prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0),
        "no capabilities": _drop_capabilities(),
    }


def confine() -> tuple[str, ...]:
    """Wall this process in for good, with all its threads; after ``enter``.

    Afterwards it gets at most 1 GiB of further memory and has 32 files, writes no large file and no
    core, has no privilege and can gain none, and can neither open, change nor remove a file, nor
    make a socket or another process, nor look into one or signal one.

    Returns:
        The walls that are missing here.
    """
    walls = {
        **renounce(),
        "limits": _limit(),
        "no files, network or processes": _forbid_calls(),
    }
    return tuple(f"{name}: {why}" for name, why in walls.items() if why is not None)


def allow_cpu(seconds: int) -> None:
    """Let the kernel end this process when it has worked for ``seconds`` from now on."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    until = int(used.ru_utime + used.ru_stime) + 1 + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (until, hard))


def _limit() -> str | None:
    limits = [
        (resource.RLIMIT_FSIZE, _FILE_BYTES),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
        (resource.RLIMIT_AS, _mapped() + MEMORY),
    ]
    missing = None
    for what, most in limits:
        try:
            resource.setrlimit(what, (most, most))
        except (OSError, ValueError) as error:  # macOS knows RLIMIT_AS, and refuses to set it
            missing = str(error)
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)  # Python ignores it
    return missing


def _mapped() -> int:
    """The bytes of address space that this process has in use: code, stacks, arenas."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    except OSError:
        return 0


def _prctl(*arguments: int) -> str | None:
    if sys.platform != "linux":
        return f"{sys.platform} has none"
    libc = ctypes.CDLL(None, use_errno=True)
    longs = [ctypes.c_ulong(each) for each in arguments]
    return None if libc.prctl(*longs) == 0 else os.strerror(ctypes.get_errno())


def _drop_capabilities() -> str | None:
    if sys.platform != "linux":
        return f"{sys.platform} has none"
    libc = ctypes.CDLL(None, use_errno=True)
    header = struct.pack("Ii", _CAPABILITIES_V3, 0)
    return None if libc.capset(header, bytes(24)) == 0 else os.strerror(ctypes.get_errno())


# What is forbidden, with its number on x86-64 and on AArch64, which lacks those that name a path
# without a directory (linux/arch/x86/entry/syscalls/syscall_64.tbl, include/uapi/asm-generic).
_FORBIDDEN: dict[str, tuple[int, int | None]] = {
    # files
    "open": (2, None),
    "openat": (257, 56),
    "openat2": (437, 437),
    "creat": (85, None),
    "open_by_handle_at": (304, 265),
    "memfd_create": (319, 279),
    "truncate": (76, 45),
    "unlink": (87, None),
    "unlinkat": (263, 35),
    "rename": (82, None),
    "renameat": (264, 38),
    "renameat2": (316, 276),
    "mkdir": (83, None),
    "mkdirat": (258, 34),
    "rmdir": (84, None),
    "link": (86, None),
    "linkat": (265, 37),
    "symlink": (88, None),
    "symlinkat": (266, 36),
    "mknod": (133, None),
    "mknodat": (259, 33),
    "chmod": (90, None),
    "fchmodat": (268, 53),
    "fchmodat2": (452, 452),
    "chown": (92, None),
    "lchown": (94, None),
    "fchownat": (260, 54),
    "utime": (132, None),
    "utimes": (235, None),
    "futimesat": (261, None),
    "utimensat": (280, 88),
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "removexattr": (197, 14),
    "lremovexattr": (198, 15),
    "mount": (165, 40),
    "umount2": (166, 39),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    # network
    "socket": (41, 198),
    "socketpair": (53, 199),
    "connect": (42, 203),
    "bind": (49, 200),
    "listen": (50, 201),
    "accept": (43, 202),
    "accept4": (288, 242),
    # other processes
    "fork": (57, None),
    "vfork": (58, None),
    "execve": (59, 221),
    "execveat": (322, 281),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "process_madvise": (440, 440),
    "kcmp": (312, 272),
    "kill": (62, 129),
    "tkill": (200, 130),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "pidfd_open": (434, 434),
    "pidfd_send_signal": (424, 424),
    "pidfd_getfd": (438, 438),
    "setpriority": (141, 140),
    "ioprio_set": (251, 30),
    "sched_setaffinity": (203, 122),
    "shmget": (29, 194),
    "shmat": (30, 196),
    "msgget": (68, 186),
    "semget": (64, 190),
    "mq_open": (240, 180),
    # the kernel itself
    "unshare": (272, 97),
    "setns": (308, 268),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
}
_MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
_SECCOMP = (317, 277)
_CLONE, _CLONE3, _TGKILL, _PRLIMIT = (56, 220), (435, 435), (234, 131), (302, 261)
_CLONE_THREAD = 0x10000
_X32 = 0x40000000  # where x86-64 has every call once more, under other numbers

_LOAD, _EQUAL, _AT_LEAST, _ANY_OF, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16  # offsets in struct seccomp_data
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000


def _forbid_calls() -> str | None:
    """Have the kernel refuse the calls that decoding a picture does not need.

    Source:
        Linux, Documentation/userspace-api/seccomp_filter.rst.
    """
    if sys.platform != "linux" or platform.machine() not in _MACHINES:
        return f"not known how on {sys.platform} {platform.machine()}"
    column, architecture = _MACHINES[platform.machine()]
    instructions = b"".join(_filter(column, architecture, own_pid=os.getpid()))
    program = ctypes.create_string_buffer(instructions)
    header = struct.pack("HxxxxxxP", len(instructions) // 8, ctypes.addressof(program))
    libc = ctypes.CDLL(None, use_errno=True)
    set_filter = (_SECCOMP[column], _SECCOMP_SET_MODE_FILTER, _SECCOMP_FILTER_FLAG_TSYNC)
    failed = libc.syscall(*map(ctypes.c_ulong, set_filter), header)
    if failed > 0:
        return f"thread {failed} cannot be walled in"
    return os.strerror(ctypes.get_errno()) if failed else None


def _filter(column: int, architecture: int, *, own_pid: int) -> Iterator[bytes]:
    """The filter: one table for a machine, and four calls that depend on their argument."""
    refuse = _step(_RETURN, _REFUSE | errno.EPERM)
    yield _step(_LOAD, _ARCHITECTURE)
    yield _step(_EQUAL, architecture, no=0, yes=1)
    yield refuse
    yield _step(_LOAD, _NUMBER)
    yield _step(_AT_LEAST, _X32, no=1)
    yield refuse
    for number in _numbers(column):
        yield _step(_EQUAL, number, no=1)
        yield refuse
    # Its arguments cannot be seen; where it is said not to exist, clone is used.
    yield _step(_EQUAL, _CLONE3[column], no=1)
    yield _step(_RETURN, _REFUSE | errno.ENOSYS)
    yield from _only_if(_CLONE[column], _step(_ANY_OF, _CLONE_THREAD, yes=1), refuse)
    yield from _only_if(_TGKILL[column], _step(_EQUAL, own_pid, yes=1), refuse)
    yield from _only_if(_PRLIMIT[column], _step(_EQUAL, 0, yes=1), refuse)
    yield _step(_RETURN, _ALLOW)


def _numbers(column: int) -> Iterable[int]:
    found = (numbers[column] for numbers in _FORBIDDEN.values())
    return [number for number in found if number is not None]


def _only_if(number: int, test: bytes, refuse: bytes) -> Iterator[bytes]:
    yield _step(_EQUAL, number, no=4)
    yield _step(_LOAD, _FIRST_ARGUMENT)
    yield test
    yield refuse
    yield _step(_RETURN, _ALLOW)


def _step(code: int, value: int, *, yes: int = 0, no: int = 0) -> bytes:
    """One instruction, and how many to skip after it where it is a test."""
    return struct.pack("HBBI", code, yes, no, value)
