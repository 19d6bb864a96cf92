"""A letter becomes the bytes of a mail: headers, text part and HTML part (rules A14)."""

import hashlib
import re
from binascii import b2a_base64, b2a_qp
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.utils import format_datetime, parseaddr
from functools import lru_cache
from typing import Literal

from mentorly.calendars.invitation import Invitation
from mentorly.emails.attachment import Attachment, in_lines, parts_of

LINE = 76
LOCAL_PART_LENGTH = 64
SHOWN_AS_IT_IS = re.compile(r"[ -~]*")
LONG_WORD = re.compile(r"\S{70}")
PHRASE = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")
ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
LOCAL_PART = re.compile(rf"{ATOM}(?:\.{ATOM})*")
DOMAIN = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*", re.IGNORECASE)
LOOP_HEADER = "X-Loop"
"""What an answer of ours carries, to be known when it comes back; its value is the domain of our Message-IDs."""
MESSAGE_ID = re.compile(rf"<{ATOM}(?:\.{ATOM})*@[A-Za-z0-9.-]+>")
WEB_ADDRESS = re.compile(r"https?://[!-;=?-~]+")
WORD_LENGTH = 75
AROUND_WORD = len("=?utf-8?q??=")
# What stands for each byte in an encoded word, also in a phrase (RFC 2047 5, rule 3).
SPELLED = {byte: chr(byte) if re.match(rb"[A-Za-z0-9!*+/-]", bytes([byte])) else f"={byte:02X}" for byte in range(256)}
SPELLED[ord(" ")] = "_"
# A line may have 998 characters and no control among them (RFC 5322 2.1.1, RFC 2045 2.7).
LONGEST_LINE = 998
LONGEST_IDENTIFIER = 250
AS_IT_IS = bytes([*b"\t\n", *range(0x20, 0x7F)])
# HTML reads the numbers of the controls from 0x80 on as other characters.
NOT_ODD = bytes([*range(0x80), *range(0xA0, 0x100)])
PART_HEAD = b'Content-Type: text/%b; charset="utf-8"\r\nContent-Transfer-Encoding: %b\r\n\r\n'
CALENDAR_HEAD = b'Content-Type: text/calendar; charset="utf-8"; method=%b\r\nContent-Transfer-Encoding: base64\r\n\r\n'
ICS_HEAD = (
    b'Content-Type: application/ics; name="invite.ics"\r\nContent-Disposition: attachment; filename="invite.ics"\r\n'
    b"Content-Transfer-Encoding: base64\r\n\r\n"
)
SPELLED_TWO_WAYS = frozenset("ßς\u200c\u200d")


class Unsendable(ValueError):
    """A letter that no mail server could carry; the text is a sentence that says why."""


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
        "To": _person("To", letter.recipient_name, letter.recipient),
        "Subject": _words("Subject", letter.subject),
        "Date": _date(letter.date),
        "Message-ID": _identifier(letter.message_id),
        "Auto-Submitted": letter.auto,
        "X-Auto-Response-Suppress": "OOF, AutoReply",
    }
    if letter.reply_to:
        headers["Reply-To"] = mailbox(letter.reply_to)
    if letter.in_reply_to:
        headers["In-Reply-To"] = _identifier(letter.in_reply_to)
        headers["References"] = "\r\n ".join(map(_identifier, (*letter.references, letter.in_reply_to)))
    if letter.auto == "auto-replied":
        headers[LOOP_HEADER] = letter.message_id.strip("<>").rpartition("@")[2]
    if letter.list_unsubscribe:
        headers |= _unsubscribing(letter.list_unsubscribe, sender)
    return headers


@lru_cache(16)
def _sender(sender: str) -> tuple[str, str]:
    """The address of the sender, and the sender as it is shown; they are the same in nearly all mails."""
    name, address = parseaddr(sender)
    return address, _person("From", name, address)


def _unsubscribing(address: str, sender: str) -> dict[str, str]:
    """One click, without signing in (RFC 8058 3); a List-Id, because a short mail of a list looks like junk without."""
    if not WEB_ADDRESS.fullmatch(address):
        raise Unsendable("The address that stops these mails is no web address.")
    return {
        "List-Unsubscribe": f"<{address}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "List-Id": f"<reminders.{mailbox(sender).rpartition('@')[2]}>",
    }


