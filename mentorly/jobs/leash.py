"""A leash: a process that does not outlive the one that started it."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable
from functools import partial

PR_SET_PDEATHSIG = 1

# Looked up before any fork: loading a library between fork and exec is not safe.
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def leashed_to(parent: int) -> None:
    """Let the kernel kill this process as soon as `parent`, the process id of the one that forked it, is gone.

    Call it in the child. It survives exec but not fork: a grandchild needs its own. Strictly, it is the thread that
    forked whose end kills, so fork from a thread that lives as long as its process. Off Linux it does nothing.
    """
    if _libc is None:
        return
    _libc.prctl(PR_SET_PDEATHSIG, ctypes.c_ulong(signal.SIGKILL))
    if os.getppid() != parent:  # it died before the leash was on
        os.kill(os.getpid(), signal.SIGKILL)


def leash() -> Callable[[], None]:
    """Return what a child of this process is to call first: the `preexec_fn` of a subprocess."""
    return partial(leashed_to, os.getpid())
