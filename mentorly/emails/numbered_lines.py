"""Numbered lines: `done 2` in a reply to a digest answers its line 2, just as the button there does (rules A4)."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from mentorly.emails.answering import Opened, opened_of
from mentorly.emails.contents import Contents
from mentorly.emails.digests import DigestLine
from mentorly.emails.email import Register
from mentorly.emails.envelope import Envelope
from mentorly.emails.lines import Line
from mentorly.mentoring.base import Refused


def lines_of(session: Session, register: Register, opened: Opened) -> list[Line]:
    """The lines of an opened digest, as they stand now; none of any other mail."""
    if not opened.kind.carries:
        return []
    contents = Contents(session, register, opened.now).read([opened.thing])[opened.thing.id]
    return [*contents["carried"], *contents["asked"]]


def open_line(
    session: Session, register: Register, digest: Envelope, number: int, now: datetime, *, lock: bool = False
) -> Opened:
    """Open the mail that a line of a digest stands for. digest: the digest's envelope. number: of the line.

    Raises Refused if it has no such line, Expired. lock: hold the mail and its thing until the end of the transaction.
    """
    kind = register.get(digest.kind)
    line = session.get(DigestLine, (digest.thing_id, number)) if kind is not None and kind.carries else None
    if line is None:
        raise Refused("That mail has no line {number}.", number=number)
    envelope = session.get_one(Envelope, line.envelope_id, with_for_update=lock)
    return replace(opened_of(session, register, envelope, now, lock=lock), line=number)
