"""The people of a drill come: files are imported one after the other, each until it is."""

import subprocess
import sys
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mentorly.jobs.leash import leash
from tests.drill.parts import ROOT
from tests.drill.script import Import, Mail

PROGRAM = "Drill"
PAUSE = 0.5

# What the terminal says when the database goes away, and when a file of matches was imported just before it did.
AWAY = "The database does not answer"
DONE_BEFORE = "has been proposed to a mentor who has not answered yet"


@dataclass
class Importing:
    """Performs imports.

    due: when each mail could first be sent, which is when its import had ended, in seconds by the wall clock. ended_at:
    when the last import had. tries, failed_tries: how many imports were begun, and had to be begun again. strange:
    what the terminal said that no broken database explains.
    """

    waiting: deque[Import]
    environment: Mapping[str, str]
    folder: Path
    due: dict[Mail, float] = field(default_factory=dict)
    ended_at: float = 0.0
    tries: int = 0
    failed_tries: int = 0
    strange: list[str] = field(default_factory=list)
    _process: "subprocess.Popen[bytes] | None" = None
    _not_before: float = 0.0

    @property
    def is_done(self) -> bool:
        """Whether everybody has come."""
        return not self.waiting

    def step(self, second: float, *, may_begin: bool) -> None:
        """See whether the import that runs has ended; begin the next one if it may begin, and its second has come."""
        if self._process is not None:
            if self._process.poll() is not None:
                self._end(self._process)
        elif may_begin and self.waiting and second >= self.waiting[0].at and time.time() >= self._not_before:
            self._begin(self.waiting[0])

    def stop(self) -> None:
        """Kill the import that runs, if one does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def _begin(self, one: Import) -> None:
        self.tries += 1
        file = self.folder / "import.csv"
        file.write_text(one.text, "utf-8")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "mentorly.cli", *one.command, "import", str(file), "--program", PROGRAM],
            cwd=ROOT,
            env=dict(self.environment),
            stdout=subprocess.DEVNULL,
            stderr=(self.folder / "import.log").open("wb"),
            preexec_fn=leash(),
        )

    def _end(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = None
        said = (self.folder / "import.log").read_text("utf-8")
        if process.returncode == 0 or DONE_BEFORE in said:
            self.ended_at = time.time()
            self.due |= dict.fromkeys(self.waiting.popleft().mails, self.ended_at)
            return
        self.failed_tries += 1
        self._not_before = time.time() + PAUSE
        if AWAY not in said:
            self.strange.append((said.strip().splitlines() or [f"exit code {process.returncode}"])[-1])
