"""The cells of a roster: its columns, what each may hold, and how a cell stays text in a spreadsheet."""

import re
import unicodedata
from collections.abc import Callable
from typing import Any

from mentorly.mentoring.base import Refused
from mentorly.mentoring.organizations import folded
from mentorly.mentoring.particulars import checked_language, checked_name, checked_role, checked_timezone

NEEDED = ("email", "name", "role", "organization")
OF_A_PERSON = ("phone", "language", "timezone", "manager_email")
OF_A_PART = ("fields", "skills", "wants", "capacity", "notes")
COLUMNS = (*NEEDED, *OF_A_PERSON, *OF_A_PART)

MOST_CAPACITY = 50
MOST_VALUES = 50
VALUE_LENGTH = 80
NOTES_LENGTH = 2000
PHONE_LENGTH = 40
FEWEST_DIGITS = 3

FORMULA = ("=", "@", "\t", "\r", "+", "-")
PHONE = re.compile(r"[0-9+(][0-9 +().-]*(?:(?:x|ext\.?) *[0-9]+)?", re.IGNORECASE)
NUMBER = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def checked_organization(cell: str) -> str:
    """Return an organization's name, tidied; an empty one stays empty. Raises Refused."""
    name = checked_name(cell) if cell else ""
    if name and not folded(name):
        raise Refused("“{organization}” is no name of an organization.", organization=name)
    return name


def checked_phone(cell: str) -> str:
    """Return a telephone number as it was written, tidied. Raises Refused."""
    phone = " ".join(cell.split())
    if len(phone) > PHONE_LENGTH:
        raise Refused("A phone number has at most {most} characters.", most=PHONE_LENGTH)
    if not _is_phone(phone):
        raise Refused("A phone number holds digits, spaces and + - . ( ), and x or ext before an extension.")
    return phone


def _is_phone(text: str) -> bool:
    return PHONE.fullmatch(text) is not None and len(re.findall("[0-9]", text)) >= FEWEST_DIGITS


def checked_capacity(cell: str) -> int:
    """Return how many mentees a mentor takes. Raises Refused."""
    if not re.fullmatch("[0-9]{1,2}", cell) or int(cell) > MOST_CAPACITY:
        raise Refused(
            "“{capacity}” is no capacity: write a number from 0 to {most}.", capacity=cell[:40], most=MOST_CAPACITY
        )
    return int(cell)


def checked_values(cell: str) -> tuple[str, ...]:
    """Return the short texts that semicolons part, each once. Raises Refused."""
    values: dict[str, str] = {}
    for value in filter(None, map(str.strip, cell.split(";"))):
        if CONTROL.search(value):
            raise Refused("A value cannot hold a line break or another control character.")
        if len(value) > VALUE_LENGTH:
            raise Refused("A value has at most {most} characters; semicolons part values.", most=VALUE_LENGTH)
        values.setdefault(folded(value) or value, " ".join(value.split()))
    if len(values) > MOST_VALUES:
        raise Refused("A cell has at most {most} values.", most=MOST_VALUES)
    return tuple(values.values())


def checked_notes(cell: str) -> str:
    """Return notes with line breaks of one kind. Raises Refused."""
    notes = re.sub("\r\n?", "\n", cell)
    if CONTROL.search(notes.replace("\n", " ").replace("\t", " ")):
        raise Refused("Notes cannot hold control characters.")
    if len(notes) > NOTES_LENGTH:
        raise Refused("Notes have at most {most} characters.", most=NOTES_LENGTH)
    return notes


CHECKS: dict[str, Callable[[str], Any]] = {
    "name": lambda cell: checked_name(unicodedata.normalize("NFC", cell)),
    "role": checked_role,
    "organization": checked_organization,
    "phone": checked_phone,
    "language": lambda cell: checked_language(cell.lower()),
    "timezone": checked_timezone,
    "fields": checked_values,
    "skills": checked_values,
    "wants": checked_values,
    "capacity": checked_capacity,
    "notes": checked_notes,
}


def guarded(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula (rules B9)."""
    if not cell.lstrip("'").startswith(FORMULA):
        return cell
    return cell if cell[0] in "+-" and (_is_phone(cell) or NUMBER.fullmatch(cell)) else f"'{cell}"


def unguarded(cell: str) -> str:
    """Take off what guarded put before a cell."""
    return cell[1:] if cell.startswith("'") and cell.lstrip("'").startswith(FORMULA) else cell
