"""Envelopes: one row for each mail, thing, reader and occasion; and the answers to them."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
    literal,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from mentorly.mentoring.base import ROOM, Base, partial_index
from mentorly.mentoring.people import Person

MAIL = "mail"


class State(StrEnum):
    """What became of an envelope (rules A5)."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    UNCERTAIN = "uncertain"
    FOLDED = "folded"
    MISSED = "missed"
    WITHDRAWN = "withdrawn"
    SUPPRESSED = "suppressed"
    REFUSED = "refused"
    FAILED = "failed"


REVIVABLE = (State.MISSED, State.WITHDRAWN, State.SUPPRESSED)


class random_mark(FunctionElement[str]):  # noqa: N801 - it stands in SQL, where functions are lower case
    """32 random hexadecimal digits, made by the database for each row."""

    type = String()
    inherit_cache = True


@compiles(random_mark)
def _random_mark(element: random_mark, compiler: SQLCompiler, **options: Any) -> str:
    del element, compiler, options
    return "replace(gen_random_uuid()::text, '-', '')"


@compiles(random_mark, "sqlite")
def _random_mark_sqlite(element: random_mark, compiler: SQLCompiler, **options: Any) -> str:
    del element, compiler, options
    return "lower(hex(randomblob(16)))"


class Envelope(Base):
    """One mail to one reader. It keeps ids and no words.

    mark: the opaque left side of its Message-ID, fixed when the envelope is made. send_at: the first moment at which
    it may go. ready_at: when it is tried next; later than send_at once a mail server has put it off. again: counts what
    a person sent once more. fence: the claim's own number, so that a worker that slept through its lease marks none.
    claimed_by: which worker holds it. handed_at: when that worker began to hand it over. tries: how often the mail
    server put it off, since tried_since. doubts: how often the connection was lost before the server had answered for
    it. crashes: how often it was in the hands of a worker that died. closed_at: when it reached the state in which it
    stays, unless it is revived. why_not: for an envelope that did not go, a short word or code for the reason.
    bounced_at: when a mail server told that what it had taken did not arrive, or not yet; bounce: the verdict, the
    gravest so far; bounce_code: the status that was told with it (RFC 3463), or ''. complained_at: when the reader's
    provider told that the reader does not want it.
    """

    __tablename__ = "envelope"
    __table_args__ = (
        UniqueConstraint("kind", "thing_id", "reader_id", "occasion", "again"),
        partial_index(
            "ix_envelope_waiting",
            "lane",
            "ready_at",
            where="state = 'waiting'",
        ),
        partial_index("ix_envelope_crashed", "ready_at", where="state = 'waiting' AND crashes > 0"),
        partial_index(
            "ix_envelope_unscheduled",
            "kind",
            where="send_at IS NULL AND state = 'waiting'",
        ),
        partial_index(
            "ix_envelope_claimed",
            "claimed_until",
            where="state = 'sending'",
        ),
        partial_index(
            "ix_envelope_revivable",
            "kind",
            "thing_id",
            "reader_id",
            where="state IN ('missed', 'withdrawn', 'suppressed')",
        ),
        partial_index(
            "ix_envelope_troubled", "state", "id", where="state IN ('failed', 'refused', 'uncertain', 'missed')"
        ),
        partial_index("ix_envelope_pending", "kind", where="closed_at IS NULL"),
        Index("ix_envelope_reader", "reader_id", "id"),
        partial_index("ix_envelope_folded", "fold_id", where="fold_id IS NOT NULL"),
        partial_index("ix_envelope_bounced", "reader_id", "bounced_at", where="bounced_at IS NOT NULL"),
        partial_index("ix_envelope_of_clock", "reader_id", "closed_at", where="lane > 0"),
        partial_index("ix_envelope_closed", "closed_at", where="closed_at IS NOT NULL"),
        ROOM,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    thing_id: Mapped[int]
    reader_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    occasion: Mapped[str]
    again: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    moment: Mapped[datetime]
    lane: Mapped[int]
    mark: Mapped[str]
    state: Mapped[str] = mapped_column(default=State.WAITING)
    send_at: Mapped[datetime | None]
    ready_at: Mapped[datetime | None]
    collected_at: Mapped[datetime]
    claimed_until: Mapped[datetime | None]
    claimed_by: Mapped[str] = mapped_column(String, default="", server_default="")
    fence: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    handed_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    tried_since: Mapped[datetime | None]
    doubts: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    crashes: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    sent_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    server_said: Mapped[str] = mapped_column(String, default="", server_default="")
    why_not: Mapped[str] = mapped_column(String, default="", server_default="")
    bounced_at: Mapped[datetime | None]
    bounce: Mapped[str] = mapped_column(String, default="", server_default="")
    bounce_code: Mapped[str] = mapped_column(String, default="", server_default="")
    complained_at: Mapped[datetime | None]
    fold_id: Mapped[int | None] = mapped_column(ForeignKey("envelope.id"))

    reader: Mapped[Person] = relationship()
    answers: Mapped[list["Answer"]] = relationship(back_populates="envelope", order_by="Answer.id")


class Answer(Base):
    """What somebody answered to an envelope (rules A8).

    line: the number in a digest by which it was given, else 0. understood: what was taken from it, by the name of the
    question, but no free words. before: what was, for an undo. revision: of the thing, as the answer left it.
    undone_at: when it was taken back.
    """

    __tablename__ = "answer"
    __table_args__ = (
        partial_index(
            "uq_answer_standing",
            "envelope_id",
            "line",
            "button",
            unique=True,
            where="undone_at IS NULL",
        ),
        partial_index("ix_answer_by_mail", "answered_at", where="door = 'mail'"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    envelope_id: Mapped[int] = mapped_column(ForeignKey("envelope.id"), index=True)
    line: Mapped[int] = mapped_column(default=0)
    button: Mapped[str]
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    door: Mapped[str]
    answered_at: Mapped[datetime]
    revision: Mapped[int]
    undone_at: Mapped[datetime | None]
    understood: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    before: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)

    envelope: Mapped[Envelope] = relationship(back_populates="answers")
    by: Mapped[Person] = relationship()

    @hybrid_property
    def is_by_mail(self) -> bool:
        """Whether a reply gave it."""
        return self.door == MAIL

    @is_by_mail.inplace.expression
    @classmethod
    def _is_by_mail(cls) -> ColumnElement[bool]:
        return cls.door == literal(MAIL, literal_execute=True)


class Round(Base):
    """What the post office remembers of a kind: since when it is known, and up to which moment it was collected."""

    __tablename__ = "round"

    kind: Mapped[str] = mapped_column(primary_key=True)
    known_since: Mapped[datetime]
    collected_to: Mapped[datetime]


class SampleRequest(Base):
    """That an administrator asked for a test mail of a kind, to themself."""

    __tablename__ = "sample_request"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    language: Mapped[str]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    asked_at: Mapped[datetime] = mapped_column(index=True)

    person: Mapped[Person] = relationship()
