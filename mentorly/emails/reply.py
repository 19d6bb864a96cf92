"""Replies: what became of a message in which a person spoke, and what we answer to it."""

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, false, func, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from mentorly.emails.envelope import Answer, Envelope
from mentorly.emails.received import Received
from mentorly.mentoring.base import Base, Private
from mentorly.mentoring.calls import CallForHelp
from mentorly.mentoring.people import Person
from mentorly.mentoring.remarks import SEALED_FOR, Remark
from mentorly.mentoring.reports import ProgressReport


class Outcome(StrEnum):
    """What became of a reply."""

    TAKEN = "taken"
    DONE_BEFORE = "done before"
    REFUSED = "refused"
    UNDONE = "undone"
    UNCLEAR = "unclear"
    TO_CONFIRM = "to confirm"
    OTHER_ADDRESS = "other address"
    DOUBTFUL = "doubtful"
    DENIED = "denied"
    REMARK = "remark"
    EMPTY = "empty"
    COURTESY = "courtesy"
    GREETED = "greeted"
    HELP = "help"
    DRAFTED = "drafted"
    STOP = "stop"
    WHO_SEES = "who sees"
    EVENT_UNCLEAR = "event unclear"
    EVENT_REFUSED = "event refused"


IN_DOUBT = frozenset({Outcome.OTHER_ADDRESS, Outcome.DOUBTFUL})
A_DAY = timedelta(days=1)
# How many of our mails about the replies of one thread may fall due within a day (inbox T14). What changed something is
# confirmed to a person each time, within reason: no program goes on to change things.
MOST_TOLD = (
    (frozenset({Outcome.TAKEN, Outcome.UNDONE}), 6),
    (frozenset({Outcome.DRAFTED}), 6),
    (IN_DOUBT, 1),
    (frozenset({Outcome.DONE_BEFORE, Outcome.REFUSED, Outcome.UNCLEAR, Outcome.TO_CONFIRM, Outcome.REMARK}), 1),
    (frozenset({Outcome.HELP}), 3),
    (frozenset({Outcome.EVENT_UNCLEAR}), 3),
    (frozenset({Outcome.EVENT_REFUSED}), 3),
    *((frozenset({outcome}), 1) for outcome in (Outcome.GREETED, Outcome.STOP, Outcome.WHO_SEES)),
)


class Reply(Base):
    """One message in which somebody, or somebody's calendar, spoke to us.

    envelope: the mail that it answers. asking: the one whose question it was about, the same or an earlier one. thread:
    the number of the mail that its whole thread began with; below zero for what came to a person's own address in a
    relationship and is about no mail. message_id: its own, with angle brackets; '' if no header
    of ours could hold it. sender: the other address that it came from. button: the one that its words would press.
    sentence: of a refusal, in the writer's language. answer: the one that it gave, took back, or that stood already.
    remark: its words, or those that it said besides, where they are sealed. by_calendar: a calendar spoke; the message
    as it was received says what. call: for help. report: the draft that it made or changed. told_at: the moment of our
    mail about it; None: it gets none.
    """

    __tablename__ = "reply"
    __table_args__ = (
        Index("ix_reply_outcome", "outcome", "told_at"),
        Index("ix_reply_thread", "thread", "told_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    received_id: Mapped[int | None] = mapped_column(ForeignKey("received.id", ondelete="SET NULL"), unique=True)
    envelope_id: Mapped[int | None] = mapped_column(ForeignKey("envelope.id", ondelete="SET NULL"), index=True)
    asking_id: Mapped[int | None] = mapped_column(ForeignKey("envelope.id", ondelete="SET NULL"), index=True)
    thread: Mapped[int]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    message_id: Mapped[str] = mapped_column(String, default="")
    sender: Mapped[str] = mapped_column(Private, default="")
    outcome: Mapped[str]
    button: Mapped[str] = mapped_column(String, default="")
    sentence: Mapped[str] = mapped_column(Private, default="")
    by_calendar: Mapped[bool] = mapped_column(default=False, server_default=false())
    answer_id: Mapped[int | None] = mapped_column(ForeignKey("answer.id", ondelete="SET NULL"), index=True)
    remark_id: Mapped[int | None] = mapped_column(ForeignKey("remark.id"), index=True)
    call_id: Mapped[int | None] = mapped_column(ForeignKey("call_for_help.id"), index=True)
    report_id: Mapped[int | None] = mapped_column(ForeignKey("progress_report.id"), index=True)
    taken_at: Mapped[datetime]
    told_at: Mapped[datetime | None]

    received: Mapped[Received | None] = relationship()
    envelope: Mapped[Envelope | None] = relationship(foreign_keys=[envelope_id])
    asking: Mapped[Envelope | None] = relationship(foreign_keys=[asking_id])
    person: Mapped[Person] = relationship()
    answer: Mapped[Answer | None] = relationship()
    remark: Mapped[Remark | None] = relationship()
    call: Mapped[CallForHelp | None] = relationship()
    report: Mapped[ProgressReport | None] = relationship()

    def another(self) -> "Reply":
        """One more answer in the same message: to another line of a digest."""
        return Reply(
            envelope=self.envelope, thread=self.thread, person=self.person, taken_at=self.taken_at, button="",
            message_id=self.message_id, outcome=Outcome.DENIED, sender="", sentence="",
        )  # fmt: skip

    def seal(self, words: str, outcome: Outcome, now: datetime) -> None:
        """Keep words that did nothing, and let our mail about them fall due."""
        if words.strip():
            self.remark = Remark.keep(self.person, words, now)
        self.tell(outcome, now)

    def tell(self, outcome: Outcome, now: datetime) -> None:
        """Keep what became of it, and let our mail about it fall due, unless there was one today in this thread."""
        self.outcome = outcome
        self.told_at = None if self._is_enough(now) else now

    def _is_enough(self, now: datetime) -> bool:
        outcomes, most = next((row for row in MOST_TOLD if self.outcome in row[0]), (frozenset[Outcome](), 0))
        same = select(func.count()).where(Reply.thread == self.thread, Reply.outcome.in_(outcomes))
        lately = self.session.scalar(same.where(Reply.told_at > now - A_DAY, Reply.id != self.id))
        return (lately or 0) >= most

    @classmethod
    def forget(cls, session: Session, now: datetime) -> None:
        """Delete other addresses and sentences of replies that are older than words are kept."""
        old = update(cls).where(cls.taken_at <= now - SEALED_FOR, or_(cls.sender != "", cls.sentence != ""))
        session.execute(old.values(sender="", sentence="").execution_options(synchronize_session=False))
