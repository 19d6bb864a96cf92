"""The mail server of a drill, which keeps what it takes and can misbehave: Postfix's smtp-sink, or our own catcher."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from mentorly.jobs.leash import leash
from tests.drill.parts import ROOT
from tests.drill.script import KILLED, LATER_AT_DATA, LATER_AT_RCPT, SILENT_AFTER_DATA, SILENT_AT_MAIL
from tests.servers import NOBODY, SHORT, DidNotStart, answers, free_port

SMTP_SINK = shutil.which(
    "smtp-sink", path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])
)
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
        if self.program:
            return "Postfix's smtp-sink"
        return "our own catcher" + ("" if SMTP_SINK else ", as Postfix's smtp-sink is not installed")

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

    def __enter__(self) -> Self:
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
