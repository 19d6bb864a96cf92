"""Real processes for the tests of the background doors: started, looked at, killed, and never left behind."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from mentorly.config import Settings
from mentorly.jobs.embedded import redis_answers, redis_command
from mentorly.jobs.leash import leash

ROOT = Path(__file__).parents[2]


def free_port() -> int:
    """Return a TCP port of 127.0.0.1 that nobody listens on now."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def settings_in(instance: Path, **given: str) -> Settings:
    """Return settings of an instance folder, with a mail catcher and a postbox on free ports."""
    given.setdefault("lmtp_listen", f"127.0.0.1:{free_port()}")
    given.setdefault("catcher_listen", f"127.0.0.1:{free_port()}")
    return Settings.load({}, instance=str(instance), **given)


def until(condition: Callable[[], object], seconds: float = 8) -> bool:
    """Wait for a condition; return whether it came true in time."""
    patience = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > patience:
            return False
        time.sleep(0.02)
    return True


def running(pid: int) -> bool:
    """Whether this process exists and is not a zombie."""
    return _stat(pid)[0] not in {"", "Z"}


def descendants(pid: int) -> dict[int, str]:
    """Return the running children of a process, their children and so on: command lines by process id."""
    parents = {
        int(entry.name): _stat(int(entry.name))[1] for entry in Path("/proc").iterdir() if entry.name.isdecimal()
    }
    found: dict[int, str] = {}
    wanted = {pid}
    while wanted:
        wanted = {child for child, parent in parents.items() if parent in wanted and child not in found}
        found |= {child: _command(child) for child in wanted if running(child)}
    return found


def named(pid: int, word: str) -> list[int]:
    """Return the descendants of a process that have a word in their command line."""
    return [child for child, command in descendants(pid).items() if word in command]


@contextmanager
def python(code: str, *folders: Path, **env: str) -> Iterator[subprocess.Popen[str]]:
    """Run code in a Python of its own, and, as from a terminal, a process group. folders: where it may import from."""
    path = os.pathsep.join(str(folder) for folder in (ROOT, *folders))
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, **env, "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        process_group=0,
    )
    try:
        yield process
    finally:
        family = [process.pid, *descendants(process.pid)]
        for pid in family:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


@contextmanager
def redis_running(settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    """Have the embedded Redis of these settings run."""
    process = subprocess.Popen(redis_command(settings), preexec_fn=leash())
    try:
        assert until(lambda: redis_answers(settings)), "Redis does not answer"
        yield process
    finally:
        process.kill()
        process.wait()


def _stat(pid: int) -> tuple[str, int]:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
    except OSError:
        return "", 0
    return fields[0], int(fields[1])


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
    except OSError:
        return ""
