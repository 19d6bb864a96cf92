"""What the headers of a mail hold: people, words of any script, dates, Message-IDs (RFC 5322, RFC 2047)."""

import re
from binascii import b2a_base64
from collections.abc import Iterator
from datetime import datetime
from email.header import Header
from email.utils import format_datetime
from functools import lru_cache

LINE = 76
LOCAL_PART_LENGTH = 64
SHOWN_AS_IT_IS = re.compile(r"[ -~]*")
LONG_WORD = re.compile(r"\S{70}")
PHRASE = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")
ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
LOCAL_PART = re.compile(rf"{ATOM}(?:\.{ATOM})*")
DOMAIN = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*", re.IGNORECASE)
MESSAGE_ID = re.compile(rf"<{ATOM}(?:\.{ATOM})*@[A-Za-z0-9.-]+>")
WORD_LENGTH = 75
AROUND_WORD = len("=?utf-8?q??=")
# What stands for each byte in an encoded word, also in a phrase (RFC 2047 5, rule 3).
SPELLED = {byte: chr(byte) if re.match(rb"[A-Za-z0-9!*+/-]", bytes([byte])) else f"={byte:02X}" for byte in range(256)}
SPELLED[ord(" ")] = "_"
LONGEST_IDENTIFIER = 250
SPELLED_TWO_WAYS = frozenset("ßς\u200c\u200d")


class Unsendable(ValueError):
    """A letter that no mail server could carry; the text is a sentence that says why."""


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


def person_in(header: str, name: str, address: str) -> str:
    """Somebody and their address, on a second line where one is too short. Raises Unsendable."""
    route = f"<{mailbox(address)}>"
    shown = words_in(header, name, quoted=not PHRASE.fullmatch(name))
    apart = "\r\n " if len(shown.rpartition("\n")[2]) + len(header) + len(route) + len(":  ") > LINE else " "
    return f"{shown}{apart}{route}" if name else route


@lru_cache(1024)
def words_in(header: str, words: str, *, quoted: bool = False) -> str:
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
def date_written(date: datetime) -> str:
    """A moment as mails write it. Raises Unsendable if it has no time zone."""
    if date.tzinfo is None:
        raise Unsendable("The date of a mail needs a time zone.")
    return format_datetime(date)


def is_identifier(text: str) -> bool:
    """Whether a header of ours can hold this Message-ID of somebody else's."""
    return len(text) <= LONGEST_IDENTIFIER and bool(MESSAGE_ID.fullmatch(text))


def checked_identifier(identifier: str) -> str:
    """A Message-ID, in its angle brackets. Raises Unsendable if it is none."""
    if not MESSAGE_ID.fullmatch(identifier):
        raise Unsendable("A Message-ID is written <mark@host>.")
    return identifier
