"""Writing content lines: names, parameters and values that no client takes for something else (RFC 5545 3.1)."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from urllib.parse import quote

OCTETS = 75
CONTROLS = {number: None for number in (*range(0x20), 0x7F) if chr(number) not in "\t\n"}
ESCAPES = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})
# RFC 6868 has a way to write these in a parameter, which not every client reads: they are left out.
UNSAID = str.maketrans({'"': "'", "^": " ", "\n": " ", "\t": " "})
# Most texts and names are said as they are; to see that is quicker than to look each of their letters up.
PLAIN = re.compile(r"[^\x00-\x1f\x7f\\;,]*")
PLAIN_NAME = re.compile(r"[\w.-]+(?: [\w.-]+)*")
QUOTED = re.compile("[:;,]")
# 2027-03-12T14:00:00, which is quicker said than by a pattern.
WHOLE_SECONDS, UNMARKED = 19, str.maketrans("", "", "-:")
LINE_END = re.compile("\r\n?")
# RFC 6068 2: what a mailto may hold as it is.
MAILTO = "!$&'*+-/=@_~."
ADDRESS = re.compile(r"[!-;=?-~]+@[!-;=?-~]+")


def text(words: str) -> str:
    """A value of type TEXT (RFC 5545 3.3.11)."""
    return words if PLAIN.fullmatch(words) else _clean(words).translate(ESCAPES)


def parameter(words: str) -> str:
    """A parameter's value, quoted where it has to be (RFC 5545 3.2)."""
    if PLAIN_NAME.fullmatch(words):
        return words
    shown = " ".join(_clean(words).translate(UNSAID).split())
    return f'"{shown}"' if QUOTED.search(shown) else shown


def mailto(address: str) -> str:
    """A calendar address (RFC 5545 3.3.3). Raises ValueError for what is not one address in ASCII."""
    if not ADDRESS.fullmatch(address):
        raise ValueError("A calendar address is one address in ASCII.")
    return "mailto:" + quote(address, safe=MAILTO)


def instant(moment: datetime) -> str:
    """A moment in UTC, in whole seconds."""
    return local(moment.astimezone(UTC)) + "Z"


def local(moment: datetime) -> str:
    """A moment as clocks show it where it is."""
    return moment.isoformat()[:WHOLE_SECONDS].translate(UNMARKED)


def day(date_: date) -> str:
    """A day."""
    return f"{date_:%Y%m%d}"


def line(name: str, value: str, parameters: Mapping[str, str] | None = None) -> str:
    """A content line, not folded yet. value and parameters are written as their types say already."""
    more = "".join(f";{key}={said}" for key, said in parameters.items()) if parameters else ""
    return f"{name}{more}:{value}"


def stream(lines: Iterable[str]) -> bytes:
    """Content lines as they travel: UTF-8, folded at 75 octets between characters, ended by CRLF."""
    shown = [line if len(line) <= OCTETS and line.isascii() else _folded(line) for line in lines]
    return "\r\n".join([*shown, ""]).encode("utf-8")


def _folded(whole: str) -> str:
    octets = whole.encode("utf-8", "replace")
    pieces, start, room = [], 0, OCTETS
    while len(octets) - start > room:
        end = start + room
        while octets[end] & 0xC0 == 0x80:  # within a character
            end -= 1
        pieces.append(octets[start:end])
        start, room = end, OCTETS - 1
    return b"\r\n ".join([*pieces, octets[start:]]).decode("utf-8")


def _clean(words: str) -> str:
    return LINE_END.sub("\n", words).translate(CONTROLS)
