"""What the mails that tell of a match have in common."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import selectinload

from mentorly.emails.matching.asking_mentor import sample_person, sample_program
from mentorly.mentoring.documents import SHARED, sample_documents
from mentorly.mentoring.people import Participation, Person
from mentorly.mentoring.relationships import Member, Relationship

CONTACT = (selectinload(Person.organization), selectinload(Person.participations))
MATCHED = (
    selectinload(Member.person).options(*CONTACT),
    selectinload(Member.relationship).options(
        selectinload(Relationship.program),
        selectinload(Relationship.members).selectinload(Member.person).options(*CONTACT),
    ),
)
WITH_DOCUMENTS = (*MATCHED, selectinload(Member.relationship).selectinload(Relationship.program).options(SHARED))


def match_values(member: Member, others: Sequence[Person]) -> dict[str, Any]:
    """The program, its dates, and the contact details of the others."""
    together = member.relationship
    return {
        "program": together.program.name,
        "ends_on": together.ends_on,
        "meetings": together.program.meetings,
        "mutual": together.program.mutual,
        "group": together.program.is_group,
        "others": [contact(person, together) for person in others],
        "mentee": member.person.name,
    }


def contact(person: Person, together: Relationship) -> dict[str, Any]:
    """What a member of a relationship is told about another."""
    part = Participation.of(person, together.program, "mentor") or Participation.of(person, together.program, "mentee")
    return {
        "name": person.name,
        "email": person.email,
        "phone": person.phone,
        "organization": person.organization.name if person.organization else "",
        "fields": part.fields if part else (),
    }


def sample_match(now: datetime, mentor: Person | None = None, mentee: Person | None = None) -> Member:
    """An invented match in no session; returns the mentee's membership."""
    program = sample_program()
    sample_documents(program)
    together = Relationship(id=1, program=program, began_at=now, ends_on=date(2027, 9, 1), ended_at=None, revision=1)
    for person, role in (
        (mentor or sample_person("Alice Gagnon", program, "mentor"), "mentor"),
        (mentee or sample_person("Bob Tremblay", program, "mentee"), "mentee"),
    ):
        member = Member(
            person=person, matched_as=role, is_mentor=role == "mentor", is_mentee=role == "mentee", joined_at=now
        )
        together.members.append(member)
    return together.members[1]
