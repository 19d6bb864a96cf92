"""Meetings: proposed, planned, answered, moved, called off. Each is one event in the calendars of who is in it."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    and_,
    func,
    literal_column,
    select,
)
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.orm import relationship as linked

from mentorly.mentoring.base import Base, Private, Refused, partial_index
from mentorly.mentoring.people import Person
from mentorly.mentoring.relationships import Relationship, leads

MOST_TIMES = 3
LENGTHS = range(10, 481)
PLACE_LENGTH, LINK_LENGTH, WORDS_LENGTH = 200, 500, 2000
ONE_SECOND = timedelta(seconds=1)
FEWEST = 2


class Stage(StrEnum):
    """How far a meeting is: its time is still asked about, it has one, or it is off."""

    PROPOSED = "proposed"
    PLANNED = "planned"
    OFF = "off"


class Coming(StrEnum):
    """What somebody said to a meeting."""

    UNSAID = "unsaid"
    YES = "yes"
    MAYBE = "maybe"
    NO = "no"


class Told(StrEnum):
    """How somebody hears of a meeting: by an invitation for their calendar, by a mail alone, or they know of it."""

    INVITED = "invited"
    WRITTEN_TO = "written to"
    KNOWS = "knows"


class Where(NamedTuple):
    """Where a meeting is: a place, the web address of a video meeting, a telephone number, or some of them."""

    place: str = ""
    link: str = ""
    phone: str = ""

    def checked(self) -> "Where":
        """The same, tidied. Raises Refused."""
        place, link, phone = (" ".join(words.split()) for words in self)
        if len(place) > PLACE_LENGTH or len(phone) > PLACE_LENGTH:
            raise Refused("A place or a telephone number has at most {most} characters.", most=PLACE_LENGTH)
        if link and (not link.startswith("https://") or " " in link or len(link) > LINK_LENGTH):
            raise Refused("The address of a video meeting begins with https:// and holds no spaces.")
        return Where(place, link, phone)


class Meeting(Base):
    """A meeting of a relationship, or of some of its members.

    number: which one of its relationship it is, from 1. uid: its name in every calendar, for its whole life.
    sequence: goes up with every change that people are told of; changed_at: the moment of the last one, in whole
    seconds and later than the one before (rules A13). starts_at, ends_at: None while its time is asked about.
    proposed_times: those that can be chosen then. counter_at: when somebody would rather meet. agenda, place, link,
    phone, reason: what people wrote, private to them. agenda_asked_at, held_asked_at, held_asked_again_at: when those
    questions left. is_for_all: everybody who joins the relationship is in it. held: whether it took place, as far as
    somebody said so. event_*: the event of a person's own calendar that it is, by its owner, its UID and which one of a
    series it is. revision: goes up with every change.
    """

    __tablename__ = "meeting"
    __table_args__ = (
        UniqueConstraint("event_owner_id", "event_uid", "event_recurrence"),
        partial_index("ix_meeting_starts", "starts_at", where="stage = 'planned'"),
        partial_index("ix_meeting_ends", "ends_at", where="stage = 'planned' AND held IS NULL"),
        partial_index("ix_meeting_asked", "held_asked_at", where="held_asked_at IS NOT NULL AND held IS NULL"),
        partial_index("ix_meeting_proposed", "proposed_at", where="stage = 'proposed'"),
        partial_index("ix_meeting_countered", "countered_at", where="countered_at IS NOT NULL"),
        partial_index("ix_meeting_kept", "kept_at", where="kept_at IS NOT NULL"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    relationship_id: Mapped[int] = mapped_column(ForeignKey("relationship.id"), index=True)
    number: Mapped[int]
    uid: Mapped[str] = mapped_column(unique=True)
    stage: Mapped[str]
    sequence: Mapped[int] = mapped_column(default=0)
    changed_at: Mapped[datetime]
    proposed_at: Mapped[datetime]
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    minutes: Mapped[int] = mapped_column()
    place: Mapped[str] = mapped_column(Private, default="")
    link: Mapped[str] = mapped_column(Private, default="")
    phone: Mapped[str] = mapped_column(Private, default="")
    agenda: Mapped[str] = mapped_column(Private, default="")
    agenda_asked_at: Mapped[datetime | None]
    is_for_all: Mapped[bool]
    counter_at: Mapped[datetime | None]
    counter_minutes: Mapped[int | None]
    counter_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    countered_at: Mapped[datetime | None]
    kept_at: Mapped[datetime | None]
    kept_for_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    changed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    off_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(Private, default="")
    held: Mapped[bool | None]
    held_asked_at: Mapped[datetime | None]
    held_asked_again_at: Mapped[datetime | None]
    event_owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    event_uid: Mapped[str | None] = mapped_column(Private)
    event_recurrence: Mapped[str | None] = mapped_column(String)
    event_sequence: Mapped[int] = mapped_column(default=0)
    event_stamp: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(default=0)

    relationship: Mapped[Relationship] = linked()
    proposed_by: Mapped[Person] = linked(foreign_keys=[proposed_by_id])
    changed_by: Mapped[Person | None] = linked(foreign_keys=[changed_by_id])
    counter_by: Mapped[Person | None] = linked(foreign_keys=[counter_by_id])
    kept_for: Mapped[Person | None] = linked(foreign_keys=[kept_for_id])
    event_owner: Mapped[Person | None] = linked(foreign_keys=[event_owner_id])
    attendances: Mapped[list["Attendance"]] = linked(back_populates="meeting", order_by="Attendance.id")
    proposed_times: Mapped[list["ProposedTime"]] = linked(order_by="ProposedTime.number", cascade="all, delete-orphan")

    @classmethod
    def begin(
        cls, together: Relationship, by: Person, people: Iterable[Person], minutes: int, where: "Where", now: datetime
    ) -> "Meeting":
        """A meeting that has no time yet. by: comes, whenever it is. Raises Refused."""
        people = list(people)
        is_for_all = len(people) == len(together.present)
        _check_length(minutes)
        place, link, phone = where.checked()
        return cls(
            relationship=together, number=cls._next_number(together), uid=str(uuid.uuid4()), stage=Stage.PROPOSED,
            sequence=0, revision=0,
            changed_at=now.replace(microsecond=0), proposed_at=now, proposed_by=by, minutes=minutes, place=place,
            link=link, phone=phone, agenda="", reason="", event_sequence=0,
            is_for_all=is_for_all,
            attendances=[Attendance.of(one, Coming.YES if one is by else Coming.UNSAID) for one in people],
        )  # fmt: skip

    @classmethod
    def _next_number(cls, together: Relationship) -> int:
        known = select(func.count()).select_from(cls).where(cls.relationship_id == together.id)
        return (together.session.scalar(known) or 0) + 1

    @hybrid_property
    def is_planned(self) -> bool:
        """Whether it has a time, and is not off."""
        return self.stage == Stage.PLANNED

    @is_planned.inplace.expression
    @classmethod
    def _is_planned(cls) -> ColumnElement[bool]:
        return cls.stage == literal_column("'planned'")

    @hybrid_property
    def is_proposed(self) -> bool:
        """Whether its time is still asked about."""
        return self.stage == Stage.PROPOSED

    @is_proposed.inplace.expression
    @classmethod
    def _is_proposed(cls) -> ColumnElement[bool]:
        return cls.stage == literal_column("'proposed'")

    @hybrid_property
    def awaits_word(self) -> bool:
        """Whether nobody has said if it took place."""
        return self.stage == Stage.PLANNED and self.held is None

    @awaits_word.inplace.expression
    @classmethod
    def _awaits_word(cls) -> ColumnElement[bool]:
        return and_(cls.stage == literal_column("'planned'"), cls.held.is_(None))

    @property
    def where(self) -> Where:
        """Where it is."""
        return Where(self.place, self.link, self.phone)

    @property
    def present(self) -> list["Attendance"]:
        """Who is in it now."""
        return [one for one in self.attendances if one.left_at is None]

    @property
    def is_own_event(self) -> bool:
        """Whether it is an event of a person's own calendar, which that person's calendar moves and calls off."""
        return self.event_owner is not None

    def is_over(self, now: datetime) -> bool:
        """Whether it was planned, and its time has passed."""
        return self.stage == Stage.PLANNED and self.ends_at is not None and self.ends_at <= now

    def is_upcoming(self, now: datetime) -> bool:
        """Whether it is planned and not over."""
        return self.stage == Stage.PLANNED and not self.is_over(now)

    def attendance(self, person: Person) -> "Attendance | None":
        """What a person is to it, if they are in it now."""
        return next((one for one in self.present if one.person is person), None)

    def others(self, person: Person) -> list[Person]:
        """Who is in it besides a person."""
        return [one.person for one in self.present if one.person is not person]

    def pick(self, by: Person, number: int, now: datetime) -> None:
        """Choose one of the proposed times, by its number from 1. Raises Refused."""
        own = self._own(by)
        if self.stage != Stage.PROPOSED:
            raise Refused("The time of this meeting is not asked about any more.")
        if by is self.proposed_by:
            raise Refused("The others choose one of the times that you proposed.")
        chosen = next((one for one in self.proposed_times if one.number == number), None)
        if chosen is None:
            raise Refused("There is no time {number} to choose.", number=number)
        for one in self.present:
            one.coming = Coming.YES if one is own or one.person is self.proposed_by else one.coming
        self.plan(chosen.starts_at, now)

    def propose_others(self, by: Person, times: Sequence[datetime], now: datetime) -> None:
        """Propose other times, because none of those that were proposed suits. Raises Refused."""
        own = self._own(by)
        if self.stage != Stage.PROPOSED:
            raise Refused("The time of this meeting is not asked about any more.")
        self.proposed_by, self.proposed_at = by, max(now, self.proposed_at + ONE_SECOND)
        for one in self.present:
            one.coming = Coming.YES if one is own else Coming.UNSAID
        self.offer(times, now)

    def put_proposal_back(
        self, by: Person, proposer: Person, proposed_at: datetime, times: Sequence[datetime], now: datetime
    ) -> None:
        """Ask about the times again that were proposed before, while nobody was invited. Raises Refused.

        proposer, proposed_at: who proposed them, and when.
        """
        own = self._own(by)
        if self.stage == Stage.OFF or any(one.heard_sequence is not None for one in self.present):
            raise Refused(
                "The others have been told already, so this cannot be taken back. Propose another time instead."
            )
        for time in times:
            _check_time(self.relationship, time, now)
        if self.relationship.first_meeting_at == self.starts_at:
            self.relationship.first_meeting_at = None
        self.stage, self.starts_at, self.ends_at = Stage.PROPOSED, None, None
        self.proposed_by, self.proposed_at = proposer, proposed_at
        self.proposed_times = []
        self.relationship.session.flush()
        self.proposed_times = [ProposedTime(number=n, starts_at=time) for n, time in enumerate(times, 1)]
        for one in self.present:
            one.due_at = one.told_at = None
            one.coming = Coming.YES if one.person is proposer else Coming.UNSAID if one is own else one.coming
        self._changed(now)  # an invitation on its way at this moment is not taken for the next one

    def answer(
        self, by: Person, coming: Coming, now: datetime, *, sequence: int | None = None, stamp: datetime | None = None
    ) -> bool:
        """Keep whether an attendee comes; returns whether that counts. Raises Refused.

        sequence: of an answer by a calendar, which change it answers; stamp: when the answer was given, if it was not
        now. One by a calendar that is older than what is known changes nothing, and one to an earlier time is kept
        beside (RFC 5546 2.1.5).
        """
        own = self._own(by)
        self._check_planned(now)
        known = sequence is None or sequence >= own.sequence
        if not own.is_latest(sequence, stamp, now):
            return False
        if not known:
            own.said_to_earlier = coming
            return False
        was, own.coming, own.said_to_earlier, own.answered_at = own.coming, coming, "", now
        own.declined_at = (own.declined_at if was == Coming.NO else now) if coming == Coming.NO else None
        self.revision += 1
        return True

    def take_back(self, by: Person, coming: Coming, now: datetime) -> None:
        """Put back what somebody said before their last answer, or would rather have. Raises Refused."""
        own = self._own(by)
        self._check_planned(now)
        if self.counter_by is by:
            self._drop_counter()
        own.coming, own.answered_at, own.answer_stamp = coming, now, now
        own.declined_at = now if coming == Coming.NO else None
        self.revision += 1

    def counter(
        self, by: Person, at: datetime, now: datetime, *, minutes: int | None = None, sequence: int | None = None,
        stamp: datetime | None = None,
    ) -> bool:  # fmt: skip
        """Say that one would rather meet at another time; the others are asked; returns whether that counts.

        sequence, stamp: of an answer by a calendar, as of `answer`. Raises Refused.
        """
        own = self._own(by)
        self.check_movable(by, now)
        if at == self.starts_at and minutes in {None, self.minutes}:
            raise Refused("That is when the meeting is planned already.")
        _check_time(self.relationship, at, now)
        if minutes is not None:
            _check_length(minutes)
        if not own.is_latest(sequence, stamp, now) or (sequence is not None and sequence < own.sequence):
            return False
        self.counter_at, self.counter_minutes, self.counter_by = at, minutes, by
        self.countered_at = max(now, self.countered_at + ONE_SECOND) if self.countered_at else now
        self.kept_at = None
        own.coming, own.answered_at, own.declined_at = Coming.MAYBE, now, None
        self.revision += 1
        return True

    def take_counter(self, by: Person, now: datetime) -> None:
        """Move it to the time that another would rather have. Raises Refused."""
        own = self._own(by)
        at, other = self._countered(by)
        self.alter(other, now, starts_at=at, minutes=self.counter_minutes)
        own.coming = Coming.YES

    def keep_time(self, by: Person, now: datetime) -> None:
        """Leave it at its time, and let who would rather have another know. Raises Refused."""
        self._own(by)
        _, other = self._countered(by)
        self.kept_at, self.kept_for = now, other
        self._drop_counter()
        self.revision += 1

    def put_counter_back(
        self, by: Person, other: Person, at: datetime, minutes: int | None, countered_at: datetime, now: datetime
    ) -> None:
        """Ask once more about the time that another would rather have, which was refused before. Raises Refused.

        countered_at: when it was asked about first.
        """
        self._own(by)
        self._check_planned(now)
        _check_time(self.relationship, at, now)
        self.counter_at, self.counter_minutes, self.counter_by, self.countered_at = at, minutes, other, countered_at
        self.kept_at = self.kept_for = None
        self.revision += 1

    def change(
        self, by: Person, now: datetime, *, starts_at: datetime | None = None, minutes: int | None = None,
        where: Where | None = None,
    ) -> None:  # fmt: skip
        """Move a planned meeting, or change its length or place; None leaves a thing as it is. Raises Refused."""
        self._own(by)
        self.check_movable(by, now)
        self.alter(by, now, starts_at=starts_at, minutes=minutes, where=where)

    def call_off(self, by: Person, reason: str, now: datetime) -> None:
        """Call it off; who was invited is told. Raises Refused."""
        if not self.attendance(by) and not by.is_administrator and not leads(by, self.relationship):
            raise Refused("Only who is in a meeting calls it off.")
        if self.stage == Stage.OFF:
            raise Refused("This meeting has been called off already.")
        if self.is_over(now) or self.held is not None:
            raise Refused("This meeting is over, so it cannot be called off.")
        self._check_moves_here(by)
        if len(reason) > WORDS_LENGTH:
            raise Refused("A reason has at most {most} characters.", most=WORDS_LENGTH)
        self.end(by, reason.strip(), now)

    def take_in(self, person: Person, now: datetime) -> None:
        """Let somebody who has just joined the relationship be in it too."""
        one = Attendance.of(person, Coming.UNSAID)
        one.told = Told.WRITTEN_TO if self.is_own_event else Told.INVITED
        self.attendances.append(one)
        if self.stage == Stage.PLANNED:
            self._changed(now)  # newer than the cancellation that told a calendar of their leaving
            one.tell(now, self.sequence)
        self.revision += 1

    def take_out(self, person: Person, now: datetime) -> None:
        """Let somebody be in it no more: their calendar forgets it.

        One with nobody else in it is off, and one that is an event of theirs, which nobody else could move.
        """
        own = self.attendance(person)
        if own is None:
            return
        if len(self.present) <= FEWEST or self.event_owner is person:
            self.end(person, "", now)
        else:
            self._changed(now)
            if self.counter_by is person:
                self._drop_counter()
            own.off_at = None if own.told == Told.KNOWS else now
        own.left_at = now

    def write_agenda(self, by: Person, words: str, now: datetime) -> None:
        """Keep what it is going to be about; its lines are the points. Raises Refused."""
        self._own(by)
        if self.stage == Stage.OFF or self.is_over(now):
            raise Refused("This meeting is over or off, so it needs no agenda.")
        if len(words) > WORDS_LENGTH:
            raise Refused("An agenda has at most {most} characters.", most=WORDS_LENGTH)
        self.agenda = words.strip()
        self.revision += 1

    def add_to_agenda(self, by: Person, words: str, now: datetime) -> None:
        """Add lines to what it is going to be about; what is there already stays. Raises Refused."""
        known = self.agenda.splitlines()
        new = [line.strip() for line in words.splitlines() if line.strip() and line.strip() not in known]
        self.write_agenda(by, "\n".join([*known, *new]), now)

    def cut_agenda(self, by: Person, lines: int, now: datetime) -> None:
        """Leave so many of its first lines. Raises Refused."""
        self.write_agenda(by, "\n".join(self.agenda.splitlines()[:lines]), now)

    def is_unconfirmed(self, now: datetime) -> bool:
        """Whether it is over, and nobody said if it took place although they were asked twice."""
        return self.is_over(now) and self.held is None and self.held_asked_again_at is not None

    def check_held(self, by: Person, now: datetime) -> None:
        """Refuse to hear from this person whether it took place."""
        self._own(by)
        self.relationship.check_open(now)
        if self.stage != Stage.PLANNED or self.starts_at is None:
            raise Refused("This meeting was not planned, so it cannot have taken place. Log it as a session instead.")
        if self.starts_at > now:
            raise Refused("This meeting has not begun yet.")

    def not_held(self, by: Person, now: datetime) -> None:
        """Keep that it did not take place. Raises Refused."""
        self.check_held(by, now)
        self._check_not_logged()
        self.held = False
        self.revision += 1

    def held_is_open(self, by: Person, now: datetime) -> None:
        """Take back that it did not take place. Raises Refused."""
        self.check_held(by, now)
        self._check_not_logged()
        self.held = None
        self.revision += 1

    def offer(self, times: Sequence[datetime], now: datetime) -> None:
        """Ask about some times; a single one is planned at once. Raises Refused."""
        offered = sorted(set(times))
        if not 1 <= len(offered) <= MOST_TIMES:
            raise Refused("Propose one, two or three times.")
        for time in offered:
            _check_time(self.relationship, time, now)
        if len(offered) == 1:
            self.plan(offered[0], now)
        else:
            self.proposed_times = [ProposedTime(number=n, starts_at=time) for n, time in enumerate(offered, 1)]
            self.revision += 1

    def plan(self, at: datetime, now: datetime) -> None:
        """Give it its time: from now on it is an event in calendars. Raises Refused."""
        _check_time(self.relationship, at, now)
        self.stage = Stage.PLANNED
        self._set_time(at, self.minutes)
        self.changed_at = max(now.replace(microsecond=0), self.changed_at)
        for one in self.present:
            one.tell(now, self.sequence)
        self.revision += 1
        if self.relationship.first_meeting_at is None:
            self.relationship.first_meeting_at = at

    def alter(
        self, by: Person, now: datetime, *, starts_at: datetime | None = None, minutes: int | None = None,
        where: Where | None = None,
    ) -> None:  # fmt: skip
        """Change what people are told of, if anything changes; whoever may. Raises Refused."""
        at, length = starts_at or self.starts_at, minutes or self.minutes
        _check_length(length)
        place = self.where if where is None else where.checked()
        if at is None or (at, length, place) == (self.starts_at, self.minutes, self.where):
            return
        if at != self.starts_at:
            _check_time(self.relationship, at, now)
        if (at, length) != (self.starts_at, self.minutes):
            for one in self.present:
                one.coming = Coming.YES if one.person is by else Coming.UNSAID
                one.declined_at = None
            if self.relationship.first_meeting_at == self.starts_at:
                self.relationship.first_meeting_at = at
            self._set_time(at, length)
        self.place, self.link, self.phone = place
        self._tell(by, now)

    def _set_time(self, at: datetime, minutes: int) -> None:
        self.minutes, self.starts_at, self.ends_at = minutes, at, at + timedelta(minutes=minutes)
        self._drop_counter()
        self.proposed_times = []
        self.agenda_asked_at = self.held_asked_at = self.held_asked_again_at = None

    def _tell(self, by: Person, now: datetime) -> None:
        """Let a change fall due for everybody in it."""
        self._changed(now)
        self.changed_by = by
        for one in self.present:
            one.tell(now, self.sequence)

    def _changed(self, now: datetime) -> None:
        """Give it the number and the moment of a change (rules A13)."""
        self.sequence += 1
        self.revision += 1
        self.changed_at = max(now.replace(microsecond=0), self.changed_at + ONE_SECOND)

    def _drop_counter(self) -> None:
        self.counter_at = self.counter_minutes = self.counter_by = self.countered_at = None

    def end(self, by: Person, reason: str, now: datetime) -> None:
        """Let it be off, whoever may; who was invited is told."""
        self.stage, self.reason = Stage.OFF, reason
        self._drop_counter()
        self._tell(by, now)
        self.off_at = now
        for one in self.present:
            one.off_at = None if one.told == Told.KNOWS else now
        if self.relationship.first_meeting_at == self.starts_at:
            self.relationship.first_meeting_at = None

    def _own(self, by: Person) -> "Attendance":
        own = self.attendance(by)
        if own is None:
            raise Refused("You are not in this meeting.")
        return own

    def _check_planned(self, now: datetime) -> None:
        if self.stage == Stage.OFF:
            raise Refused("This meeting has been called off.")
        if self.stage != Stage.PLANNED:
            raise Refused("This meeting has no time yet: choose one of those that were proposed.")
        if self.is_over(now):
            raise Refused("This meeting is over.")

    def _check_not_logged(self) -> None:
        if self.held:
            raise Refused("This meeting is in the session log already: correct it there.")

    def check_movable(self, by: Person, now: datetime) -> None:
        """Refuse to move what is over, or off, or an event of a person's own calendar."""
        self._check_planned(now)
        self._check_moves_here(by)

    def _check_moves_here(self, by: Person) -> None:
        if self.event_owner is by:
            raise Refused("This meeting is in your own calendar: move it or call it off there.")
        if self.event_owner is not None:
            name = self.event_owner.name
            raise Refused("This meeting is in the calendar of {name}: they move it or call it off there.", name=name)

    def _countered(self, by: Person) -> tuple[datetime, Person]:
        if self.stage != Stage.PLANNED or self.counter_at is None or self.counter_by is None:
            raise Refused("Nobody asks for another time of this meeting any more.")
        if self.counter_by is by:
            raise Refused("The others answer to the time that you would rather have.")
        return self.counter_at, self.counter_by


