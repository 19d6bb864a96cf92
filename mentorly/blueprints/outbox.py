"""The mails that the embedded catcher kept, as the playground reads them: a file's head once, its body when shown."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cache
from pathlib import Path
from threading import Lock

HEAD = 16_384
# A button in a mail leads out of the frame that the mail is shown in.
TOP = '<base target="_top">'
TARGET = re.compile(r'\starget="_blank"')


@dataclass(frozen=True)
class Kept:
    """A mail in the outbox. number: of its file; at: the moment that its Date tells."""

    number: int
    recipient: str
    sender: str
    subject: str
    at: datetime


class Outbox:
    """The mails of a folder, by whom they were sent to. Several threads may ask."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._kept: dict[int, Kept] = {}
        self._of: dict[str, list[int]] = {}
        self._lock = Lock()

    def to(self, address: str) -> list[Kept]:
        """The mails of one mailbox, newest first."""
        self._look()
        return [self._kept[number] for number in reversed(self._of.get(address.lower(), []))]

    def numbers(self) -> dict[str, Sequence[int]]:
        """The numbers of the mails of every mailbox, oldest first."""
        self._look()
        return dict(self._of)

    def since(self, number: int) -> list[Kept]:
        """The mails that came after a number, newest first."""
        self._look()
        return [self._kept[later] for later in sorted(self._kept, reverse=True) if later > number]

    def find(self, number: int) -> Kept | None:
        """The mail of this number."""
        self._look()
        return self._kept.get(number)

    @property
    def last(self) -> int:
        """The number of the latest mail, 0 if there is none."""
        self._look()
        return max(self._kept, default=0)

    def source(self, number: int) -> bytes:
        """The whole message, as it was caught."""
        return (self.folder / f"{number}.eml").read_bytes()

    def _look(self) -> None:
        with self._lock:
            there = self._files()
            if there == self._kept.keys():
                return
            kept = {number: self._kept.get(number) or self._read(number) for number in sorted(there)}
            of = defaultdict(list)
            for number, mail in kept.items():
                of[mail.recipient].append(number)
            self._kept, self._of = kept, dict(of)

    def _files(self) -> set[int]:
        return {int(path.stem) for path in self.folder.glob("*.eml") if path.stem.isdecimal()}

    def _read(self, number: int) -> Kept:
        with (self.folder / f"{number}.eml").open("rb") as file:
            head = file.read(HEAD).replace(b"\r\n", b"\n").partition(b"\n\n")[0]
        message = message_from_bytes(head + b"\n\n", policy=policy.default)
        recipient, sender, subject = (_one_line(message, name) for name in ("X-Original-To", "From", "Subject"))
        date = message["Date"]
        at = date.datetime if date and date.datetime else None
        return Kept(number, recipient.lower(), sender, subject, (at or datetime.fromtimestamp(0, UTC)).astimezone(UTC))


def _one_line(message: EmailMessage, name: str) -> str:
    return " ".join(str(message[name] or "").split())


@cache
def outbox_of(folder: Path) -> Outbox:
    """The outbox of a folder, which this process remembers."""
    return Outbox(folder)


def shown(source: bytes) -> tuple[str, str]:
    """The text part and the HTML part of a message, as a reader's mail program would show them."""
    message = message_from_bytes(source, policy=policy.default)
    return _part(message, "plain"), TARGET.sub("", _part(message, "html")).replace("<head>", f"<head>{TOP}", 1)


def files_of(source: bytes) -> list[tuple[str, str, bytes]]:
    """The files beside a message's text: name, media type, bytes; what calendars are told is none."""
    message = message_from_bytes(source, policy=policy.default)
    return [
        (part.get_filename() or "", part.get_content_type(), bytes(part.get_payload(decode=True) or b""))
        for part in message.iter_attachments()
        if part.get_content_type() != "application/ics"
    ]


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    return str(part.get_content()) if part else ""
