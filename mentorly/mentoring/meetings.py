"""Meetings: planned, moved, called off. Each is one event in the calendars of who is in it."""

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.orm import relationship as linked

from mentorly.mentoring.appointments import Appointment, Stage
from mentorly.mentoring.attendances import Attending, Coming, Told
from mentorly.mentoring.base import Base, Private, Refused, partial_index
from mentorly.mentoring.meeting_times import check_length, check_time
from mentorly.mentoring.people import Person
from mentorly.mentoring.relationships import Relationship, leads
from mentorly.mentoring.whereabouts import Where

WORDS_LENGTH = 2000
FEWEST = 2


class Meeting(Appointment, Base):
    """A meeting of a relationship, or of some of its members.

    number: which one of its relationship it is, from 1. uid: its name in every calendar, for its whole life.
    proposed_times: those that can be chosen while its time is asked about. counter_at: when somebody would rather meet.
    agenda, reason: what people wrote, private to them. agenda_asked_at, held_asked_at, held_asked_again_at: when those
    questions left. is_for_all: everybody who joins the relationship is in it. event_*: the event of a person's own
    calendar that it is, by its owner, its UID and which one of a series it is.
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
    proposed_at: Mapped[datetime]
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
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
    held_asked_at: Mapped[datetime | None]
    held_asked_again_at: Mapped[datetime | None]
    event_owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    event_uid: Mapped[str | None] = mapped_column(Private)
    event_recurrence: Mapped[str | None] = mapped_column(String)
    event_sequence: Mapped[int] = mapped_column(default=0)
    event_stamp: Mapped[datetime | None]

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
        cls, together: Relationship, by: Person, people: Iterable[Person], minutes: int, where: Where, now: datetime
    ) -> "Meeting":
        """A meeting that has no time yet. by: comes, whenever it is. Raises Refused."""
        people = list(people)
        is_for_all = len(people) == len(together.present)
        check_length(minutes)
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

    @property
    def present(self) -> list["Attendance"]:
        """Who is in it now."""
        return [one for one in self.attendances if one.left_at is None]

    @property
    def is_own_event(self) -> bool:
        """Whether it is an event of a person's own calendar, which that person's calendar moves and calls off."""
        return self.event_owner is not None

    def attendance(self, person: Person) -> "Attendance | None":
        """What a person is to it, if they are in it now."""
        return next((one for one in self.present if one.person is person), None)

    def others(self, person: Person) -> list[Person]:
        """Who is in it besides a person."""
        return [one.person for one in self.present if one.person is not person]

    def is_unconfirmed(self, now: datetime) -> bool:
        """Whether it is over, and nobody said if it took place although they were asked twice."""
        return self.is_over(now) and self.held is None and self.held_asked_again_at is not None

    def change(
        self, by: Person, now: datetime, *, starts_at: datetime | None = None, minutes: int | None = None,
        where: Where | None = None,
    ) -> None:  # fmt: skip
        """Move a planned meeting, or change its length or place; None leaves a thing as it is. Raises Refused."""
        self.own(by)
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
            self.changed(now)  # newer than the cancellation that told a calendar of their leaving
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
            self.changed(now)
            if self.counter_by is person:
                self.drop_counter()
            own.off_at = None if own.told == Told.KNOWS else now
        own.left_at = now

    def plan(self, at: datetime, now: datetime) -> None:
        """Give it its time: from now on it is an event in calendars. Raises Refused."""
        check_time(self.relationship, at, now)
        self.stage = Stage.PLANNED
        self._set_time(at, self.minutes)
        self.changed_at = max(now.replace(microsecond=0), self.changed_at)
        for one in self.present:
            one.tell(now, self.sequence)
        self.revision += 1
        if self.relationship.first_meeting_at is None:
            self.relationship.first_meeting_at = at
        self._keep_planned(self.ends_at)

    def alter(
        self, by: Person, now: datetime, *, starts_at: datetime | None = None, minutes: int | None = None,
        where: Where | None = None,
    ) -> None:  # fmt: skip
        """Change what people are told of, if anything changes; whoever may. Raises Refused."""
        at, length = starts_at or self.starts_at, minutes or self.minutes
        check_length(length)
        place = self.where if where is None else where.checked()
        if at is None or (at, length, place) == (self.starts_at, self.minutes, self.where):
            return
        if at != self.starts_at:
            check_time(self.relationship, at, now)
        if (at, length) != (self.starts_at, self.minutes):
            for one in self.present:
                one.coming = Coming.YES if one.person is by else Coming.UNSAID
                one.declined_at = None
            if self.relationship.first_meeting_at == self.starts_at:
                self.relationship.first_meeting_at = at
            self._set_time(at, length)
        self.place, self.link, self.phone = place
        self._tell(by, now)
        self._keep_planned()

    def put_off_asking(self, days: int) -> None:
        """Count the days until it is asked once more whether it took place without those of a pause."""
        if self.held_asked_at is not None:
            self.held_asked_at += timedelta(days=days)

    def _set_time(self, at: datetime, minutes: int) -> None:
        self.minutes, self.starts_at, self.ends_at = minutes, at, at + timedelta(minutes=minutes)
        self.drop_counter()
        self.proposed_times = []
        self.agenda_asked_at = self.held_asked_at = self.held_asked_again_at = None

    def _tell(self, by: Person, now: datetime) -> None:
        """Let a change fall due for everybody in it."""
        self.changed(now)
        self.changed_by = by
        for one in self.present:
            one.tell(now, self.sequence)

    def drop_counter(self) -> None:
        """Let nobody ask for another time any more."""
        self.counter_at = self.counter_minutes = self.counter_by = self.countered_at = None

    def end(self, by: Person, reason: str, now: datetime) -> None:
        """Let it be off, whoever may; who was invited is told."""
        self.stage, self.reason = Stage.OFF, reason
        self.drop_counter()
        self._tell(by, now)
        self.off_at = now
        for one in self.present:
            one.off_at = None if one.told == Told.KNOWS else now
        if self.relationship.first_meeting_at == self.starts_at:
            self.relationship.first_meeting_at = None
        self._keep_planned()

    def unplan(self, now: datetime) -> None:
        """Let it have no time any more."""
        self.stage, self.starts_at, self.ends_at = Stage.PROPOSED, None, None
        for one in self.present:
            one.due_at = one.told_at = None
        self.changed(now)  # an invitation on its way at this moment is not taken for the next one
        self._keep_planned()

    def _keep_planned(self, at_least: datetime | None = None) -> None:
        """Keep on the relationship until when a meeting is planned: one that was called off, until it was."""
        together = self.relationship
        ends = [at_least, together.planned_until] if at_least else planned_ends(together)
        together.planned_until = max(filter(None, ends), default=None)
        together.count_silence()

    def own(self, by: Person) -> "Attendance":
        """What a person is to it. Raises Refused if they are not in it."""
        own = self.attendance(by)
        if own is None:
            raise Refused("You are not in this meeting.")
        return own

    def check_movable(self, by: Person, now: datetime) -> None:
        """Refuse to move what is over, or off, or an event of a person's own calendar."""
        self.check_planned(now)
        self._check_moves_here(by)

    def _check_moves_here(self, by: Person) -> None:
        if self.event_owner is by:
            raise Refused("This meeting is in your own calendar: move it or call it off there.")
        if self.event_owner is not None:
            name = self.event_owner.name
            raise Refused("This meeting is in the calendar of {name}: they move it or call it off there.", name=name)


