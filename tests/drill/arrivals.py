"""What the mail server took, read from its files alone: Postfix's smtp-sink's, or those of our own catcher."""

import re
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import mentorly.emails
from tests.drill.script import PROPOSAL, WELCOME, Mail
from tests.drill.verdict import Arrival

TEXTS = Path(next(iter(mentorly.emails.__path__)))
RECIPIENTS = ("X-Rcpt-Args", "X-Original-To")
NOT_KNOWN = "of no known kind"


@dataclass
class Box:
    """The folder in which the mail server keeps what it takes, a file for each message; files are read once."""

    folder: Path
    arrivals: list[Arrival] = field(default_factory=list)
    _read: set[Path] = field(default_factory=set)

    def look(self) -> list[Arrival]:
        """Read what has come since the last look; a message that was cut off does not count, as nobody took it."""
        for file in sorted(set(self.folder.rglob("*")) - self._read):
            if file.is_file() and not file.name.endswith(".part") and (found := read(file)) is not None:
                self._read.add(file)
                self.arrivals.extend(found)
        return self.arrivals

    @property
    def changed_at(self) -> float:
        """When a message last came or went, in seconds by the wall clock."""
        return self.folder.stat().st_mtime


def read(file: Path) -> list[Arrival] | None:
    """Read a kept message: one arrival for each of its recipients; None if the message is not whole or is gone."""
    try:
        data, at = file.read_bytes(), file.stat().st_mtime
    except FileNotFoundError:  # taken away by the mail server, which was not given the whole message
        return None
    message = message_from_bytes(data, policy=default)
    if not isinstance(message, EmailMessage) or not _is_whole(message, data):
        return None
    kind = kind_of(str(message["Subject"]))
    return [
        Arrival(Mail(str(recipient).strip("<> "), kind), str(message["Message-ID"]), at)
        for name in RECIPIENTS
        for recipient in message.get_all(name, [])
    ]


def _is_whole(message: EmailMessage, data: bytes) -> bool:
    boundary = message.get_boundary()
    return boundary is not None and data.rstrip().endswith(f"--{boundary}--".encode())


def kind_of(subject: str) -> str:
    """Tell the kind of a mail by its subject, in either language."""
    return next((kind for kind, opening in OPENINGS if _plain(subject).startswith(opening)), NOT_KNOWN)


def _openings(kind: str) -> list[tuple[str, str]]:
    """The words before the first value in a kind's subjects, which are the first lines of its texts."""
    firsts = [file.read_text("utf-8").partition("\n")[0] for file in TEXTS.glob(f"*/{kind}.*.md")]
    return [(kind, _plain(first.partition("{{")[0])) for first in firsts]


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text.replace("’", "'")).strip()


OPENINGS = [*_openings(WELCOME), *_openings(PROPOSAL)]
