"""Incoming: one received message, parsed once and never again. It is evidence: who speaks is decided by the door."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32

from mentorly.emails.decoding import (
    LONGEST_TEXT,
    Headers,
    addresses,
    body,
    decoded,
    headers_of,
    inner,
    moment,
    parameter,
    text_of,
)

LARGEST = 10_000_000
MOST_PARTS = 200
MOST_CONTAINERS = 20
MOST_LINES = 150_000
MOST_EDGES = 3_000
DEEPEST = 12
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
UNIX_FROM = re.compile(rb"\A>?From [^\n]*\n")
CONTAINER = re.compile(rb"^content-type\s*:\s*(?:multipart|message)/", re.IGNORECASE | re.MULTILINE)
EDGE = re.compile(rb"^--", re.MULTILINE)
LINE = re.compile(rb"\n")
IDENTIFIER = re.compile(r"<[^<>\s]{1,400}>")
CALENDAR = re.compile(rb"BEGIN:VCALENDAR.*?END:VCALENDAR[ \t]*\r?\n?", re.DOTALL | re.IGNORECASE)
CALENDAR_TYPES = frozenset({"text/calendar", "application/ics", "text/x-vcalendar"})
RETURNED_TYPES = frozenset({"message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers"})
STATUS_TYPES = frozenset({"message/delivery-status", "message/global-delivery-status"})
RECEIPT_TYPES = frozenset({"message/disposition-notification", "message/global-disposition-notification"})
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
    returned message. delivery_status, receipt, feedback: the machine-readable parts of reports as text (RFC 3464, 8098,
    5965). returned: the headers of the message that a report returns. cut: a limit was met, and something was left out.
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
        whole = _without_wrapping(raw)
        bounded = _bounded(whole)
        message = _parsed(bounded)
        headers = headers_of(message)
        if not HEADERS_OF_MAILS & {name for name, _ in headers}:
            raise NotAMail("This is not a mail: it has none of the headers that a mail has.")
        parts = list(_parts(message))
        return cls(
            headers=headers,
            size=len(raw),
            fingerprint=fingerprint(raw),
            recipients=tuple(recipients),
            envelope_sender=_return_path(headers) if envelope_sender is None else envelope_sender.strip("<> "),
            content_type=message.get_content_type(),
            report_type=parameter(message, "report-type").lower(),
            text=_joined(part for part in parts if _is_written(part, "text/plain")),
            html=_joined(part for part in parts if _is_written(part, "text/html")),
            calendar=_calendar(parts, bounded),
            delivery_status=tuple(_flat(part) for part in parts if part.get_content_type() in STATUS_TYPES),
            receipt="\n".join(_flat(part) for part in parts if part.get_content_type() in RECEIPT_TYPES),
            feedback="\n".join(_flat(part) for part in parts if part.get_content_type() == "message/feedback-report"),
            returned=_returned(parts),
            cut=len(bounded) < len(whole) or len(parts) >= MOST_PARTS,
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
        return next(iter(IDENTIFIER.findall(self.header("message-id"))), "")

    @property
    def answers_to(self) -> list[str]:
        """The Message-IDs that it says it answers, the nearest first (RFC 5322 3.6.4)."""
        nearest = IDENTIFIER.findall(self.header("in-reply-to"))
        return list(dict.fromkeys([*nearest, *reversed(IDENTIFIER.findall(self.header("references")))]))

    @property
    def date(self) -> datetime | None:
        """The instant that the sender claims."""
        return moment(self.header("date"))


def fingerprint(raw: bytes) -> str:
    """What makes a message the same message: its bytes, however the way here ended their lines; 64 hex digits."""
    return hashlib.sha256(_without_wrapping(raw).replace(b"\r\n", b"\n")).hexdigest()


def _without_wrapping(raw: bytes) -> bytes:
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


def _parsed(raw: bytes) -> Message:
    try:
        return message_from_bytes(raw, policy=compat32)
    except Exception:  # noqa: BLE001 - the standard library's parser raises whatever a malformed boundary makes it raise
        return BytesParser(policy=compat32).parsebytes(raw, headersonly=True)


def _parts(message: Message) -> Iterator[Message]:
    """The parts from the top, containers of parts left out and returned messages not entered."""
    waiting = [(message, 0)]
    given = 0
    while waiting and given < MOST_PARTS:
        part, depth = waiting.pop()
        if part.get_content_maintype() == "multipart" and part.is_multipart():
            if depth < DEEPEST:
                waiting.extend((child, depth + 1) for child in reversed(inner(part)[:MOST_PARTS]))
        else:
            given += 1
            yield part


def _return_path(headers: Headers) -> str | None:
    paths = [value for name, value in headers if name in {"return-path", "x-envelope-from"}]
    return paths[0].strip("<> ") if paths else None


def _is_written(part: Message, kind: str) -> bool:
    attached = str(part.get("content-disposition", "")).strip().lower().startswith("attachment")
    named = parameter(part, "filename", "content-disposition") or parameter(part, "name")
    known = part.get_content_type() == kind
    broken = kind == "text/plain" and part.get_content_maintype() == "multipart"
    return (known or broken) and not attached and not named


def _joined(parts: Iterator[Message]) -> str:
    return "\n".join(text_of(part).strip("\n") for part in parts)[:LONGEST_TEXT]


def _calendar(parts: list[Message], raw: bytes) -> bytes | None:
    found = [part for part in parts if _is_calendar(part)]
    read = next((data for data in map(body, found) if b"VCALENDAR" in data[:LARGEST].upper()), None)
    if read is None and found:  # some programs write the calendar where the headers of its part belong
        misplaced = CALENDAR.search(raw)
        return misplaced.group() if misplaced else None
    return read


def _is_calendar(part: Message) -> bool:
    name = parameter(part, "filename", "content-disposition") or parameter(part, "name")
    return part.get_content_type() in CALENDAR_TYPES or name.lower().endswith(".ics")


def _flat(part: Message) -> str:
    """A part of a report as its lines, which the standard library took apart into messages."""
    if not part.is_multipart():
        return text_of(part)
    return "\n\n".join(_lines(child) for child in inner(part)[:MOST_PARTS])[:LONGEST_TEXT]


def _lines(part: Message) -> str:
    fields = "\n".join(f"{name}: {value}" for name, value in headers_of(part))
    return f"{fields}\n\n{decoded(body(part))}".strip()


def _returned(parts: list[Message]) -> Headers:
    found = next((part for part in parts if part.get_content_type() in RETURNED_TYPES), None)
    if found is None:
        return ()
    if found.is_multipart():
        return next((headers_of(child) for child in inner(found)), ())
    return headers_of(_parsed(body(found)[:LONGEST_TEXT]))
