"""Reading what other programs wrote: header values and bodies in any charset, within limits, without a crash.

Python's modern policy raises on malformed headers of real mails, so everything here works on raw values (compat32).
"""

import codecs
import re
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from email.errors import MessageError
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime
from itertools import islice

LONGEST_HEADER = 8_000
MOST_HEADERS = 1_000
LONGEST_TEXT = 200_000
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
UNREADABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ue000]")
OTHER_NAMES = {
    "unicode-1-1-utf-7": "utf-7",
    "cp-850": "cp850",
    "x-sjis": "cp932",
    "iso-8859-8-i": "iso-8859-8",
    "us-ascii": "windows-1252",
    "iso-8859-1": "windows-1252",
}
NO_CHARSETS = frozenset({"idna", "punycode", "undefined", "unicode-escape", "raw-unicode-escape", "mbcs", "oem"})
SPACE_STUFFED = re.compile(r"^((?:>)*) ?(.*)$")

Headers = tuple[tuple[str, str], ...]


def clean(words: str) -> str:
    """Words without what no database and no reader takes: control characters and halves of characters."""
    return UNREADABLE.sub("", words.replace("\r\n", "\n").replace("\r", "\n"))


def decoded(data: bytes, charset: str = "") -> str:
    """Bytes as text: by the charset named, else UTF-8, else Windows-1252; what cannot be read is replaced."""
    if len(data) > LONGEST_TEXT:
        data = data[:LONGEST_TEXT]
    named = OTHER_NAMES.get(charset.strip().lower(), charset.strip().lower())
    with suppress(UnicodeDecodeError):
        return clean(data.decode("utf-8")) if named in {"", "utf-8", "windows-1252"} else _by_name(data, named)
    return clean(data.decode("utf-8" if named == "utf-8" else "windows-1252", "replace"))


def _by_name(data: bytes, named: str) -> str:
    try:
        known = codecs.lookup(named).name
        words = data.decode(known if known not in NO_CHARSETS else "utf-8", "replace")
    except (LookupError, ValueError):
        words = data.decode("utf-8")
    return clean(words)


def header_text(value: object) -> str:
    """One raw header value as words on one line, its encoded words (RFC 2047) read."""
    raw = str(value)[:LONGEST_HEADER]
    plain = raw.encode("utf-8", "surrogateescape")
    unfolded = " ".join(decoded(plain).split())
    try:
        pieces = decode_header(unfolded) if "=?" in unfolded else [(unfolded, None)]
    except (MessageError, ValueError):
        pieces = [(unfolded, None)]
    words = "".join(piece if isinstance(piece, str) else decoded(piece, charset or "") for piece, charset in pieces)
    return " ".join(words.split())


def headers_of(part: Message) -> Headers:
    """The headers of a part from the top: names in lower case, values as words."""
    first = islice(part.raw_items(), MOST_HEADERS)
    return tuple((header_text(name).lower(), header_text(value)) for name, value in first)


def addresses(values: Iterable[str]) -> list[tuple[str, str]]:
    """The names and addresses in header values, addresses in lower case; what is no address is left out."""
    try:
        pairs = getaddresses([value[:LONGEST_HEADER] for value in values])
    except (ValueError, IndexError, AttributeError):
        return []
    return [(name, address.lower()) for name, address in pairs if "@" in address and " " not in address]


def moment(value: str) -> datetime | None:
    """The instant that a Date header claims, in UTC; None if it claims none."""
    with suppress(ValueError, TypeError, IndexError, OverflowError, AttributeError):
        claimed = parsedate_to_datetime(value)
        return (claimed if claimed.tzinfo else claimed.replace(tzinfo=UTC)).astimezone(UTC)
    return None


def parameter(part: Message, name: str, header: str = "content-type") -> str:
    """A parameter of a part's header as words; '' if there is none, or none that can be read (RFC 2231)."""
    with suppress(ValueError, LookupError, TypeError, AttributeError):
        if len(str(part.get(header, ""))) > LONGEST_HEADER:
            return ""
        value = part.get_param(name, "", header)
        return header_text(value[2] if isinstance(value, tuple) else value or "")
    return ""


def body(part: Message) -> bytes:
    """The content of a part without its transfer encoding; what is encoded badly stays as it is."""
    with suppress(ValueError, LookupError, TypeError, AttributeError, AssertionError):
        data = part.get_payload(decode=True)
        return data if isinstance(data, bytes) else b""
    return b""


def inner(part: Message) -> list[Message]:
    """The parts within a part; none if it holds no parts, or was never taken apart."""
    whole = part.get_payload() if part.is_multipart() else []
    return [piece for piece in whole if isinstance(piece, Message)] if isinstance(whole, list) else []


def text_of(part: Message) -> str:
    """The text of a part, flowed lines put together again (RFC 3676)."""
    words = decoded(body(part), parameter(part, "charset"))
    if parameter(part, "format").lower() != "flowed":
        return words
    return _unflowed(words, delete_space=parameter(part, "delsp").lower() == "yes")


def _unflowed(words: str, *, delete_space: bool) -> str:
    lines: list[str] = []
    before = ""
    joins = False
    for line in words.split("\n"):
        found = SPACE_STUFFED.match(line)
        quoting, rest = found.groups() if found else ("", line)
        if joins and quoting == before and rest != "-- ":
            lines[-1] += rest
        else:
            lines.append(f"{quoting} {rest}" if quoting else rest)
        joins = rest.endswith(" ") and rest != "-- "
        if joins and delete_space:
            lines[-1] = lines[-1][:-1]
        before = quoting
    return "\n".join(lines)