class ProposedTime(Base):
    """One of the times that a meeting was proposed for. number: from 1."""

    __tablename__ = "proposed_time"

    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    starts_at: Mapped[datetime]


class Attendance(Attending, Base):
    """A person in a meeting."""

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
    meeting: Mapped[Meeting] = linked(back_populates="attendances")
    person: Mapped[Person] = linked()

    @property
    def revision(self) -> int:
        """That of the meeting: whatever happens to it, an answer given before can be undone no more."""
        return self.meeting.revision

    @classmethod
    def of(cls, person: Person, coming: Coming) -> "Attendance":
        """Somebody in a meeting, who is going to be invited to it."""
        return cls(person=person, coming=coming, told=Told.INVITED, said_to_earlier="", answer_sequence=0, sequence=0)

    def heard(self, now: datetime) -> None:
        """Keep that they were told of the last change."""
        self.told_at = now
        if self.heard_sequence is None:
            self.heard_sequence = self.sequence
        together = self.meeting.relationship
        if together.first_meeting_at == self.meeting.starts_at:
            together.first_meeting_told_at = now


def planned_ends(together: Relationship) -> list[datetime]:
    """Until when each meeting of a relationship was planned: to its end, or until it was called off before that."""
    rows = together.session.execute(
        select(Meeting.ends_at, Meeting.off_at).where(
            Meeting.relationship_id == together.id, Meeting.ends_at.is_not(None)
        )
    )
    return [min(ends_at, off_at or ends_at) for ends_at, off_at in rows if ends_at]
