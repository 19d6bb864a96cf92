"""The parts of the running service that a drill can break, and mend."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Protocol

from mentorly.jobs.leash import leash
from tests.drill.script import (
    ALL_KILLED,
    ASLEEP,
    KILLED,
    LATER_AT_DATA,
    LATER_AT_RCPT,
    SHUT_DOWN,
    SILENT_AFTER_DATA,
    SILENT_AT_MAIL,
    TOLD_TO_END,
)
from tests.servers import NOBODY, SHORT, DidNotStart, PostgreSQL, Valkey, answers, children_of, free_port

ROOT = Path(__file__).parents[2]
SIGNALS = {KILLED: signal.SIGKILL, TOLD_TO_END: signal.SIGTERM, ASLEEP: signal.SIGSTOP}


class Part(Protocol):
    """What can be broken and mended again."""

    def strike(self, way: str) -> None:
        """Break it."""

    def mend(self) -> None:
        """Do what makes it whole again, now or soon."""

    @property
    def is_whole(self) -> bool:
        """Whether it works again."""


@dataclass
class Command:
    """A `mentorly` command that runs on, in the environment of the service. ends: how often it ended by itself."""

    words: tuple[str, ...]
    environment: Mapping[str, str]
    log: Path
    process: "subprocess.Popen[bytes] | None" = None
    ends: int = 0

    def start(self) -> None:
        """Start it; it ends with the drill."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "mentorly.cli", *self.words],
                cwd=ROOT,
                env=dict(self.environment),
                stdout=log,
                stderr=log,
                preexec_fn=leash(),
            )

    def strike(self, way: str) -> None:
        """Kill it."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def mend(self) -> None:
        """Start it again."""
        if self.process is None:
            self.start()

    @property
    def is_whole(self) -> bool:
        """Whether its process is there."""
        return self.process is not None and self.process.poll() is None

    def watch(self) -> None:
        """Start it again if it ended by itself, and count that: nothing that breaks may make a command end."""
        if self.process is not None and self.process.poll() is not None:
            self.ends += 1
            self.start()


@dataclass
class Workers(Command):
    """`mentorly work` with several processes: one of them is struck, or all at once."""

    count: int = 2
    random: Random = field(default_factory=Random)
    _victim: int | None = None
    _sleeper: int | None = None

    def strike(self, way: str) -> None:
        """Break one worker, or all of them."""
        if way == ALL_KILLED or self.process is None:
            super().strike(way)
            return
        workers = sorted(children_of(self.process.pid))
        if workers:
            victim = self.random.choice(workers)
            self._victim, self._sleeper = (None, victim) if way == ASLEEP else (victim, None)
            _send(victim, SIGNALS[way])

    def mend(self) -> None:
        """Wake the one that sleeps, start what was killed with its parent; the parent sees to the others."""
        if self._sleeper is not None:
            _send(self._sleeper, signal.SIGCONT)
            self._sleeper = None
        super().mend()

    @property
    def is_whole(self) -> bool:
        """Whether all workers are there, and the struck one was replaced."""
        if self.process is None:
            return False
        workers = children_of(self.process.pid)
        return len(workers) >= self.count and self._victim not in workers


def _send(number: int, what: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(number, what)


@dataclass
class Redis:
    """The Redis of the queue: a restarted one is an empty one."""

    server: Valkey

    def strike(self, way: str) -> None:
        """Kill it, and with it all that it held."""
        self.server.stop()

    def mend(self) -> None:
        """Start it, empty."""
        self.server.start()

    @property
    def is_whole(self) -> bool:
        """Whether it runs."""
        return self.server.process is not None


@dataclass
class Database:
    """PostgreSQL, which keeps what was committed."""

    server: PostgreSQL
    is_whole: bool = True

    def strike(self, way: str) -> None:
        """End it without a word to those who are connected."""
        self.is_whole = False
        if way == SHUT_DOWN:
            self.server.shut_down_at_once()
        else:
            self.server.kill()

    def mend(self) -> None:
        """Start it on its data."""
        self.server.again()
        self.is_whole = True


SMTP_SINK = shutil.which("smtp-sink", path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"]))
SMTP_SINK_FAULTS = {
    SILENT_AFTER_DATA: ("-q", "."),
    SILENT_AT_MAIL: ("-q", "MAIL"),
    LATER_AT_RCPT: ("-r", "RCPT"),
    LATER_AT_DATA: ("-r", "DATA"),
}


@dataclass
class MailServer:
    """A mail server that keeps each message in a file of `folder`; a context manager.

    It is Postfix's smtp-sink, or, where that is not installed, our own catcher.
    """

    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="sink", dir=SHORT)))
    port: int = field(default_factory=free_port)
    program: str | None = SMTP_SINK
    process: "subprocess.Popen[bytes] | None" = None
    starts: int = 0
    _fault: str = ""

    @property
    def name(self) -> str:
        """What it is, for the report."""
        return "smtp-sink" if self.program else "our own catcher (smtp-sink is not installed)"

    def start(self, fault: str = "") -> None:
        """Listen, and misbehave in that way. Raises DidNotStart."""
        self.starts += 1
        self._fault = fault
        # Root lowers its rights before the leash is put on: a later change of user would take it off.
        as_user = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if self.program and os.getuid() == 0 else {}
        self.process = subprocess.Popen(self._command(fault), cwd=ROOT, preexec_fn=leash(), **as_user)  # type: ignore[call-overload]
        if not answers(self._listens, self.process):
            raise DidNotStart(f"The mail server does not listen on port {self.port}.")

    def strike(self, way: str) -> None:
        """Kill it; unless that is all, one that misbehaves takes its place."""
        self._end()
        if way != KILLED:
            self.start(way)

    def mend(self) -> None:
        """Start it, and let it behave."""
        self._end()
        self.start()

    @property
    def is_whole(self) -> bool:
        """Whether it runs and behaves."""
        return self.process is not None and not self._fault

    def __enter__(self) -> "MailServer":
        if os.getuid() == 0:
            os.chown(self.folder, NOBODY, NOBODY)
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _end(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def _command(self, fault: str) -> list[str]:
        if self.program is None:
            return [sys.executable, "-m", "tests.drill.sink", str(self.folder), str(self.port), fault]
        # It numbers its files anew with each start.
        files = f"{self.folder}/{self.starts}."
        return [self.program, *SMTP_SINK_FAULTS.get(fault, ()), "-d", files, f"127.0.0.1:{self.port}", "100"]

    def _listens(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            return True
        return False
