"""The parts of the running service that a drill can break, and mend."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Protocol

from mentorly.jobs.leash import leash
from tests.drill.script import ALL_KILLED, ASLEEP, KILLED, SHUT_DOWN, TOLD_TO_END
from tests.servers import PostgreSQL, Valkey, children_of

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

    def stop(self) -> None:
        """Kill it, and with it what it started."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def strike(self, way: str) -> None:
        """Kill it."""
        self.stop()

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
            self.stop()
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
    _is_whole: bool = True

    @property
    def is_whole(self) -> bool:
        """Whether it runs."""
        return self._is_whole

    def strike(self, way: str) -> None:
        """End it without a word to those who are connected."""
        self._is_whole = False
        if way == SHUT_DOWN:
            self.server.shut_down_at_once()
        else:
            self.server.kill()

    def mend(self) -> None:
        """Start it on its data."""
        self.server.again()
        self._is_whole = True
