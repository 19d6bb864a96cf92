"""The mails that are sent: real welcomes, and the same with places for others' templates."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import gettempdir

from mentorly.config import Settings
from mentorly.emails.email import Register
from mentorly.emails.message import Letter, compose
from mentorly.emails.scanning import find_mails
from mentorly.emails.writing import SAMPLE, Desk
from mentorly.mentoring.people import Person

KIND = "welcome"
NAME = "Placeholder"
SECRET = "a benchmark keeps no secrets"  # noqa: S105 - it signs letters that nobody gets
TOKEN = "mfrggzdfmztwq2lknnwg23tpob"  # noqa: S105 - as long as a token, and opens nothing


@cache
def settings() -> Settings:
    """Settings of a service as it comes; its instance folder is not made."""
    return Settings.load({}, instance=str(Path(gettempdir()) / "bench-instance"), secret_key=SECRET)


@cache
def register() -> Register:
    """All kinds of mail, compiled once."""
    return find_mails()


def reader(language: str, name: str = "Anaïs Tremblay") -> Person:
    """An invented person in no session."""
    return Person(
        id=1, name=name, email="anais.tremblay@example.org", language=language, timezone="America/Toronto", generation=0
    )


def welcome(language: str, name: str = "Anaïs Tremblay") -> Letter:
    """A welcome as it is sent, but for its token and password."""
    letter = Desk(settings()).sample(register()[KIND], reader(language, name), datetime.now(UTC))
    token = {f"/{SAMPLE}/": f"/{TOKEN}/"}
    return replace(letter, text=_with(letter.text, token), html=_with(letter.html, token))


def size() -> int:
    """The bytes of a welcome: two English ones and a French one, as they are sent."""
    return round(sum(len(compose(welcome(language))) for language in ("en", "en", "fr")) / 3)


def template() -> Letter:
    """A welcome in which {{ name }} and {{ token }} stand for a person's own."""
    letter = welcome("en", NAME)
    places = {NAME: "{{ name }}", TOKEN: "{{ token }}"}
    return replace(letter, text=_with(letter.text, places), html=_with(letter.html, places))


def _with(words: str, places: dict[str, str]) -> str:
    for word, place in places.items():
        words = words.replace(word, place)
    return words
