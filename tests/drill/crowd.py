"""Invented people for the drill, and the files by which they are registered and proposed to each other."""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from random import Random

FIRST = (
    "Aïcha", "Anh", "Béatrice", "Chloé", "Dmitri", "Éric", "Fatou", "Gwen", "Hiro", "Inès", "Jamal", "Kateri", "Léa",
    "Mateo", "Ngozi", "Oskar", "Priya", "Quentin", "Rosa", "Søren", "Thérèse", "Uma", "Viktor", "Wei", "Yara", "Zoë",
)  # fmt: skip
LAST = (
    "Abernathy", "Bouchard", "Castellanos", "Diallo", "Eriksen", "Fournier", "Gagné", "Haddad", "Ivanova", "Jónsdóttir",
    "Kovačević", "Lefebvre", "Moreau", "Nguyễn", "Okafor", "Pelletier", "Quispe", "Roy", "Sørensen", "Tremblay",
)  # fmt: skip
ORGANIZATIONS = {
    "Boréal Robotique": "boreal.example.org",
    "Cedar Point Software": "cedarpoint.example.com",
    "Northlight Hydro": "northlight.example.net",
    "Laval Aérospatiale": "laval-aero.example.org",
    "Great Plains Geomatics": "geomatics.example.com",
}
TIMEZONES = ("America/Toronto", "America/St_Johns", "America/Vancouver", "Europe/Paris", "Asia/Kolkata")
LANGUAGES = ("en", "en", "fr")
COLUMNS = ("email", "name", "role", "organization", "language", "timezone", "capacity")
ROLES = ("mentor", "mentee")


@dataclass(frozen=True)
class Somebody:
    """An invented person, as a roster tells of one."""

    email: str
    name: str
    role: str
    organization: str
    language: str
    timezone: str
    capacity: int = 1


def crowd(random: Random) -> Iterator[Somebody]:
    """Invent people without end, a mentor and a mentee in turn; no address comes twice."""
    number = 0
    while True:
        organization = random.choice(tuple(ORGANIZATIONS))
        yield Somebody(
            email=f"person{number}@{ORGANIZATIONS[organization]}",
            name=f"{random.choice(FIRST)} {random.choice(LAST)}",
            role=ROLES[number % 2],
            organization=organization,
            language=random.choice(LANGUAGES),
            timezone=random.choice(TIMEZONES),
        )
        number += 1


def roster(people: Iterable[Somebody]) -> str:
    """Write the file for `mentorly roster import`."""
    return _csv(COLUMNS, ([str(getattr(one, column)) for column in COLUMNS] for one in people))


def pairs(couples: Iterable[tuple[Somebody, Somebody]]) -> str:
    """Write the file for `mentorly match import`: each a mentor and a mentee."""
    return _csv(ROLES, ([mentor.email, mentee.email] for mentor, mentee in couples))


def _csv(columns: Iterable[str], rows: Iterable[list[str]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows([list(columns), *rows])
    return out.getvalue()
