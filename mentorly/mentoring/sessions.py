"""The session log: what took place, for how long and about what, and who confirmed it."""

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, ForeignKey, UniqueConstraint, and_, func, select
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.orm import relationship as linked

from mentorly.mentoring.base import Base, Private, Refused, partial_index
from mentorly.mentoring.course_changes import lock_until_first_meeting, open_after_first_meeting
from mentorly.mentoring.meetings import WORDS_LENGTH, Meeting
from mentorly.mentoring.outcomes import check_held
from mentorly.mentoring.people import Person
from mentorly.mentoring.relationships import Relationship

MINUTES = range(1, 721)
LONGEST_AGO = timedelta(days=366)


class Way(StrEnum):
    """How people met: at a meeting, or by telephone or mail in place of one."""

    MEETING = "meeting"
    PHONE = "phone"
    MAIL = "mail"


class SessionLog(Base):
    """One line of a relationship's session log. minutes: as who logged it says. topics: private to its people."""

    __tablename__ = "session_log"

    id: Mapped[int] = mapped_column(primary_key=True)
    relationship_id: Mapped[int] = mapped_column(ForeignKey("relationship.id"), index=True)
    meeting_id: Mapped[int | None] = mapped_column(ForeignKey("meeting.id"), unique=True)
    way: Mapped[str]
    began_at: Mapped[datetime]
    minutes: Mapped[int]
    topics: Mapped[str] = mapped_column(Private, default="")
    logged_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    logged_at: Mapped[datetime]
    corrected_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    struck_at: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(default=0)

    relationship: Mapped[Relationship] = linked()
    meeting: Mapped[Meeting | None] = linked()
    logged_by: Mapped[Person] = linked(foreign_keys=[logged_by_id])
    corrected_by: Mapped[Person | None] = linked(foreign_keys=[corrected_by_id])
    shares: Mapped[list["SessionShare"]] = linked(back_populates="log", order_by="SessionShare.id")

    @classmethod
    def of_meeting(cls, meeting: Meeting, by: Person, minutes: int | None, topics: str, now: datetime) -> "SessionLog":
        """Log that a meeting took place; the others are asked to confirm. minutes: None: as planned. Raises Refused."""
        check_held(meeting, by, now)
        known = log_of(meeting)
        if known:
            raise Refused("This meeting is in the session log already.")
        meeting.held = True
        meeting.revision += 1
        log = cls._new(meeting.relationship, by, Way.MEETING, meeting.starts_at or now, minutes or meeting.minutes, now)
        log.meeting = meeting
        return log._added(topics, [one.person for one in meeting.present])  # noqa: SLF001 - it is one of us

    @classmethod
    def add(
        cls, together: Relationship, by: Person, way: Way, began_at: datetime, minutes: int, topics: str, now: datetime
    ) -> "SessionLog":
        """Log what took place without a planned meeting: a meeting, a call or an exchange of mails. Raises Refused."""
        if not together.member(by):
            raise Refused("Only its members write in the session log of a relationship.")
        if together.ended_at is not None:
            raise Refused("This relationship has ended, so nothing can be added to its session log.")
        if began_at > now:
            raise Refused("A session can be logged once it has taken place.")
        if began_at < max(together.began_at - LONGEST_AGO, now - LONGEST_AGO):
            raise Refused("That is too long ago to be logged.")
        log = cls._new(together, by, way, began_at, minutes, now)
        return log._added(topics, [member.person for member in together.present])  # noqa: SLF001 - it is one of us

    @classmethod
    def take_out(cls, meeting: Meeting, by: Person, now: datetime) -> None:
        """Take back that a meeting took place, while nobody else has said anything about it. Raises Refused."""
        log = log_of(meeting)
        if log is None:
            raise Refused("This meeting is not in the session log any more.")
        if log.revision:
            raise Refused("The others have confirmed or corrected it since. Correct the session log instead.")
        log.strike(by, now)

    @classmethod
    def _new(
        cls, together: Relationship, by: Person, way: Way, began_at: datetime, minutes: int, now: datetime
    ) -> "SessionLog":
        return cls(
            relationship=together, way=way, began_at=began_at, minutes=minutes, logged_by=by, logged_at=now, revision=0
        )

    def _added(self, topics: str, people: list[Person]) -> "SessionLog":
        _check(self.minutes, topics)
        self.topics, at = topics.strip(), self.logged_at
        self.shares = [
            SessionShare(person=person, asked_at=at, confirmed_at=at if person is self.logged_by else None)
            for person in people
        ]
        self.relationship.session.add(self)
        self.relationship.session.flush()
        open_after_first_meeting(self.relationship, at)
        _keep_met(self.relationship)
        return self

    @hybrid_property
    def stands(self) -> bool:
        """Whether it was not struck out."""
        return self.struck_at is None

    @stands.inplace.expression
    @classmethod
    def _stands(cls) -> ColumnElement[bool]:
        return cls.struck_at.is_(None)

    @property
    def said_by(self) -> Person:
        """Who says what it says now."""
        return self.corrected_by or self.logged_by

    @property
    def is_confirmed(self) -> bool:
        """Whether everybody who was there confirmed it."""
        return all(share.confirmed_at for share in self.shares)

    def share(self, person: Person) -> "SessionShare | None":
        """What a person has to do with it."""
        return next((one for one in self.shares if one.person_id == person.id or one.person is person), None)

    def correct(self, by: Person, minutes: int, topics: str, now: datetime) -> None:
        """Change what it says; the others are asked to confirm it once more. Raises Refused."""
        own = self._own(by, now)
        _check(minutes, topics)
        self.minutes, self.topics, self.corrected_by = minutes, topics.strip(), by
        self.revision += 1
        for share in self.shares:
            share.asked_at, share.confirmed_at = now, now if share is own else None

    def confirm(self, by: Person, now: datetime) -> None:
        """Keep that a person was there. Raises Refused."""
        own = self._own(by, now)
        if own.confirmed_at is None:
            own.confirmed_at = now
            self.revision += 1

    def unconfirm(self, by: Person, now: datetime) -> None:
        """Take that back. Raises Refused."""
        self._own(by, now).confirmed_at = None
        self.revision += 1

    def strike(self, by: Person, now: datetime) -> None:
        """Strike it out, because it did not take place like that; it is counted no more. Raises Refused."""
        self._own(by, now)
        self.struck_at = now
        self.revision += 1
        if self.meeting is not None:
            self.meeting.held, self.meeting_id, self.meeting = None, None, None
        self.session.flush()
        left = select(SessionLog.id).where(SessionLog.relationship_id == self.relationship_id, SessionLog.stands)
        if self.session.scalar(left.limit(1)) is None:
            lock_until_first_meeting(self.relationship)
        _keep_met(self.relationship)

    def _own(self, by: Person, now: datetime) -> "SessionShare":
        own = self.share(by)
        if own is None:
            raise Refused("This session is in the log of other people.")
        if self.struck_at is not None:
            raise Refused("This session was struck out of the log.")
        self.relationship.check_open(now)
        return own


