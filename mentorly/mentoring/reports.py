"""Progress reports: what a mentor tells the project leads of the mentee's organization, sealed (rules B10, C4)."""

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, ForeignKey, Select, UniqueConstraint, and_, exists, or_, select, update
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, Session, mapped_column, selectinload
from sqlalchemy.orm import relationship as linked

from mentorly.mentoring.base import Base, Refused, partial_index
from mentorly.mentoring.looking_after import looks_after
from mentorly.mentoring.people import Person
from mentorly.mentoring.relationships import Relationship
from mentorly.mentoring.report_readers import check_may_report, check_recipients
from mentorly.mentoring.sealing import Seal, Sealed

REPORT_LENGTH = 5000
DRAFTS_FOR = timedelta(days=14)
TWICE = timedelta(minutes=10)
DRAFT = "drafted_at IS NOT NULL AND sent_at IS NULL AND discarded_at IS NULL"


class Tone(StrEnum):
    """What a report is for: to tell how it goes, to praise, or to raise a major concern."""

    NEWS = "news"
    PRAISE = "praise"
    CONCERN = "concern"


class ProgressReport(Base):
    """A report of a mentor about a relationship: a draft until it is sent. Its author and its recipients read it.

    sealed: its words; b'' once they are deleted. drafted_at: when it came by mail, to be looked at before it is sent.
    discarded_at: when its author threw the draft away. revision: goes up with every change.
    """

    __tablename__ = "progress_report"
    __table_args__ = (
        partial_index("ix_progress_report_drafted", "drafted_at", where=DRAFT),
        partial_index("ix_progress_report_sent", "relationship_id", "sent_at", where="sent_at IS NOT NULL"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    relationship_id: Mapped[int] = mapped_column(ForeignKey("relationship.id"), index=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    tone: Mapped[str]
    is_urgent: Mapped[bool]
    sealed: Mapped[bytes] = mapped_column(Sealed)
    written_at: Mapped[datetime]
    drafted_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    discarded_at: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(default=0)

    relationship: Mapped[Relationship] = linked()
    author: Mapped[Person] = linked()
    recipients: Mapped[list["ReportRecipient"]] = linked(
        back_populates="report", cascade="all, delete-orphan", order_by="ReportRecipient.id"
    )

    @classmethod
    def write(
        cls, together: Relationship, words: str, by: Person, now: datetime, *, tone: Tone, is_urgent: bool
    ) -> "ProgressReport":
        """Write a report and send it at once; what a double press sends twice is sent once. Raises Refused."""
        check_may_report(together, by)
        own = select(cls).where(cls.relationship_id == together.id, cls.author_id == by.id, cls.drafted_at.is_(None))
        last = together.session.scalar(own.where(cls.sent_at > now - TWICE).order_by(cls.id.desc()).limit(1))
        if last and last.words_for(by) == words.strip():
            return last
        report = cls._begin(together, words, by, now)
        report.send(by, now, tone=tone, is_urgent=is_urgent)
        return report

    @classmethod
    def draft(cls, together: Relationship, words: str, by: Person, now: datetime) -> "ProgressReport":
        """Keep words as a draft, which leaves when its author says so. Raises Refused."""
        report = cls._begin(together, words, by, now)
        check_recipients(together, by)
        report.drafted_at = now
        return report

    @classmethod
    def _begin(cls, together: Relationship, words: str, by: Person, now: datetime) -> "ProgressReport":
        check_may_report(together, by)
        report = cls(
            relationship=together, author=by, author_id=by.id, tone=Tone.NEWS, is_urgent=False, written_at=now,
            revision=0, recipients=[],
        )  # fmt: skip
        together.session.add(report)
        report._seal(words)
        together.session.flush()
        return report

    @hybrid_property
    def is_draft(self) -> bool:
        """Whether it was neither sent nor thrown away."""
        return self.drafted_at is not None and self.sent_at is None and self.discarded_at is None

    @is_draft.inplace.expression
    @classmethod
    def _is_draft(cls) -> ColumnElement[bool]:
        return and_(cls.drafted_at.is_not(None), cls.sent_at.is_(None), cls.discarded_at.is_(None))

    def has_expired(self, now: datetime) -> bool:
        """Whether it was a draft for so long that it is one no more."""
        return self.is_draft and self.drafted_at is not None and self.drafted_at + DRAFTS_FOR <= now

    def words_for(self, viewer: Person) -> str:
        """The words, for the author and who got them. Raises Refused."""
        if not self.is_read_by(viewer):
            raise Refused("Only its author and who it was sent to read a progress report.")
        if not self.sealed:
            raise Refused("The words of this report have been deleted.")
        return Seal.of(self.session).open(self.sealed, self._about)

    def is_read_by(self, viewer: Person) -> bool:
        """Whether a person may read it."""
        return viewer.id == self.author_id or any(one.person_id == viewer.id for one in self.recipients)

    def change(self, words: str, by: Person, now: datetime) -> None:
        """Let a draft say something else. Raises Refused."""
        self.check_draft(by, now)
        self._seal(words)
        self.revision += 1

    def send(
        self, by: Person, now: datetime, *, tone: Tone = Tone.NEWS, is_urgent: bool = False, words: str = ""
    ) -> None:
        """Send it to who is to get it now. words: others than the draft's, if there are any. Raises Refused."""
        self.check_draft(by, now)
        self.relationship.check_open(now)
        people = check_recipients(self.relationship, by)
        if words.strip():
            self._seal(words)
        self.tone, self.is_urgent, self.sent_at = Tone(tone), is_urgent, now
        self.recipients = [ReportRecipient(person=one, person_id=one.id, due_at=now) for one in people]
        self.revision += 1
        self.session.flush()

    def take_back(self, by: Person, now: datetime) -> None:
        """Let it be a draft again, while it has not left. Raises Refused."""
        self._check_own(by)
        del now
        if self.sent_at is None or self.drafted_at is None:
            raise Refused("There is nothing to take back.")
        if not self.may_be_taken_back:
            raise Refused("The report has left, so it cannot be taken back.")
        self.sent_at, self.recipients = None, []
        self.revision += 1

    @property
    def may_be_taken_back(self) -> bool:
        """Whether it was a draft that is to be sent, and has reached nobody."""
        going = self.drafted_at is not None and self.sent_at is not None
        return going and not any(one.told_at for one in self.recipients)

    def discard(self, by: Person, now: datetime) -> None:
        """Throw a draft away: its words are deleted. Raises Refused."""
        self.check_draft(by, now)
        self.sealed, self.discarded_at = b"", now
        self.revision += 1

    def check_draft(self, by: Person, now: datetime) -> None:
        """Refuse what is no draft of this person's any more."""
        self._check_own(by)
        if self.sent_at is not None:
            raise Refused("This report has been sent already.")
        if self.discarded_at is not None:
            raise Refused("This draft was thrown away. Please write the report once more.")
        if self.has_expired(now):
            raise Refused("This draft was deleted after 14 days. Please write the report once more.")

    @property
    def _about(self) -> str:
        return f"progress report|{self.relationship_id or self.relationship.id}|{self.author_id}"

    def _check_own(self, by: Person) -> None:
        if by.id != self.author_id:
            raise Refused("Only {name} decides about this report.", name=self.author.name)

    def _seal(self, words: str) -> None:
        words = words.strip()
        if not words:
            raise Refused("Write a few words.")
        if len(words) > REPORT_LENGTH:
            raise Refused(
                "A report has at most {most} characters; yours has {length}.", most=REPORT_LENGTH, length=len(words)
            )
        self.sealed = Seal.of(self.relationship.session).close(words, self._about)

    @classmethod
    def forget(cls, session: Session, now: datetime) -> None:
        """Delete the words of drafts that waited for long enough."""
        old = update(cls).where(cls.is_draft, cls.sealed != b"", cls.drafted_at <= now - DRAFTS_FOR)
        session.execute(old.values(sealed=b"").execution_options(synchronize_session=False))


class ReportRecipient(Base):
    """A project lead who gets a report. due_at: from when; told_at: when it left.

    refused_at: when it became known that their mailbox does not take it; contact: the administrator who hears that,
    None for all of them.
    """

    __tablename__ = "report_recipient"
    __table_args__ = (
        UniqueConstraint("report_id", "person_id"),
        partial_index("ix_report_recipient_due", "due_at", where="told_at IS NULL"),
        partial_index("ix_report_recipient_refused", "refused_at", where="refused_at IS NOT NULL"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("progress_report.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    due_at: Mapped[datetime]
    told_at: Mapped[datetime | None]
    refused_at: Mapped[datetime | None]
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    report: Mapped[ProgressReport] = linked(back_populates="recipients")
    person: Mapped[Person] = linked(foreign_keys=[person_id])

    def not_delivered(self, now: datetime) -> None:
        """Keep that the mailbox does not take it; an administrator hears that, and not what it says."""
        if self.refused_at is None:
            contact = looks_after(self.report.relationship)
            self.refused_at, self.contact_id = now, contact.id if contact else None


def reports_for(viewer: Person, together: Relationship | None = None) -> Select[ProgressReport]:
    """The reports that a person may open, the latest first: those written, and those received."""
    received = exists().where(ReportRecipient.report_id == ProgressReport.id, ReportRecipient.person_id == viewer.id)
    mine = and_(ProgressReport.author_id == viewer.id, ProgressReport.discarded_at.is_(None))
    query = select(ProgressReport).where(or_(mine, received), ProgressReport.sealed != b"")
    if together is not None:
        query = query.where(ProgressReport.relationship_id == together.id)
    return query.options(
        selectinload(ProgressReport.author),
        selectinload(ProgressReport.recipients).selectinload(ReportRecipient.person),
    ).order_by(ProgressReport.written_at.desc(), ProgressReport.id.desc())


def report_of(viewer: Person, number: int, *, to_change: bool = False) -> ProgressReport | None:
    """A report that a person may open. to_change: nobody else changes it meanwhile."""
    query = reports_for(viewer).where(ProgressReport.id == number)
    if to_change:
        query = query.with_for_update(of=ProgressReport).execution_options(populate_existing=True)
    return viewer.session.scalar(query)
