"""Incoming: one received message, parsed once and never again. It is evidence: who speaks is decided by the door."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from mentorly.emails.decoding import Headers, addresses, headers_of, moment, parameter
from mentorly.emails.parts import (
    MOST_PARTS,
    calendar_in,
    calendar_method,
    parsed,
    parts_of,
    returned_in,
    told_in,
    written,
)

LARGEST = 10_000_000
MOST_CONTAINERS = 20
MOST_LINES = 150_000
MOST_EDGES = 3_000
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
UNIX_FROM = re.compile(rb"\A>?From [^\n]*\n")
CONTAINER = re.compile(rb"^content-type\s*:\s*(?:multipart|message)/", re.IGNORECASE | re.MULTILINE)
EDGE = re.compile(rb"^--", re.MULTILINE)
LINE = re.compile(rb"\n")
PATH = re.compile(r"<([^<>]*)>")
IDENTIFIER = re.compile(r"<[^<>\s]{1,400}>")
STATUS_TYPES = frozenset({"message/delivery-status", "message/global-delivery-status"})
RECEIPT_TYPES = frozenset({"message/disposition-notification", "message/global-disposition-notification"})
FEEDBACK_TYPES = frozenset({"message/feedback-report"})
HEADERS_OF_MAILS = frozenset(
    [
        "from",
        "to",
        "cc",
        "subject",
        "date",
        "message-id",
        "received",
        "return-path",
        "sender",
        "reply-to",
        "delivered-to",
        "mime-version",
        "content-type",
        "auto-submitted",
        "in-reply-to",
        "references",
    ]
)


class NotAMail(ValueError):
    """What was received is no message at all; the text is a sentence."""


@dataclass(frozen=True, repr=False)
class Incoming:
    """A received message. It is private: nothing of it shows in a log.

    headers: names in lower case, from the top. sender, sender_name: of the only address in From; '' if there is none.
    envelope_sender: '' for the null path; None if nobody told it. recipients: of the envelope, not of the headers.
    text, html: the best of what a person wrote, attachments left out. calendar: the first calendar outside of a
    returned message; calendar_method: what the mail says that it asks. delivery_status, receipt, feedback: the
    machine-readable parts of reports as text (RFC 3464, 8098, 5965). returned: the headers of the message that a report
    returns. cut: a limit was met, and something was left out.
    """

    headers: Headers
    size: int
    fingerprint: str
    recipients: tuple[str, ...] = ()
    envelope_sender: str | None = None
    content_type: str = "text/plain"
    report_type: str = ""
    text: str = ""
    html: str = ""
    calendar: bytes | None = None
    calendar_method: str = ""
    delivery_status: tuple[str, ...] = ()
    receipt: str = ""
    feedback: str = ""
    returned: Headers = ()
    cut: bool = False
    raw: bytes = b""

    @classmethod
    def read(cls, raw: bytes, recipients: Sequence[str] = (), envelope_sender: str | None = None) -> "Incoming":
        """Read a message as it was received. Raises NotAMail; whatever else is wrong with it, it is read.

        recipients, envelope_sender: of the envelope. Without a sender the first Return-Path is taken, which the last
        mail server writes (RFC 5321 4.4).
        """
        whole = without_wrapping(raw)
        bounded = _bounded(whole)
        message = parsed(bounded)
        headers = headers_of(message)
        if not HEADERS_OF_MAILS & {name for name, _ in headers}:
            raise NotAMail("This is not a mail: it has none of the headers that a mail has.")
        parts = parts_of(message)
        return cls(
            headers=headers,
            size=len(raw),
            fingerprint=fingerprint(raw),
            recipients=tuple(recipients),
            envelope_sender=return_path(headers) if envelope_sender is None else envelope_sender.strip("<> "),
            content_type=message.get_content_type(),
            report_type=parameter(message, "report-type").lower(),
            text=written(parts, "text/plain"),
            html=written(parts, "text/html"),
            calendar=calendar_in(parts, bounded),
            calendar_method=calendar_method(parts),
            delivery_status=tuple(told_in(parts, STATUS_TYPES)),
            receipt="\n".join(told_in(parts, RECEIPT_TYPES)),
            feedback="\n".join(told_in(parts, FEEDBACK_TYPES)),
            returned=returned_in(parts),
            cut=len(bounded) < len(whole) or len(parts) == MOST_PARTS,
            raw=bounded,
        )

    def header(self, name: str) -> str:
        """The first header of a name, in lower case; '' if there is none."""
        return next((value for known, value in self.headers if known == name), "")

    def all(self, name: str) -> list[str]:
        """All headers of a name, in lower case, from the top."""
        return [value for known, value in self.headers if known == name]

    @property
    def senders(self) -> list[tuple[str, str]]:
        """Every name and address that the From headers hold; more than one cannot be believed (RFC 7489 6.6.1)."""
        return addresses(self.all("from"))

    @property
    def sender(self) -> str:
        """The address in From, in lower case; '' if there is not exactly one."""
        return self.senders[0][1] if len(self.senders) == 1 else ""

    @property
    def sender_name(self) -> str:
        """The name beside that address."""
        return self.senders[0][0] if len(self.senders) == 1 else ""

    @property
    def subject(self) -> str:
        """The subject, or ''."""
        return self.header("subject")

    @property
    def message_id(self) -> str:
        """The Message-ID with its angle brackets, or ''."""
        return identifier(self.header("message-id"))

    @property
    def answers_to(self) -> list[str]:
        """The Message-IDs that it says it answers, the nearest first (RFC 5322 3.6.4)."""
        nearest = IDENTIFIER.findall(self.header("in-reply-to"))
        return list(dict.fromkeys([*nearest, *reversed(IDENTIFIER.findall(self.header("references")))]))

    @property
    def date(self) -> datetime | None:
        """The instant that the sender claims."""
        return moment(self.header("date"))


def identifier(value: str) -> str:
    """The Message-ID that a header holds, with its angle brackets, or ''."""
    return next(iter(IDENTIFIER.findall(value)), "")


def fingerprint(raw: bytes) -> str:
    """What makes a message the same message: its bytes, however the way here ended their lines; 64 hex digits."""
    return hashlib.sha256(without_wrapping(raw).replace(b"\r\n", b"\n")).hexdigest()


def without_wrapping(raw: bytes) -> bytes:
    """A message without what a file of mails puts before it: a byte order mark, a line that begins with From."""
    return UNIX_FROM.sub(b"", raw.removeprefix(BYTE_ORDER_MARK), count=1)


def _bounded(raw: bytes) -> bytes:
    """Cut a message where it begins to be a bomb: by size, lines, nesting, number of parts."""
    raw = raw[:LARGEST]
    for pattern, most in ((LINE, MOST_LINES), (CONTAINER, MOST_CONTAINERS), (EDGE, MOST_EDGES)):
        for number, found in enumerate(pattern.finditer(raw)):
            if number == most:
                raw = raw[: found.start()]
                break
    return raw


def return_path(headers: Headers) -> str | None:
    """The path that the first header of that name holds; what somebody wrote behind its brackets is no part of it."""
    value = next((value for name, value in headers if name in {"return-path", "x-envelope-from"}), None)
    if value is None:
        return None
    found = PATH.search(value)
    return found.group(1).strip() if found else value.strip("<> ")
