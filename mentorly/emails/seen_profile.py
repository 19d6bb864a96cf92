"""What project leads and administrators see of a person: the rows of the console's page, and of what one is told of it.

Both are made here, so that neither says more than the other (rules C2).
"""

from collections.abc import Iterator
from functools import partial

from mentorly.emails import spoken
from mentorly.mentoring.base import sentence
from mentorly.mentoring.particulars import LANGUAGES
from mentorly.mentoring.people import Participation, Person

Facts = list[tuple[str, str]]

ROLES = {"mentor": sentence("mentor"), "mentee": sentence("mentee"), "lead": sentence("project lead")}
USED = sentence("in use by its owner")
UNUSED = sentence("not used yet: nobody has answered or signed in from it")


def profile_of(person: Person, reader: Person) -> Facts:
    """What is seen of a person, in the reader's language and time zone."""
    said = partial(spoken.translated, language=reader.language)
    registered = person.registered_at
    facts = [
        (sentence("Mail address"), person.email),
        (sentence("Phone"), person.phone or said(sentence("none"))),
        (sentence("Organization"), person.organization.name if person.organization else ""),
        (sentence("Language"), LANGUAGES[person.language]),
        (sentence("Time zone"), person.timezone),
        (sentence("Registered"), spoken.dated(registered, reader.language, reader.timezone) if registered else ""),
        (sentence("Address"), said(UNUSED if person.is_unanswering else USED)),
    ]
    return [(said(name), words) for name, words in facts if words]


def roles_of(person: Person, reader: Person) -> list[tuple[str, Facts]]:
    """The roles that a person has, each with what is seen of it."""
    said = partial(spoken.translated, language=reader.language)
    return [
        (
            said(sentence("%(role)s in %(program)s")) % {"role": said(ROLES[part.role]), "program": part.program.name},
            [(said(name), words) for name, words in _particulars(part, reader.language) if words],
        )
        for part in person.participations
        if part.left_at is None
    ]


def _particulars(part: Participation, language: str) -> Iterator[tuple[str, str]]:
    yield sentence("Places"), str(part.capacity) if part.role == "mentor" else ""
    yield sentence("Fields"), spoken.listed(part.fields, language)
    yield sentence("Skills"), spoken.listed(part.skills, language)
    yield sentence("Wants to learn"), spoken.listed(part.wants, language)