@lru_cache(64)
def mailbox(address: str) -> str:
    """An address as it travels, its domain in ASCII. Raises Unsendable if it is not one address."""
    local_part, _, domain = address.rpartition("@")
    if not local_part.isascii():
        raise Unsendable("The part of the address before the @ holds a letter that mail servers do not carry.")
    if not LOCAL_PART.fullmatch(local_part) or len(local_part) > LOCAL_PART_LENGTH:
        raise Unsendable("The part of the address before the @ is malformed.")
    return f"{local_part}@{_domain(domain)}"


@lru_cache(1024)
def _domain(domain: str) -> str:
    if SPELLED_TWO_WAYS & set(domain):
        raise Unsendable("The domain of the address can be read in two ways: write it in ASCII (xn--…).")
    try:
        spelled = domain.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise Unsendable("The domain of the address is malformed.") from error
    if not DOMAIN.fullmatch(spelled):
        raise Unsendable("The domain of the address is malformed.")
    return spelled


def _person(header: str, name: str, address: str) -> str:
    route = f"<{mailbox(address)}>"
    shown = _words(header, name, quoted=not PHRASE.fullmatch(name))
    apart = "\r\n " if len(shown.rpartition("\n")[2]) + len(header) + len(route) + len(":  ") > LINE else " "
    return f"{shown}{apart}{route}" if name else route


@lru_cache(1024)
def _words(header: str, words: str, *, quoted: bool = False) -> str:
    """Words as they are if they are ASCII, else as encoded words of at most 75 characters (RFC 2047 2)."""
    if "\r" in words or "\n" in words:
        raise Unsendable(f"The header {header} cannot hold a line break.")
    plain = SHOWN_AS_IT_IS.fullmatch(words) and "=?" not in words and not LONG_WORD.search(words)
    if not plain:
        return "\r\n ".join(_encoded_words(header, words))
    shown = '"' + re.sub(r'(["\\])', r"\\\1", words) + '"' if quoted else words
    if len(header) + len(shown) + len(": ") <= LINE:
        return shown
    return Header(shown, "us-ascii", maxlinelen=LINE, header_name=header).encode(linesep="\r\n")


def _encoded_words(header: str, words: str) -> Iterator[str]:
    """Words of any script as encoded words that hold whole characters, one to a line (RFC 2047 2, 4 and 5)."""
    try:
        whole = words.encode("utf-8")
    except UnicodeEncodeError as error:
        raise Unsendable(f"The header {header} holds half a character.") from error
    shortest, encoding, spelled = min(
        ((way(whole), name, way) for name, way in (("q", _spelled), ("b", _in_base64))), key=lambda one: len(one[0])
    )
    room, piece = WORD_LENGTH - len(header) - AROUND_WORD, b""
    if len(shortest) <= room:
        yield f"=?utf-8?{encoding}?{shortest}?="
        return
    for character in words:
        longer = piece + character.encode("utf-8")
        if len(spelled(longer)) > room:
            yield f"=?utf-8?{encoding}?{spelled(piece)}?="
            room, longer = WORD_LENGTH - AROUND_WORD, character.encode("utf-8")
        piece = longer
    yield f"=?utf-8?{encoding}?{spelled(piece)}?="


def _spelled(text: bytes) -> str:
    return "".join([SPELLED[byte] for byte in text])


def _in_base64(text: bytes) -> str:
    return b2a_base64(text, newline=False).decode("ascii")


@lru_cache(16)
def _date(date: datetime) -> str:
    if date.tzinfo is None:
        raise Unsendable("The date of a mail needs a time zone.")
    return format_datetime(date)


def is_identifier(text: str) -> bool:
    """Whether a header of ours can hold this Message-ID of somebody else's."""
    return len(text) <= LONGEST_IDENTIFIER and bool(MESSAGE_ID.fullmatch(text))


def _identifier(identifier: str) -> str:
    if not MESSAGE_ID.fullmatch(identifier):
        raise Unsendable("A Message-ID is written <mark@host>.")
    return identifier
