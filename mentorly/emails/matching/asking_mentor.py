"""What the mails that ask a mentor for an answer have in common."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import selectinload

from mentorly.emails.email import Given
from mentorly.emails.understanding import Meaning
from mentorly.mentoring.organizations import Organization
from mentorly.mentoring.people import Participation, Person
from mentorly.mentoring.programs import Program
from mentorly.mentoring.proposals import Proposal

PROPOSED = (
    selectinload(Proposal.program),
    selectinload(Proposal.mentee).options(selectinload(Person.organization), selectinload(Person.participations)),
)
ACCEPT_OR_RESERVE = {Meaning.YES: "accept", Meaning.NO: "reserve"}


def proposed_values(proposal: Proposal) -> dict[str, Any]:
    """What a mentor is told of a mentee before accepting: no contact details (rules C9)."""
    wanted = Participation.of(proposal.mentee, proposal.program, "mentee")
    return {
        "program": proposal.program.name,
        "mentee": proposal.mentee.name,
        "organization": proposal.mentee.organization.name if proposal.mentee.organization else "",
        "fields": wanted.fields if wanted else (),
        "wants": wanted.wants if wanted else (),
        "over_capacity": proposal.over_capacity,
    }


def answer(proposal: Proposal, by: Person, given: Given, now: datetime) -> None:
    """Accept, or raise a reservation."""
    if given.button == "accept":
        proposal.accept(by, now)
    else:
        proposal.reserve(given.said["kind"], given.said["words"], by, now)


def take_back(proposal: Proposal, by: Person, given: Given, now: datetime) -> None:
    """Take the answer back."""
    if given.button == "accept":
        proposal.unaccept(by, now)
    else:
        proposal.unreserve(by, now)


def can_take_back(proposal: Proposal, button: str) -> bool:
    """Whether the answer could be taken back now: an acceptance until anybody heard of it."""
    return button != "accept" or proposal.can_be_unaccepted


def sample_program() -> Program:
    """An invented program in no session."""
    return Program(
        id=1, name="Pilot", kind="one-on-one", starts_on=date(2027, 3, 1), ends_on=date(2027, 9, 1),
        timezone="America/Toronto", answer_days=7, chase_days=4, meetings=6, fewest=1, most=1, mutual=False,
    )  # fmt: skip


def sample_person(name: str, program: Program, role: str) -> Person:
    """An invented person in no session, who has a role in a program."""
    address = name.lower().replace(" ", ".") + "@example.org"
    person = Person(
        id=100, name=name, email=address, phone="514-555-0100", organization=Organization(name="Boréal Robotique"),
        language="en", timezone="America/Toronto", generation=0,
    )  # fmt: skip
    Participation(
        person=person, program=program, program_id=program.id, role=role, capacity=1, skills=("public speaking",),
        fields=("civil engineering", "data science"), wants=("networking", "interview practice"),
    )  # fmt: skip
    return person


def sample_proposal(mentor: Person, now: datetime) -> Proposal:
    """An invented proposal in no session."""
    program = sample_program()
    return Proposal(
        id=1, program=program, mentor=mentor, mentor_id=mentor.id,
        mentee=sample_person("Bob Tremblay", program, "mentee"), told_to=sample_person("Carol Roy", program, "lead"),
        proposed_at=now, asked_at=now, answer_by=now + timedelta(days=7), over_capacity=False,
    )  # fmt: skip
