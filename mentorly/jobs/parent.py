"""The parent of several processes: it starts them in order, starts a crashed one again, and leaves none behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial

from mentorly.jobs.embedded import CannotStart
from mentorly.jobs.leash import leash

FIRST_WAIT, LONGEST_WAIT = 0.2, 10.0
LONG_LIFE = 60.0
LAST_WORDS = 5.0
TICK = 0.05

TO_STDERR: Callable[[str], None] = partial(print, file=sys.stderr, flush=True)


@dataclass(frozen=True)
class Child:
    """A process to keep alive. env: its whole environment (default: this one's). ready: whether it works by now."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] | None = None
    ready: Callable[[], bool] | None = None


class _Ward:
    """A child with its present process, and how long it waits before it is started again."""

    def __init__(self, child: Child) -> None:
        self.child = child
        self.process: subprocess.Popen[bytes] | None = None
        self.end = ""
        self._born = 0.0
        self._wait = FIRST_WAIT
        self._again_at = 0.0
        self._is_told = False

    def start(self) -> None:
        """Start it: leashed, and in a process group of its own, so that Ctrl-C reaches the parent alone."""
        self._is_told = False
        self._born = time.monotonic()
        self.process = subprocess.Popen(
            list(self.child.argv),
            env=self.child.env,
            stdin=subprocess.DEVNULL,
            process_group=0,
            preexec_fn=leash(),  # noqa: PLW1509 - there is one thread, and the leash only makes system calls
        )

    def is_ready(self) -> bool:
        return self.child.ready is None or self.child.ready()

    def has_ended(self) -> bool:
        """Whether it runs no more; the first time, note why and when it may be started again."""
        if self.process is None:
            return True
        code = self.process.poll()
        if code is None:
            return False
        self.end = f"signal {-code}" if code < 0 else f"exit code {code}"
        self._end_group()
        now = time.monotonic()
        self._wait = FIRST_WAIT if now - self._born > LONG_LIFE else self._wait
        self._again_at, self._wait = now + self._wait, min(2 * self._wait, LONGEST_WAIT)
        return True

    def may_start(self) -> bool:
        return time.monotonic() >= self._again_at

    def tell(self) -> None:
        """Ask it to end, once."""
        if self.process is not None and not self._is_told:
            self._is_told = True
            with suppress(ProcessLookupError):
                self.process.terminate()

    def stop(self, is_urgent: Callable[[], bool]) -> None:
        """Ask it to end; after five seconds, or when it is urgent, end it and what it started."""
        if self.process is None:
            return
        self.tell()
        patience = time.monotonic() + LAST_WORDS
        while self.process.poll() is None and time.monotonic() < patience and not is_urgent():
            time.sleep(TICK)
        self._end_group()

    def _end_group(self) -> None:
        if self.process is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None


class Parent:
    """Keeps children alive until it is told to stop by SIGINT, SIGTERM or SIGHUP.

    children: in the order in which they start, each when the one before is ready; they stop in the reverse order.
    patience: seconds that one may take to become ready. say: takes a line for the person at the terminal. together: all
    are told to end at the same time, for children that do not need each other.
    """

    def __init__(
        self,
        children: Sequence[Child],
        patience: float = 60,
        say: Callable[[str], object] = TO_STDERR,
        *,
        together: bool = False,
    ) -> None:
        self._together = together
        self._wards = [_Ward(child) for child in children]
        self._patience = patience
        self._say = say
        self._asked = 0

    def run(self, started: Callable[[], object] = lambda: None) -> None:
        """Start all, call `started`, and return when all have stopped again.

        A second SIGINT stops at once. Raises CannotStart when a child ends or is not ready in time at the first start.
        """
        with self._listening():
            try:
                self._start()
                if not self._asked:
                    started()
                while not self._asked:
                    self._revive()
                    time.sleep(TICK)
            finally:
                self._stop()

    def _start(self) -> None:
        for ward in self._wards:
            ward.start()
            self._await(ward)

    def _await(self, ward: _Ward) -> None:
        patience = time.monotonic() + self._patience
        while not self._asked and not ward.is_ready():
            if ward.has_ended():
                raise CannotStart(f"The {ward.child.name} stopped at once ({ward.end}); what it wrote says why.")
            if time.monotonic() > patience:
                raise CannotStart(f"The {ward.child.name} is not ready after {self._patience:.0f} seconds.")
            time.sleep(TICK)

    def _revive(self) -> None:
        for ward in self._wards:
            if ward.has_ended() and ward.may_start():
                ward.start()
                self._say(f"{ward.child.name} stopped ({ward.end}); started again.")

    def _stop(self) -> None:
        if self._together:
            for ward in self._wards:
                ward.tell()
        for ward in reversed(self._wards):
            ward.stop(lambda: self._asked > 1)

    @contextmanager
    def _listening(self) -> Iterator[None]:
        def ask(_number: int, _frame: object) -> None:
            self._asked += 1

        before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
        try:
            yield
        finally:
            for number, action in before.items():
                signal.signal(number, action)
