"""A letter becomes the bytes of a mail: headers, text part and HTML part (rules A14)."""

import hashlib
import re
from binascii import b2a_qp
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr
from functools import lru_cache
from typing import Literal

from mentorly.calendars.invitation import Invitation
from mentorly.emails.attachment import Attachment, in_lines, parts_of
from mentorly.emails.headers import Unsendable, checked_identifier, date_written, mailbox, person_in, words_in

LOOP_HEADER = "X-Loop"
"""What an answer of ours carries, to be known when it comes back; its value is the domain of our Message-IDs."""
WEB_ADDRESS = re.compile(r"https?://[!-;=?-~]+")
# A line may have 998 characters and no control among them (RFC 5322 2.1.1, RFC 2045 2.7).
LONGEST_LINE = 998
AS_IT_IS = bytes([*b"\t\n", *range(0x20, 0x7F)])
# HTML reads the numbers of the controls from 0x80 on as other characters.
NOT_ODD = bytes([*range(0x80), *range(0xA0, 0x100)])
PART_HEAD = b'Content-Type: text/%b; charset="utf-8"\r\nContent-Transfer-Encoding: %b\r\n\r\n'
CALENDAR_HEAD = b'Content-Type: text/calendar; charset="utf-8"; method=%b\r\nContent-Transfer-Encoding: base64\r\n\r\n'
ICS_HEAD = (
    b'Content-Type: application/ics; name="invite.ics"\r\nContent-Disposition: attachment; filename="invite.ics"\r\n'
    b"Content-Transfer-Encoding: base64\r\n\r\n"
)


@dataclass
class Letter:
    """A mail before it is bytes.

    sender: ``Name <name@host>``. reply_to: an address. message_id, in_reply_to: with their angle brackets. references:
    the Message-IDs of the thread before in_reply_to. date: aware. auto: auto-replied for what answers a message.
    list_unsubscribe: the web address at which one click stops mails of this kind. invitation: what calendars are told.
    attachments: files beside the text.
    """

    sender: str
    recipient_name: str
    recipient: str
    reply_to: str
    subject: str
    text: str
    html: str
    message_id: str
    date: datetime
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    auto: Literal["auto-generated", "auto-replied"] = "auto-generated"
    list_unsubscribe: str = ""
    invitation: Invitation | None = None
    attachments: Sequence[Attachment] = ()


class Lined(bytes):
    """A message whose lines are known to end in CRLF, all of them: nobody has to look for another line end."""


def compose(letter: Letter) -> Lined:
    """Build a mail: plain text first, then HTML, 7-bit clean. Raises Unsendable.

    It is put together directly, because the standard library's EmailMessage costs more than all else that is done for
    a mail; the tests hold it to what EmailMessage makes of the same letter.
    """
    boundary = "=_" + hashlib.sha256(letter.message_id.encode()).hexdigest()[:24]
    headers = _headers(letter) | {"MIME-Version": "1.0"}
    try:
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode("ascii")
        parts = [_text_part(letter.text), _html_part(letter.html)]
    except UnicodeEncodeError as error:
        raise Unsendable("The text of the mail holds half a character.") from error
    if letter.invitation is None and not letter.attachments:
        return Lined(head + _multipart("alternative", boundary, parts))
    try:
        files = parts_of(letter.attachments)
        if letter.invitation:
            told, event = _calendar_parts(letter.invitation)
            parts, files = [*parts, told], [event, *files]
    except ValueError as fault:
        raise Unsendable(str(fault)) from fault
    alternative = _multipart("alternative", boundary + "a", parts)
    return Lined(head + _multipart("mixed", boundary, [alternative, *files]))


def _multipart(kind: str, boundary: str, parts: Sequence[bytes]) -> bytes:
    """Parts in one, from its own Content-Type on (RFC 2046 5.1)."""
    edge = f"\r\n--{boundary}"
    head = f'Content-Type: multipart/{kind}; boundary="{boundary}"\r\n{edge}\r\n'.encode()
    return head + f"{edge}\r\n".encode().join(parts) + f"{edge}--\r\n".encode()