class ProposedTime(Base):
    """One of the times that a meeting was proposed for. number: from 1."""

    __tablename__ = "proposed_time"

    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    starts_at: Mapped[datetime]


class Attendance(Base):
    """A person in a meeting.

    coming: what they said to its present time; said_to_earlier: what they said to an earlier one, after it had moved.
    answer_sequence, answer_stamp: of their last answer. told: how they hear of it. due_at, sequence: the moment and the
    number of the change that they are to be told of next, or were told of last; told_at: when that left.
    heard_sequence: the number of the first that they were told of. off_at: when it was called off, or they were taken
    out of it; off_told_at: when they were told that. declined_at: when they said that they cannot come.
    """

    __tablename__ = "attendance"
    __table_args__ = (
        partial_index("uq_attendance_present", "meeting_id", "person_id", unique=True, where="left_at IS NULL"),
        partial_index("ix_attendance_due", "due_at", where="due_at IS NOT NULL AND told_at IS NULL"),
        partial_index("ix_attendance_off", "off_at", where="off_at IS NOT NULL AND off_told_at IS NULL"),
        partial_index("ix_attendance_declined", "declined_at", where="declined_at IS NOT NULL"),
        Index("ix_attendance_person_id", "person_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    told: Mapped[str] = mapped_column(default=Told.INVITED)
    coming: Mapped[str] = mapped_column(default=Coming.UNSAID)
    said_to_earlier: Mapped[str] = mapped_column(default="")
    answered_at: Mapped[datetime | None]
    answer_sequence: Mapped[int] = mapped_column(default=0)
    answer_stamp: Mapped[datetime | None]
    sequence: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime | None]
    told_at: Mapped[datetime | None]
    heard_sequence: Mapped[int | None]
    declined_at: Mapped[datetime | None]
    off_at: Mapped[datetime | None]
    off_told_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None]

    meeting: Mapped[Meeting] = linked(back_populates="attendances")
    person: Mapped[Person] = linked()

    @hybrid_property
    def is_present(self) -> bool:
        """Whether the person is in it now."""
        return self.left_at is None

    @is_present.inplace.expression
    @classmethod
    def _is_present(cls) -> ColumnElement[bool]:
        return cls.left_at.is_(None)

    @hybrid_property
    def is_invited(self) -> bool:
        """Whether the person has an event from us in their calendar."""
        return self.told == Told.INVITED

    @is_invited.inplace.expression
    @classmethod
    def _is_invited(cls) -> ColumnElement[bool]:
        return cls.told == literal_column("'invited'")

    @hybrid_property
    def is_written_to(self) -> bool:
        """Whether the person hears of it by a mail alone, as the event is in another's own calendar."""
        return self.told == Told.WRITTEN_TO

    @is_written_to.inplace.expression
    @classmethod
    def _is_written_to(cls) -> ColumnElement[bool]:
        return cls.told == literal_column("'written to'")

    @hybrid_property
    def has_declined(self) -> bool:
        """Whether the person cannot come."""
        return self.coming == Coming.NO

    @has_declined.inplace.expression
    @classmethod
    def _has_declined(cls) -> ColumnElement[bool]:
        return cls.coming == literal_column("'no'")

    @hybrid_property
    def is_unsaid(self) -> bool:
        """Whether the person has not said if they come."""
        return self.coming == Coming.UNSAID

    @is_unsaid.inplace.expression
    @classmethod
    def _is_unsaid(cls) -> ColumnElement[bool]:
        return cls.coming == literal_column("'unsaid'")

    @property
    def revision(self) -> int:
        """That of the meeting: whatever happens to it, an answer given before can be undone no more."""
        return self.meeting.revision

    @classmethod
    def of(cls, person: Person, coming: Coming) -> "Attendance":
        """Somebody in a meeting, who is going to be invited to it."""
        return cls(person=person, coming=coming, told=Told.INVITED, said_to_earlier="", answer_sequence=0, sequence=0)

    def is_latest(self, sequence: int | None, stamp: datetime | None, now: datetime) -> bool:
        """Keep which change an answer answers, and when it was given; False if a later one is known already.

        sequence: None for an answer that no calendar gave, which always counts. stamp: None for now.
        """
        known, given_at = self.answer_stamp, stamp or now
        if sequence is not None and known and (sequence, given_at) <= (self.answer_sequence, known):
            return False
        self.answer_sequence, self.answer_stamp = self.sequence if sequence is None else sequence, given_at
        return True

    def tell(self, at: datetime, sequence: int) -> None:
        """Let a change fall due, unless they know of it."""
        self.due_at, self.sequence, self.told_at = None if self.told == Told.KNOWS else at, sequence, None

    def heard(self, now: datetime) -> None:
        """Keep that they were told of the last change."""
        self.told_at = now
        if self.heard_sequence is None:
            self.heard_sequence = self.sequence
        together = self.meeting.relationship
        if together.first_meeting_at == self.meeting.starts_at:
            together.first_meeting_told_at = now

    @property
    def is_told_of_a_change(self) -> bool:
        """Whether they were told of the meeting before its last change."""
        return self.heard_sequence is not None and self.heard_sequence < self.sequence


def _check_length(minutes: int) -> None:
    if minutes not in LENGTHS:
        raise Refused("A meeting lasts between {least} and {most} minutes.", least=LENGTHS[0], most=LENGTHS[-1])


def _check_time(together: Relationship, at: datetime, now: datetime) -> None:
    if at <= now:
        raise Refused("A meeting has to be in the future.")
    if not together.lasts_until(at):
        raise Refused("This relationship ends on {day}: a meeting has to be before that.", day=together.ends_on)


def check_wish(
    together: Relationship, now: datetime, *, at: datetime | None = None, minutes: int | None = None
) -> None:
    """Refuse a time or a length that no meeting of a relationship can have; None asks for neither. Raises Refused.

    For doors that ask for several, and say what is wrong with each.
    """
    if at is not None:
        _check_time(together, at, now)
    if minutes is not None:
        _check_length(minutes)
