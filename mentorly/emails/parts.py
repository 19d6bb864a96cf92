"""The parts of a received message: which of them a person wrote, and which a program wrote for programs."""

from collections.abc import Collection, Iterable, Iterator
from email import message_from_bytes
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32

from mentorly.emails.decoding import LONGEST_TEXT, Headers, body, decoded, headers_of, inner, parameter, text_of

MOST_PARTS = 200
DEEPEST = 12
CALENDAR_BEGINS, CALENDAR_ENDS = b"BEGIN:VCALENDAR", b"END:VCALENDAR"
CALENDAR_TYPES = frozenset({"text/calendar", "application/ics", "text/x-vcalendar"})
RETURNED_TYPES = frozenset({"message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers"})


def parsed(raw: bytes) -> Message:
    """A message taken apart; one that the standard library cannot take apart keeps its headers and its body whole."""
    try:
        return message_from_bytes(raw, policy=compat32)
    except Exception:  # noqa: BLE001 - the standard library's parser raises whatever a malformed boundary makes it raise
        return BytesParser(policy=compat32).parsebytes(raw, headersonly=True)


def parts_of(message: Message) -> list[Message]:
    """The parts from the top, containers of parts left out and returned messages not entered."""
    waiting = [(message, 0)]
    found: list[Message] = []
    while waiting and len(found) < MOST_PARTS:
        part, depth = waiting.pop()
        if part.get_content_maintype() == "multipart" and part.is_multipart():
            if depth < DEEPEST:
                waiting.extend((child, depth + 1) for child in reversed(inner(part)[:MOST_PARTS]))
        else:
            found.append(part)
    return found


def written(parts: Iterable[Message], kind: str) -> str:
    """What a person wrote: the text of all parts of a type that are no attachments, one after the other."""
    return "\n".join(text_of(part).strip("\n") for part in parts if _is_written(part, kind))[:LONGEST_TEXT]


def _is_written(part: Message, kind: str) -> bool:
    attached = str(part.get("content-disposition", "")).strip().lower().startswith("attachment")
    broken = kind == "text/plain" and part.get_content_maintype() == "multipart"
    return (part.get_content_type() == kind or broken) and not attached and not _name(part)


def _name(part: Message) -> str:
    return parameter(part, "filename", "content-disposition") or parameter(part, "name")


def calendar_in(parts: Iterable[Message], raw: bytes) -> bytes | None:
    """The first calendar; raw: the whole message, for programs that write it where the headers of its part belong."""
    found = [
        part for part in parts if part.get_content_type() in CALENDAR_TYPES or _name(part).lower().endswith(".ics")
    ]
    read = next((data for data in map(body, found) if b"VCALENDAR" in data.upper()), None)
    return read if read is not None or not found else _misplaced(raw)


def calendar_method(parts: Iterable[Message]) -> str:
    """The method that a part says beside its calendar (RFC 6047 2.4), in capitals; '' if none does."""
    said = (parameter(part, "method") for part in parts if part.get_content_type() in CALENDAR_TYPES)
    return next((method.upper() for method in said if method), "")


def _misplaced(raw: bytes) -> bytes | None:
    begin = raw.find(CALENDAR_BEGINS)
    end = raw.find(CALENDAR_ENDS, begin)
    return raw[begin : end + len(CALENDAR_ENDS)] + b"\r\n" if 0 <= begin < end else None


def told_in(parts: Iterable[Message], types: Collection[str]) -> Iterator[str]:
    """The lines of the parts that a program wrote for programs, which the standard library took apart into messages."""
    for part in parts:
        if part.get_content_type() in types:
            yield (
                "\n\n".join(map(_lines, inner(part)[:MOST_PARTS]))[:LONGEST_TEXT]
                if part.is_multipart()
                else text_of(part)
            )


def _lines(part: Message) -> str:
    fields = "\n".join(f"{name}: {value}" for name, value in headers_of(part))
    return f"{fields}\n\n{decoded(body(part))}".strip()


def returned_in(parts: Iterable[Message]) -> Headers:
    """The headers of the first message that is returned or forwarded whole, or by its headers alone."""
    found = next((part for part in parts if part.get_content_type() in RETURNED_TYPES), None)
    if found is None:
        return ()
    if found.is_multipart():
        return next((headers_of(child) for child in inner(found)), ())
    return headers_of(parsed(body(found)[:LONGEST_TEXT]))
