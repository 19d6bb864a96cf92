"""Postfix's own tools: smtp-sink, which takes mails and throws them away, and smtp-source, which can give no faster."""

import os
import re
import shutil
import smtplib
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from mentorly.jobs.leash import leash
from tests.servers import answers, free_port

TOOLS = ("smtp-sink", "smtp-source")
SESSIONS = 8
LOOK = 0.002
COUNT = re.compile(rb"mesg=(\d+)")


class Missing(Exception):
    """A tool that the bench needs is not installed; the text says how to get it."""


def tool(name: str) -> str:
    """The path of one of Postfix's tools. Raises Missing."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    if found is None:
        raise Missing(f"{name} is not installed. Debian has it in the package postfix: apt install postfix")
    return found


@dataclass
class Sink:
    """A mail server that takes everything and keeps nothing but a count, which it writes to a file by itself."""

    port: int
    log: Path
    process: "subprocess.Popen[bytes]"

    @property
    def url(self) -> str:
        """The address for MENTORLY_SMTP_URL."""
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def taken(self) -> int:
        """How many messages it has accepted since it was started."""
        with self.log.open("rb") as log:
            log.seek(max(0, log.seek(0, os.SEEK_END) - 200))
            counts: list[bytes] = COUNT.findall(log.read())
        return int(counts[-1]) if counts else 0

    def wait_for(self, total: int, seconds: float) -> float:
        """Wait until it has accepted so many messages in all; returns when that was, by time.perf_counter.

        Raises TimeoutError with how many there are if it does not happen within so many seconds.
        """
        limit = time.perf_counter() + seconds
        while self.taken < total:
            if time.perf_counter() > limit:
                raise TimeoutError(f"{self.taken} of {total} mails came within {seconds:.0f} seconds")
            time.sleep(LOOK)
        return time.perf_counter()


@contextmanager
def sink() -> Iterator[Sink]:
    """Have a sink while the block runs. Raises Missing."""
    port = free_port()
    command = [tool("smtp-sink"), "-c", *(("-u", "nobody") if os.getuid() == 0 else ()), f"127.0.0.1:{port}", "512"]
    with TemporaryDirectory(prefix="bench") as folder:
        log = Path(folder) / "count"
        with log.open("wb") as output:
            process = subprocess.Popen(
                command,
                stdout=output,
                stderr=subprocess.STDOUT,
                preexec_fn=leash(),  # noqa: PLW1509 - it is started from the main thread
            )
        try:
            answers(lambda: b"mesg" in log.read_bytes() or _speaks(port), process)
            yield Sink(port, log, process)
        finally:
            process.kill()
            process.wait()


def _speaks(port: int) -> bool:
    try:
        with smtplib.SMTP("127.0.0.1", port, timeout=1) as server:
            return server.noop()[0] == 250
    except OSError:
        return False


def limit(to: Sink, size: int, number: int) -> float:
    """How many mails a second smtp-source hands over, over kept connections. size: bytes of each."""
    command = [
        tool("smtp-source"),
        "-d",
        "-s",
        str(SESSIONS),
        "-m",
        str(number),
        "-l",
        str(size),
        f"127.0.0.1:{to.port}",
    ]
    before, began = to.taken, time.perf_counter()
    subprocess.run(command, check=True)
    return number / (to.wait_for(before + number, 30) - began)
