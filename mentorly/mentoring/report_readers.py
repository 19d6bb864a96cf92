"""Who may report about a relationship, and who gets the report (rules C4)."""

from collections.abc import Sequence

from mentorly.mentoring.base import Refused
from mentorly.mentoring.looking_after import who_to_ask
from mentorly.mentoring.people import Person
from mentorly.mentoring.relationships import Relationship, leads_of


def recipients_of(together: Relationship, author: Person) -> Sequence[Person]:
    """Who gets a report by this author: the active leads of the mentees' organizations who are not in it (rules C4)."""
    return leads_of(together, but=author)


def may_report(together: Relationship, person: Person) -> bool:
    """Whether a person may begin a report about a relationship."""
    own = together.member(person)
    return bool(own and own.is_mentor and together.ended_at is None)


def check_may_report(together: Relationship, by: Person) -> None:
    """Refuse who is no mentor of it, and after its end."""
    own = together.member(by)
    if own is None or not own.is_mentor:
        raise Refused("Only a mentor sends progress reports about a relationship.")
    if together.ended_at is not None:
        raise Refused("This relationship has ended, so nothing new can be begun in it.")


def check_recipients(together: Relationship, author: Person) -> Sequence[Person]:
    """Who gets it. Raises Refused with whom to ask if nobody does."""
    people = recipients_of(together, author)
    if people:
        return people
    asked = who_to_ask(together)
    if asked is None:
        raise Refused("There is no project lead who could get this report. Please ask the people of the program.")
    raise Refused("There is no project lead who could get this report. Please ask {name}.", name=asked.name)
