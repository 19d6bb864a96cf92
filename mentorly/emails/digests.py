"""Digests: what one reader's morning brought, as one mail with numbered lines (rules A4)."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from mentorly.emails.envelope import Envelope
from mentorly.mentoring.base import Base, partial_index
from mentorly.mentoring.people import Person


class Digest(Base):
    """One reader's digest of one day. day: the reader's date; there is one digest for it at most.

    contents: what its mail speaks of, once that was read for a whole batch; kept nowhere.
    """

    __tablename__ = "digest"
    __allow_unmapped__ = True
    __table_args__ = (
        UniqueConstraint("reader_id", "day"),
        partial_index("ix_digest_unsent", "made_at", where="sent_at IS NULL"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reader_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    day: Mapped[date]
    made_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]

    reader: Mapped[Person] = relationship()
    lines: Mapped[list["DigestLine"]] = relationship(order_by="DigestLine.number")

    contents: Mapping[str, Any] | None = None


class DigestLine(Base):
    """A numbered line of a digest: the mail that it stands for. A number never comes to mean another mail.

    is_again: it tells once more of a mail that had gone before and whose answer is awaited; else the digest carries it.
    """

    __tablename__ = "digest_line"

    digest_id: Mapped[int] = mapped_column(ForeignKey("digest.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    envelope_id: Mapped[int] = mapped_column(ForeignKey("envelope.id"), index=True)
    is_again: Mapped[bool]

    envelope: Mapped[Envelope] = relationship()
