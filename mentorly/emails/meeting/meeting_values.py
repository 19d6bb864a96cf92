"""What the mails about meetings have in common."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from mentorly.calendars.invitation import Invitation
from mentorly.calendars.invitation import Meeting as CalendarEntry
from mentorly.emails.envelope import Envelope
from mentorly.emails.matching.match_values import sample_match
from mentorly.mentoring.appointments import Stage
from mentorly.mentoring.attendances import Coming, Told
from mentorly.mentoring.meetings import Attendance, Meeting
from mentorly.mentoring.people import Person
from mentorly.mentoring.relationships import Member, Relationship

MEETING = (
    selectinload(Meeting.relationship).options(
        selectinload(Relationship.program), selectinload(Relationship.members).selectinload(Member.person)
    ),
    selectinload(Meeting.attendances).selectinload(Attendance.person),
    selectinload(Meeting.proposed_by),
    selectinload(Meeting.changed_by),
    selectinload(Meeting.counter_by),
    selectinload(Meeting.event_owner),
)
ATTENDANCE = (selectinload(Attendance.meeting).options(*MEETING),)
# When the meeting of an attendance begins, by the envelope about it.
BEGINS = (
    select(Meeting.starts_at)
    .join(Attendance, Attendance.meeting_id == Meeting.id)
    .where(Attendance.id == Envelope.thing_id)
    .correlate(Envelope)
    .scalar_subquery()
)
# A calendar's title may be read by others: it says that it is a meeting, and not with whom or what about (rules C1).
TITLE = {"en": "Mentoring meeting", "fr": "Rencontre de mentorat"}
TOGETHER = {"en": "With {names}, in {program}.", "fr": "Avec {names}, dans {program}."}


def meeting_values(meeting: Meeting, reader: Person) -> dict[str, Any]:
    """When and where it is, and with whom."""
    return {
        "meeting_id": meeting.id,
        "relationship_id": meeting.relationship.id,
        "at": meeting.starts_at,
        "ends": meeting.ends_at,
        "minutes": meeting.minutes,
        "is_first": meeting.number == 1,
        "others": [person.name for person in meeting.others(reader)],
        "place": meeting.place,
        "link": meeting.link,
        "phone": meeting.phone,
        "program": meeting.relationship.program.name,
    }


def name_of(person: Person | None, reader: Person) -> str:
    """A person's name for a reader; '' for the reader, and for nobody."""
    return person.name if person and person.id != reader.id else ""


def membership(meeting: Meeting, reader: Person) -> Member | None:
    """The reader's membership in the relationship of a meeting, also one that has ended."""
    own = [member for member in meeting.relationship.members if member.person_id == reader.id]
    return own[-1] if own else None


def calendar_entry(meeting: Meeting, reader: Person, *, is_off: bool = False) -> CalendarEntry:
    """The meeting as the reader's calendar shows it, in invitations and feeds alike. is_off: for this reader alone."""
    if meeting.starts_at is None:
        raise LookupError("a meeting without a time is in no calendar")
    language, phone = reader.language, meeting.phone
    names = ", ".join([person.name for person in meeting.others(reader)])
    said = TOGETHER[language].format(names=names, program=meeting.relationship.program.name)
    return CalendarEntry(
        uid=meeting.uid,
        sequence=meeting.sequence,
        stamp=meeting.changed_at,
        summary=TITLE[language],
        start=meeting.starts_at,
        length=timedelta(minutes=meeting.minutes),
        zone=reader.timezone,
        description=said + (f"\n{phone}" if phone else ""),
        place=meeting.place,
        link=meeting.link,
        is_cancelled=is_off or meeting.stage == Stage.OFF,
    )


def invitation_of(attendance: Attendance, reader: Person, organizer: str) -> Invitation | None:
    """What the calendar of somebody in a meeting is told; None for who was not invited by us.

    Of where it is, and with whom, who left is told no more.
    """
    if not attendance.is_invited or attendance.meeting.starts_at is None:
        return None
    entry = calendar_entry(attendance.meeting, reader, is_off=attendance.off_at is not None)
    if attendance.left_at is not None:
        entry = replace(entry, description="", place="", link="")
    return Invitation(
        meeting=entry,
        organizer=organizer,
        organizer_name=attendance.meeting.relationship.program.name,
        attendee=reader.email,
        attendee_name=reader.name,
    )


def sample_attendance(reader: Person, now: datetime) -> Attendance:
    """An invented meeting of the reader's in no session; returns what they are to it."""
    match = sample_match(now, mentee=reader)
    alice = match.relationship.members[0].person
    alice.id = (reader.id or 0) + 1
    starts_at = now + timedelta(days=8)
    meeting = Meeting(
        id=1, relationship=match.relationship, number=2, uid="6f1c1d1e-0000-4000-8000-000000000001",
        stage=Stage.PLANNED, sequence=0, changed_at=now.replace(microsecond=0), proposed_at=now, proposed_by=alice,
        minutes=60,
        starts_at=starts_at, ends_at=starts_at + timedelta(minutes=60), place="", link="https://meet.example.org/room",
        phone="", agenda="Interview practice\nMy first week", reason="", revision=1, is_for_all=True, event_sequence=0,
    )  # fmt: skip
    for number, (person, coming) in enumerate(((alice, Coming.YES), (reader, Coming.UNSAID)), 1):
        one = Attendance(id=number, person=person, person_id=person.id, coming=coming, told=Told.INVITED, due_at=now)
        one.sequence = one.answer_sequence = 0
        meeting.attendances.append(one)
    return meeting.attendances[1]
