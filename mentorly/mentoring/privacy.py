"""Who may see what: one table, asked by every page, mail and export."""

from datetime import datetime
from enum import StrEnum

from mentorly.mentoring.counts import Meetings, Reports
from mentorly.mentoring.people import Person
from mentorly.mentoring.progress import Progress
from mentorly.mentoring.proposals import Proposal
from mentorly.mentoring.relationships import Relationship, leads


class Hat(StrEnum):
    """What a person is to a relationship. Who is in it wears that hat and no other (rules C4)."""

    ADMINISTRATOR = "administrator"
    LEAD = "project lead of the mentee's organization"
    MENTORS_LEAD = "project lead of the mentor's organization"
    MENTOR = "mentor"
    MENTEE = "mentee"
    NOBODY = "nobody"


class What(StrEnum):
    """What there is to see of a relationship."""

    EXISTENCE = "that it exists, is active, its dates"
    CONTACTS = "the contact details of its people"
    MEETINGS_HELD = "the number of meetings held"
    MEETINGS_PLANNED = "the number of meetings upcoming"
    TASKS = "the number of tasks complete and incomplete"
    REPORT_DATES = "the dates at which progress reports were sent"
    FIRST_MEETING = "the date of the first meeting"


MAY_SEE: dict[Hat, frozenset[What]] = {
    Hat.ADMINISTRATOR: frozenset(What),
    Hat.LEAD: frozenset(What),
    Hat.MENTORS_LEAD: frozenset({What.EXISTENCE, What.MEETINGS_HELD}),
    Hat.MENTOR: frozenset(What),
    Hat.MENTEE: frozenset(What) - {What.REPORT_DATES},
    Hat.NOBODY: frozenset(),
}


def hat(viewer: Person, relationship: Relationship) -> Hat:
    """What this person is to this relationship."""
    member = relationship.member(viewer)
    if member:
        return Hat.MENTEE if member.is_mentee else Hat.MENTOR
    if viewer.is_administrator:
        return Hat.ADMINISTRATOR
    if leads(viewer, relationship):
        return Hat.LEAD
    led = viewer.led_organizations(relationship.program)
    if any(mentor.organization_id in led for mentor in relationship.mentors):
        return Hat.MENTORS_LEAD
    return Hat.NOBODY


def may_see(viewer: Person, what: What, relationship: Relationship) -> bool:
    """Whether a person may see this of a relationship."""
    return what in MAY_SEE[hat(viewer, relationship)]


def contacts(viewer: Person, relationship: Relationship) -> list[Person]:
    """Whose contact details a member sees in their own relationship: mentors their mentees', mentees their mentors'."""
    own = relationship.member(viewer)
    if own is None:
        return []
    return [
        member.person
        for member in relationship.present
        if member is not own and ((own.is_mentor and member.is_mentee) or (own.is_mentee and member.is_mentor))
    ]


def hidden_from(viewer: Person, relationship: Relationship) -> frozenset[What]:
    """What the table hides from a person in a relationship."""
    return frozenset(What) - MAY_SEE[hat(viewer, relationship)]


def report_days(viewer: Person, relationship: Relationship, reports: Reports) -> list[datetime]:
    """Of the moments at which reports were sent, those that a person may know: a mentor those of their own.

    Nobody knows of reports about themselves, nor does who was a mentee here once (rules C4).
    """
    wears = hat(viewer, relationship)
    was_mentee = any(member.person_id == viewer.id and member.is_mentee for member in relationship.members)
    if What.REPORT_DATES not in MAY_SEE[wears] or was_mentee:
        return []
    return [sent_at for sent_at, author_id in reports if wears is not Hat.MENTOR or author_id == viewer.id]


def lead_row(
    person: Person, relationship: Relationship, meetings: Meetings, tasks: Progress, reports: Reports
) -> dict[What, object]:
    """What the project leads of a person's organization see of a relationship today; nothing without an organization.

    meetings, tasks: how many there are in it. reports: all that were sent; of these the row has what the person may
    know of.

    EXISTENCE: whether it is active, whether it is paused, when it began, the day it ends or ended. CONTACTS: people.
    FIRST_MEETING: the moment or None. MEETINGS_HELD, MEETINGS_PLANNED: numbers. TASKS: complete, incomplete.
    REPORT_DATES: the days.
    """
    if person.organization_id is None:
        return {}
    own = any(mentee.organization_id == person.organization_id for mentee in relationship.mentees)
    seen = MAY_SEE[Hat.LEAD if own else Hat.MENTORS_LEAD]
    values = {**_values(relationship, meetings, tasks), What.REPORT_DATES: report_days(person, relationship, reports)}
    return {what: value for what, value in values.items() if what in seen}


def _values(relationship: Relationship, meetings: Meetings, tasks: Progress) -> dict[What, object]:
    ends = relationship.ended_at or relationship.ends_on
    return {
        What.EXISTENCE: (relationship.is_active, relationship.is_paused, relationship.began_at, ends),
        What.CONTACTS: [member.person for member in relationship.present],
        What.FIRST_MEETING: relationship.first_meeting_at,
        What.MEETINGS_HELD: meetings.held,
        What.MEETINGS_PLANNED: meetings.planned,
        What.TASKS: (tasks.done, tasks.left),
    }


def may_see_person(viewer: Person, person: Person) -> bool:
    """Whether a person may see a profile in the console: administrators, and leads those of their organization."""
    if person.erased_at is not None:
        return False
    return viewer.is_administrator or person.organization_id in viewer.led_organizations()


def may_see_reason(viewer: Person, proposal: Proposal) -> bool:
    """Whether a person may read why a mentor raised a reservation: who was told of it, and its author."""
    return viewer.id in {proposal.told_to_id, proposal.mentor_id}


def may_see_answers(viewer: Person, proposal: Proposal) -> bool:
    """Whether a person may see if a proposal was reserved or lapsed, and not just "not accepted" (rules C9)."""
    return viewer.id == proposal.told_to_id
