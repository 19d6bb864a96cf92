"""What is kept about a person, as they may see it: who they are, whom they are together with, and when they met.

A holding is one part of it. Its rows are values by their names; own_words.py tells what they wrote.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import joinedload, selectinload

from mentorly.mentoring.aliases import Alias
from mentorly.mentoring.audit import AuditEntry
from mentorly.mentoring.base import sentence
from mentorly.mentoring.conflicts import Conflict
from mentorly.mentoring.data_requests import DataRequest
from mentorly.mentoring.meetings import Attendance, Meeting
from mentorly.mentoring.passwords import PasswordRequest
from mentorly.mentoring.people import Participation, Person
from mentorly.mentoring.proposals import Proposal
from mentorly.mentoring.relationships import Member, Relationship
from mentorly.mentoring.sessions import SessionLog, SessionShare
from mentorly.mentoring.sponsors import Sponsor
from mentorly.mentoring.suppressions import Suppression
from mentorly.mentoring.unheard import Unheard
from mentorly.mentoring.unreached import Unreached

Row = Mapping[str, Any]


class Code(str):
    """A value that is a word of ours and not of a person; a page says it in the reader's language."""

    __slots__ = ()


@dataclass(frozen=True)
class Holding:
    """One part of what is kept about a person. name: a code; title: the English that is the key of its translation."""

    name: str
    title: str
    rows: tuple[Row, ...]


Reader = Callable[[Person], Iterable[Row]]

# Of a match that was taken back before its mentee was told, the mentee never knows (rules C9).
_KNOWN = or_(Member.is_present, Member.told_at.is_not(None), Member.matched_as != "mentee")


def read(person: Person, readers: Iterable[tuple[str, str, Reader]]) -> Iterator[Holding]:
    """Read some parts of what is kept about a person."""
    for name, title, reader in readers:
        yield Holding(name, title, tuple(reader(person)))


def _profile(person: Person) -> Iterator[Row]:
    quiet = (person.quiet_from, person.quiet_until)
    yield {
        "name": person.name,
        "address": person.email,
        "phone": person.phone,
        "organization": person.organization.name if person.organization else "",
        "language": Code(person.language),
        "time_zone": person.timezone,
        "managers_address": person.manager_email,
        "quiet_hours": f"{quiet[0]:%H:%M}–{quiet[1]:%H:%M}" if quiet[0] and quiet[1] else "",
        "mails_once_a_week": person.weekly,
        "quoted_in_mails": person.quotes,
        "administrator": person.is_administrator,
        "registered": person.registered_at,
        "welcomed": person.welcomed_at,
        "first_answered": person.answered_at,
        "last_signed_in": person.signed_in_at,
        "has_a_password": bool(person.password_hash),
        "password_changed": person.password_changed_at,
    }


def _roles(person: Person) -> Iterator[Row]:
    loads = (joinedload(Participation.program), joinedload(Participation.organization))
    own = select(Participation).where(Participation.person_id == person.id).options(*loads)
    for one in person.session.scalars(own.order_by(Participation.id)):
        yield {
            "role": Code(one.role),
            "program": one.program.name,
            "organization": one.organization.name if one.organization else "",
            "fields": list(one.fields),
            "skills": list(one.skills),
            "wants_to_learn": list(one.wants),
            "places": one.capacity if one.role == "mentor" else None,
            "helps_with_language": one.helps_with_language,
            "needs_help_with_language": one.needs_language_help,
            "notes_of_who_registered_you": one.notes,
            "joined": one.joined_at,
            "left": one.left_at,
        }


def _relationships(person: Person) -> Iterator[Row]:
    members = selectinload(Relationship.members).joinedload(Member.person)
    own = select(Member).join(Member.relationship).where(Member.person_id == person.id, _KNOWN)
    loads = joinedload(Member.relationship).options(joinedload(Relationship.program), members)
    for one in person.session.scalars(own.options(loads).order_by(Member.id)):
        together = one.relationship
        yield {
            "program": together.program.name,
            "role": Code(one.matched_as),
            "with": [other.person.name for other in together.present if other is not one],
            "joined": one.joined_at,
            "left": one.left_at,
            "began": together.began_at,
            "ends_on": together.ends_on,
            "ended": together.ended_at,
            "paused_since": together.paused_at,
            "first_meeting": together.first_meeting_at,
        }


