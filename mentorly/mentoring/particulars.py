"""What a person's name, language, time zone and role may be."""

import unicodedata
from functools import cache
from zoneinfo import available_timezones

from mentorly.mentoring.base import Refused

LANGUAGES = {"en": "English", "fr": "français"}
ROLES = ("mentor", "mentee", "lead")
NAME_LENGTH = 80
JOINERS = "\u200c\u200d"  # some scripts write names with them


def checked_name(name: str) -> str:
    """Return a person's name, tidied; raises Refused if it could be more than a name (rules B6)."""
    if any(unicodedata.category(letter) in {"Cc", "Zl", "Zp"} for letter in name):
        raise Refused("A name cannot hold a line break or another control character.")
    if any(unicodedata.category(letter) == "Cf" and letter not in JOINERS for letter in name):
        raise Refused("A name cannot hold invisible characters or ones that turn the direction of text.")
    name = " ".join(name.split())
    if not name:
        raise Refused("The name is missing.")
    if len(name) > NAME_LENGTH:
        raise Refused("A name has at most {most} characters.", most=NAME_LENGTH)
    if any(part in name.casefold() for part in ("://", "www.", "@")):
        raise Refused("A name cannot hold a web or mail address.")
    return name


def is_visible(words: str) -> bool:
    """Whether words are on one line, and none of their characters is invisible or turns the direction of text."""
    return not any(
        unicodedata.category(letter) in {"Cc", "Cf", "Cs", "Zl", "Zp"} and letter not in JOINERS for letter in words
    )


@cache
def zones() -> frozenset[str]:
    """The names of all time zones, read once."""
    return frozenset(available_timezones())


def checked_timezone(timezone: str) -> str:
    """Return the name of a time zone; raises Refused if there is no such zone."""
    if timezone not in zones():
        raise Refused("“{timezone}” is no time zone: write one such as America/Toronto.", timezone=timezone[:40])
    return timezone


def checked_role(role: str) -> str:
    """Return a role; raises Refused if nobody can have it."""
    role = role.strip().casefold()
    if role not in ROLES:
        raise Refused("“{role}” is no role: choose one of mentor, mentee, lead.", role=role[:40])
    return role


def checked_language(language: str) -> str:
    """Return a language's code; raises Refused if Mentorly does not write it."""
    if language not in LANGUAGES:
        raise Refused("“{language}” is no language we write: choose en or fr.", language=language[:40])
    return language
