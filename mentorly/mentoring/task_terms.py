"""The terms of a task: what its words, its owner and its day may be."""

from datetime import date, datetime

from mentorly.mentoring.base import Refused
from mentorly.mentoring.objectives import WORDS_LENGTH, Objective, sharers
from mentorly.mentoring.people import Person

REMINDED_BEFORE = 2


def checked_words(words: str) -> str:
    """The words of a task or of a remark. Raises Refused."""
    words = words.strip()
    if not words:
        raise Refused("Write a few words.")
    if len(words) > WORDS_LENGTH:
        raise Refused("This has at most {most} characters; yours has {length}.", most=WORDS_LENGTH, length=len(words))
    return words


def check_owner(objective: Objective, owner: Person) -> None:
    """Refuse an owner that no task of an objective can have. Raises Refused."""
    if all(owner.id != person.id for person in sharers(objective.relationship, objective.mentee)):
        raise Refused("A task is for the mentee or one of the mentors.")


def check_day(objective: Objective, target_on: date, owner: Person, now: datetime) -> None:
    """Refuse a day that no task of this owner can have. Raises Refused."""
    if target_on < owner.rhythm.day(now):
        raise Refused("The day of a task is today or later.")
    ends_on = objective.relationship.ends_on
    if target_on > ends_on:
        raise Refused("This relationship ends on {day}: the day of a task is not after that.", day=ends_on)


def reminded_of(target_on: date, owner: Person, now: datetime) -> date | None:
    """The day, if the morning of a reminder before it is still to come."""
    rhythm = owner.rhythm
    reminded_at = rhythm.morning(rhythm.days.back(target_on, REMINDED_BEFORE))
    return target_on if reminded_at > now else None