def _meetings(person: Person) -> Iterator[Row]:
    """Each as somebody who is in it sees it; of one that they were taken out of, no words of the others'."""
    people = selectinload(Meeting.attendances).joinedload(Attendance.person)
    members = joinedload(Meeting.relationship).selectinload(Relationship.members)
    loads = (people, members, selectinload(Meeting.proposed_times), joinedload(Meeting.proposed_by))
    own = select(Meeting).join(Attendance).where(Attendance.person_id == person.id).options(*loads)
    for one in person.session.scalars(own.order_by(Meeting.id)).unique():
        share = one.attendance(person)
        row: dict[str, Any] = {
            "begins": one.starts_at,
            "minutes": one.minutes,
            "state": Code(one.stage),
            "took_place": one.held,
            "you_said": Code(share.coming) if share else "",
            "proposed_by": one.proposed_by.name,
            "proposed": one.proposed_at,
        }
        if share and share.is_present and one.relationship.member(person):
            times = [time.starts_at for time in one.proposed_times]
            row |= {"with": [other.name for other in one.others(person)], "agenda": one.agenda, "proposed_times": times}
            row |= {"place": one.place, "link": one.link, "phone": one.phone, "reason": one.reason}
        yield row


def _sessions(person: Person) -> Iterator[Row]:
    loads = (selectinload(SessionLog.shares).joinedload(SessionShare.person), joinedload(SessionLog.logged_by))
    own = select(SessionLog).join(SessionShare).where(SessionShare.person_id == person.id)
    own = own.where(or_(SessionLog.struck_at.is_(None), SessionLog.logged_by_id == person.id))
    for one in person.session.scalars(own.options(*loads).order_by(SessionLog.id)).unique():
        share = one.share(person)
        yield {
            "way": Code(one.way),
            "began": one.began_at,
            "minutes": share.minutes if share and share.minutes is not None else one.minutes,
            "topics": one.topics,
            "with": [other.person.name for other in one.shares if other is not share],
            "logged_by": one.logged_by.name,
            "you_confirmed": share.confirmed_at if share else None,
            "struck_out": one.struck_at,
        }


def _proposals(person: Person) -> Iterator[Row]:
    loads = (joinedload(Proposal.mentor), joinedload(Proposal.mentee), joinedload(Proposal.program))
    own = select(Proposal).where(_knows(person)).options(*loads).order_by(Proposal.id)
    for one in person.session.scalars(own):
        if one.mentee_id == person.id:
            yield {"with": one.mentor.name, "program": one.program.name, "accepted": one.accepted_at}
            continue
        yield {
            "with": one.mentee.name,
            "program": one.program.name,
            "asked": one.asked_at,
            "accepted": one.accepted_at,
            "your_reservation": Code(one.reservation),
            "your_words": one.reservation_words,
            "reserved": one.reserved_at,
        }


def _knows(person: Person) -> ColumnElement[bool]:
    """A mentor of a proposal from when they were asked; a mentee once accepted: before that of none (rules C9)."""
    as_mentor = (Proposal.mentor_id == person.id) & Proposal.asked_at.is_not(None)
    as_mentee = (Proposal.mentee_id == person.id) & Proposal.accepted_at.is_not(None)
    return or_(as_mentor, as_mentee)


def _conflicts(person: Person) -> Iterator[Row]:
    own = select(Conflict.declared_at, Person.name).join(Person, Person.id == Conflict.other_id)
    for declared_at, name in person.session.execute(own.where(Conflict.person_id == person.id).order_by(Conflict.id)):
        yield {"with": name, "declared": declared_at}


def _addresses(person: Person) -> Iterator[Row]:
    for one in Alias.of(person):
        yield {"address": one.email, "confirmed": one.confirmed_at}