def _calendar_parts(invitation: Invitation) -> tuple[bytes, bytes]:
    """An invitation twice: as an alternative that calendars answer (RFC 6047 2.4), and as a file beside it."""
    body = in_lines(invitation.as_bytes())
    return CALENDAR_HEAD % invitation.method.encode("ascii") + body, ICS_HEAD + body


def _text_part(words: str) -> bytes:
    """The text as it is if it can travel so, else quoted."""
    lines = _lines(words)
    if words.isascii() and _travels(lines):
        return PART_HEAD % (b"plain", b"7bit") + lines.replace(b"\n", b"\r\n")
    return _quoted("plain", lines)


def _html_part(words: str) -> bytes:
    """The HTML as it is, in ASCII, which is smaller and quicker than quoted; what cannot travel so is quoted."""
    words.encode("utf-8")
    lines = words.encode("ascii", "xmlcharrefreplace")
    odd = not words.isascii() and words.encode("latin-1", "ignore").translate(None, NOT_ODD)
    if odd or not _travels(lines):
        return _quoted("html", _lines(words))
    return PART_HEAD % (b"html", b"7bit") + lines.replace(b"\n", b"\r\n") + b"\r\n"


def _travels(lines: bytes) -> bool:
    """Whether ASCII lines can go as they are: no control among them, and none too long."""
    if lines.translate(None, AS_IT_IS):
        return False
    start, end = 0, len(lines)
    while end - start > LONGEST_LINE:
        start = lines.rfind(b"\n", start, start + LONGEST_LINE + 1) + 1
        if not start:
            return False
    return True


def _lines(words: str) -> bytes:
    """Words as lines that all end alike."""
    whole = words.encode("utf-8")
    return whole if whole.endswith(b"\n") and b"\r" not in whole else b"\n".join(whole.splitlines()) + b"\n"


def _quoted(kind: str, lines: bytes) -> bytes:
    """A part of text, quoted-printable (RFC 2045 6.7)."""
    head = PART_HEAD % (kind.encode(), b"quoted-printable")
    return head + b2a_qp(lines, istext=True).replace(b"\n", b"\r\n")


def _headers(letter: Letter) -> dict[str, str]:
    sender, shown_sender = _sender(letter.sender)
    headers = {
        "From": shown_sender,
        "To": person_in("To", letter.recipient_name, letter.recipient),
        "Subject": words_in("Subject", letter.subject),
        "Date": date_written(letter.date),
        "Message-ID": checked_identifier(letter.message_id),
        "Auto-Submitted": letter.auto,
        "X-Auto-Response-Suppress": "OOF, AutoReply",
    }
    if letter.reply_to:
        headers["Reply-To"] = mailbox(letter.reply_to)
    if letter.in_reply_to:
        headers["In-Reply-To"] = checked_identifier(letter.in_reply_to)
        headers["References"] = "\r\n ".join(map(checked_identifier, (*letter.references, letter.in_reply_to)))
    if letter.auto == "auto-replied":
        headers[LOOP_HEADER] = letter.message_id.strip("<>").rpartition("@")[2]
    if letter.list_unsubscribe:
        headers |= _unsubscribing(letter.list_unsubscribe, sender)
    return headers


@lru_cache(16)
def _sender(sender: str) -> tuple[str, str]:
    """The address of the sender, and the sender as it is shown; they are the same in nearly all mails."""
    name, address = parseaddr(sender)
    return address, person_in("From", name, address)


def _unsubscribing(address: str, sender: str) -> dict[str, str]:
    """One click, without signing in (RFC 8058 3); a List-Id, because a short mail of a list looks like junk without."""
    if not WEB_ADDRESS.fullmatch(address):
        raise Unsendable("The address that stops these mails is no web address.")
    return {
        "List-Unsubscribe": f"<{address}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "List-Id": f"<reminders.{mailbox(sender).rpartition('@')[2]}>",
    }
