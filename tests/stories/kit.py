"""What the stories need: the service as real processes, and the mails that came out of it."""

import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from tests.servers import free_port
from tests.stories.preloaded import preloaded

DATA = Path(__file__).parent.parent / "data"
LONG_AGO = "2020-01-01 00:00:00.000000"


def wait_for(condition: Callable[[], object], seconds: float = 30, what: str = "it") -> None:
    """Wait until a condition holds; fails when it does not in time."""
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit, f"{what} did not happen within {seconds} seconds"
        time.sleep(0.05)


@dataclass
class Service:
    """One instance folder, and the commands that are run on it."""

    instance: Path
    more: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    catcher_port: int = field(default_factory=free_port)
    lmtp_port: int = field(default_factory=free_port)

    @property
    def environment(self) -> dict[str, str]:
        """The settings of this service, as its environment."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("MENTORLY_")}
        return (
            kept
            | {
                "MENTORLY_INSTANCE": str(self.instance),
                "MENTORLY_CATCHER_LISTEN": f"127.0.0.1:{self.catcher_port}",
                "MENTORLY_LMTP_LISTEN": f"127.0.0.1:{self.lmtp_port}",
                "MENTORLY_WEB_LISTEN": f"127.0.0.1:{self.port}",
                "MENTORLY_PUBLIC_URL": self.url,
            }
            | self.more
        )

    @property
    def url(self) -> str:
        """Where its pages are."""
        return f"http://127.0.0.1:{self.port}"

    def run(self, *words: str, code: int = 0) -> str:
        """Run a command, and return what it said; it must end with this code."""
        done = preloaded().run(words, self.environment)
        assert done.returncode == code, (
            f"mentorly {' '.join(words)} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
        )
        return done.stdout if code == 0 else done.stderr

    def start(self, *words: str) -> "subprocess.Popen[bytes]":
        """Start a command in a group of its own."""
        log = (self.instance.parent / f"{words[0]}.log").open("ab")
        return subprocess.Popen(
            [sys.executable, "-m", "mentorly.cli", *words],
            env=self.environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )

    @contextmanager
    def up(self, *words: str) -> Iterator["subprocess.Popen[bytes]"]:
        """Have everything running while the block runs."""
        parent = self.start("up", "--port", str(self.port), *words)
        try:
            wait_for(lambda: parent.poll() is not None or self.answers("/healthz"), 60, "the start")
            assert parent.poll() is None, (self.instance.parent / "up.log").read_text("utf-8")
            yield parent
        finally:
            if parent.poll() is None:
                parent.send_signal(signal.SIGINT)
                parent.wait(20)

    def answers(self, path: str) -> bool:
        """Whether a page is there."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def processes(self) -> dict[int, str]:
        """All processes of this instance, by number, with their command."""
        found = {}
        mark = f"MENTORLY_INSTANCE={self.instance}".encode()
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                is_ours = mark in (folder / "environ").read_bytes().split(b"\0") or f"{self.instance}/" in command
                if is_ours and not (folder / "stat").read_text().split(") ")[1].startswith("Z"):
                    found[int(folder.name)] = command
            except OSError:
                continue
        return found

    @property
    def outbox(self) -> Path:
        """Where the catcher keeps each mail."""
        return self.instance / "outbox"

    def arrived(self) -> int:
        """How many mails are in the outbox."""
        return len(list(self.outbox.glob("*.eml")))

    def let_time_go_by(self) -> None:
        """Let the waits be over of what was put off and of what dead workers hold (SQLite)."""
        with closing(sqlite3.connect(self.instance / "mentorly.sqlite", timeout=20)) as database, database:
            database.execute("UPDATE envelope SET ready_at = ? WHERE state = 'waiting'", [LONG_AGO])
            database.execute("UPDATE envelope SET claimed_until = ? WHERE state = 'sending'", [LONG_AGO])
            database.execute("UPDATE standing SET try_again_at = ?", [LONG_AGO])

    def deeds(self) -> list[str]:
        """What the record of acts says was done at the terminal, in its order."""
        with closing(sqlite3.connect(self.instance / "mentorly.sqlite", timeout=20)) as database:
            return [
                deed for (deed,) in database.execute("SELECT deed FROM audit_entry WHERE by_id IS NULL ORDER BY id")
            ]

    def mails(self) -> list[tuple[str, EmailMessage]]:
        """Every mail in the outbox, oldest first, with the address that it went to."""
        files = sorted(self.outbox.glob("*.eml"), key=lambda path: int(path.stem))
        return [read(path.read_bytes()) for path in files]


def read(data: bytes) -> tuple[str, EmailMessage]:
    """Read a file of the outbox: the address that it went to, and the mail."""
    message = message_from_bytes(data, policy=default)
    assert isinstance(message, EmailMessage)
    return str(message["X-Original-To"]), message


def words_of(message: EmailMessage) -> str:
    """The text part of a mail."""
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def button_of(message: EmailMessage, name: str) -> str:
    """The address of a button, as the text part gives it."""
    found = re.search(rf"\S+/a/\S+/{name}\b", words_of(message))
    assert found, f"no button {name} in: {words_of(message)}"
    return found[0]


def press(address: str, **typed: str) -> tuple[int, str]:
    """Press a button: the status and the page that comes."""
    request = urllib.request.Request(address, data=urllib.parse.urlencode(typed).encode(), method="POST")
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