def _stopped(person: Person) -> Iterator[Row]:
    for one in person.session.scalars(select(Suppression).where(Suppression.person_id == person.id)):
        yield {
            "address": one.address,
            "family": Code(one.family),
            "reason": Code(one.reason),
            "told_by_the_server": one.evidence,
            "since": one.since,
        }


def _unreached(person: Person) -> Iterator[Row]:
    for one in person.session.scalars(select(Unreached).where(Unreached.person_id == person.id)):
        yield {"address": one.address, "reason": Code(one.verdict), "code": one.code, "since": one.since,
               "over": one.over_at}  # fmt: skip


def _unheard(person: Person) -> Iterator[Row]:
    own = select(Unheard).where(Unheard.person_id == person.id).options(joinedload(Unheard.program))
    for one in person.session.scalars(own.order_by(Unheard.id)):
        yield {"program": one.program.name, "role": Code(one.role), "since": one.since, "over": one.over_at}


def _sponsoring(person: Person) -> Iterator[Row]:
    own = select(Sponsor).where(Sponsor.person_id == person.id).options(joinedload(Sponsor.program))
    for one in person.session.scalars(own.order_by(Sponsor.id)):
        yield {"program": one.program.name, "added": one.added_at, "asked": one.asked_at, "accepted": one.agreed_at,
               "ended": one.ended_at}  # fmt: skip


def _passwords(person: Person) -> Iterator[Row]:
    own = select(PasswordRequest).where(PasswordRequest.person_id == person.id).order_by(PasswordRequest.id)
    for one in person.session.scalars(own):
        yield {"asked": one.asked_at, "used": one.used_at}


def _requests(person: Person) -> Iterator[Row]:
    own = select(DataRequest).where(DataRequest.person_id == person.id).order_by(DataRequest.id)
    for one in person.session.scalars(own):
        yield {"asked": one.asked_at, "asked_by_you": one.asked_by_id == person.id, "opened": one.opened_at}


def _acts(person: Person) -> Iterator[Row]:
    """Who else did something to them is not told, and nothing of a match that they do not know of."""
    proposals, relationships = Proposal.__tablename__, Relationship.__tablename__
    in_known = select(Member.relationship_id).where(Member.person_id == person.id, _KNOWN)
    known = or_(
        AuditEntry.by_id == person.id,
        AuditEntry.about.not_in((proposals, relationships)),
        and_(AuditEntry.about == proposals, AuditEntry.about_id.in_(select(Proposal.id).where(_knows(person)))),
        and_(AuditEntry.about == relationships, AuditEntry.about_id.in_(in_known)),
    )
    acts = select(AuditEntry).where(AuditEntry.touches(person.id), known)
    for one in person.session.scalars(acts.order_by(AuditEntry.id)):
        own = one.by_id == person.id
        numbers = {"done_to": Code(one.about), "number": one.about_id} if own else {}
        yield {"deed": Code(one.told), "day": _day(one.done_at), "by_you": own, **numbers}


def _day(moment: datetime) -> object:
    return moment.date()


RECORD: tuple[tuple[str, str, Reader], ...] = (
    ("profile", sentence("Profile"), _profile),
    ("roles", sentence("Roles"), _roles),
    ("relationships", sentence("Relationships"), _relationships),
    ("proposals", sentence("Proposals"), _proposals),
    ("conflicts", sentence("Conflicts of interest that you declared"), _conflicts),
    ("meetings", sentence("Meetings"), _meetings),
    ("sessions", sentence("Session log"), _sessions),
    ("other_addresses", sentence("Your other addresses"), _addresses),
    ("stopped", sentence("Mails that you do not get"), _stopped),
    ("not_reached", sentence("When mails did not reach you"), _unreached),
    ("not_answered", sentence("When you left mails unanswered"), _unheard),
    ("sponsoring", sentence("Programs that you fund"), _sponsoring),
    ("passwords", sentence("New passwords asked for"), _passwords),
    ("requests", sentence("Requests for this archive"), _requests),
    ("acts", sentence("Acts on record, by you or to you"), _acts),
)