class SessionShare(Base):
    """That a person was at a session. asked_at: when they were to be asked to confirm it; confirmed_at: when they did.

    minutes: their own, if they were there for another time than the log says.
    """

    __tablename__ = "session_share"
    __table_args__ = (
        UniqueConstraint("session_log_id", "person_id"),
        partial_index("ix_session_share_asked", "asked_at", where="confirmed_at IS NULL"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    session_log_id: Mapped[int] = mapped_column(ForeignKey("session_log.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    minutes: Mapped[int | None]
    asked_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]

    log: Mapped[SessionLog] = linked(back_populates="shares")
    person: Mapped[Person] = linked()

    @property
    def revision(self) -> int:
        """That of the line of the log."""
        return self.log.revision

    @hybrid_property
    def awaits_confirmation(self) -> bool:
        """Whether the person has not confirmed it."""
        return self.confirmed_at is None

    @awaits_confirmation.inplace.expression
    @classmethod
    def _awaits_confirmation(cls) -> ColumnElement[bool]:
        return cls.confirmed_at.is_(None)


def log_of(meeting: Meeting) -> SessionLog | None:
    """The line of the session log about a meeting, if there is one that stands."""
    return meeting.relationship.session.scalar(
        select(SessionLog).where(SessionLog.meeting_id == meeting.id, SessionLog.stands)
    )


def minutes_of(person: Person, together: Relationship) -> int:
    """How many minutes of sessions a person has confirmed in a relationship."""
    summed = (
        select(func.sum(func.coalesce(SessionShare.minutes, SessionLog.minutes)))
        .join(SessionLog, SessionShare.session_log_id == SessionLog.id)
        .where(
            and_(
                SessionLog.relationship_id == together.id,
                SessionLog.stands,
                SessionShare.person_id == person.id,
                ~SessionShare.awaits_confirmation,
            )
        )
    )
    return together.session.scalar(summed) or 0


def _keep_met(together: Relationship) -> None:
    """Keep on the relationship when its last session began."""
    latest = select(func.max(SessionLog.began_at)).where(SessionLog.relationship_id == together.id, SessionLog.stands)
    together.met_at = together.session.scalar(latest)
    together.count_silence()


def _check(minutes: int, topics: str) -> None:
    if minutes not in MINUTES:
        raise Refused("A session takes between {least} minute and {most} minutes.", least=MINUTES[0], most=MINUTES[-1])
    if len(topics) > WORDS_LENGTH:
        raise Refused("Topics have at most {most} characters.", most=WORDS_LENGTH)
