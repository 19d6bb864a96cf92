"""Received mail: every message as it came, kept before anything is done with it."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, LargeBinary, String, literal_column
from sqlalchemy.orm import Mapped, deferred, mapped_column, relationship

from mentorly.emails.envelope import Envelope
from mentorly.mentoring.base import Base, partial_index
from mentorly.mentoring.people import Person
from mentorly.mentoring.relationships import Member


class Stage(StrEnum):
    """How far a received message is: waiting to be taken in, taken, or failed and to be tried again by a person."""

    WAITING = "waiting"
    TAKEN = "taken"
    FAILED = "failed"


class Received(Base):
    """One message to one recipient of ours, kept once. It is private: the console shows size, time and fault alone.

    fingerprint: of its bytes, 64 hex digits. message_id: with its angle brackets, or ''. recipient, envelope_sender: of
    the envelope; envelope_sender is '' for the null path and None where nobody told it. raw: the bytes as received;
    None once they were deleted (rules B7). door: the way it came: lmtp, pipe, imap, web or playground. taken_at: when
    it was taken in, or failed. begun: how often a worker has begun to take it in, those that died included. decision:
    what was decided, in a word. sign: the evidence for it, without a word of the message. fault: the name of what went
    wrong. envelope: the mail of ours that its recipient's address belongs to. member: whose own address in a
    relationship it is. person: who it is taken to be from.
    """

    __tablename__ = "received"
    __table_args__ = (
        partial_index("uq_received_content", "fingerprint", "recipient", where="fingerprint <> ''", unique=True),
        partial_index("uq_received_message", "message_id", "recipient", where="message_id <> ''", unique=True),
        partial_index("ix_received_waiting", "id", where="stage = 'waiting'"),
        partial_index("ix_received_failed", "id", where="stage = 'failed'"),
        partial_index("ix_received_kept", "received_at", where="raw IS NOT NULL"),
        partial_index("ix_received_cleared", "received_at", where="raw IS NULL"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]
    message_id: Mapped[str] = mapped_column(String, default="", server_default="")
    recipient: Mapped[str]
    envelope_sender: Mapped[str | None]
    size: Mapped[int]
    door: Mapped[str]
    received_at: Mapped[datetime]
    stage: Mapped[str] = mapped_column(String, default=Stage.WAITING, server_default=Stage.WAITING.value)
    taken_at: Mapped[datetime | None]
    decision: Mapped[str] = mapped_column(String, default="", server_default="")
    sign: Mapped[str] = mapped_column(String, default="", server_default="")
    fault: Mapped[str] = mapped_column(String, default="", server_default="")
    tries: Mapped[int] = mapped_column(default=0, server_default="0")
    begun: Mapped[int] = mapped_column(default=0, server_default="0")
    envelope_id: Mapped[int | None] = mapped_column(ForeignKey("envelope.id"), index=True)
    member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    raw: Mapped[bytes | None] = deferred(mapped_column(LargeBinary))

    envelope: Mapped[Envelope | None] = relationship()
    member: Mapped[Member | None] = relationship()
    person: Mapped[Person | None] = relationship()


# Written out, so that both databases see that the small indexes of these rows serve.
WAITS = Received.stage == literal_column("'waiting'")
FAILED = Received.stage == literal_column("'failed'")
