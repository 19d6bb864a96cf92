"""A roster's rows held against what is known: who may bring them, what is wrong with them and what they do."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from mentorly.mentoring.base import Refused
from mentorly.mentoring.cells import COLUMNS, OF_A_PART, OF_A_PERSON
from mentorly.mentoring.organizations import Organization, folded
from mentorly.mentoring.people import Participation, Person
from mentorly.mentoring.plans import Plan, Step, different, some_at_a_time
from mentorly.mentoring.programs import Program
from mentorly.mentoring.rows import Fault, Row
from mentorly.mentoring.spelling import misspelt


def organizations_open_to(by: Person | None, program: Program) -> set[int] | None:
    """The ids of the organizations whose people this person may enrol or list; None is all. Raises Refused if none."""
    if by is None or by.is_administrator:
        return None
    led = by.led_organizations(program)
    if not led:
        raise Refused("Only an administrator or a project lead of this program reads or writes its roster.")
    return led


@dataclass(frozen=True, repr=False)
class Known:
    """What there is before an import. led: the organizations that the importing lead may fill, None for all."""

    program: Program
    led: set[int] | None
    organizations: dict[str, Organization]
    misspelt: dict[str, str]
    people: dict[str, Person]
    parts: dict[tuple[int, str], Participation]

    @classmethod
    def about(
        cls, rows: tuple[Row, ...], session: Session, program: Program, by: Person | None, *, new_organizations: bool
    ) -> "Known":
        """Read what is known about the people and organizations of these rows. Raises Refused if by may not import."""
        led = organizations_open_to(by, program)
        organizations = {known.folded_name: known for known in session.scalars(select(Organization))}
        doubtful: dict[str, str] = {}
        if led is None and not new_organizations:
            written = (row.values["organization"] for row in rows if row.values.get("organization"))
            doubtful = misspelt(written, {key: known.name for key, known in organizations.items()})
        people: dict[str, Person] = {}
        parts: dict[tuple[int, str], Participation] = {}
        for those in some_at_a_time({row.values["email"] for row in rows if "email" in row.values}):
            people |= {person.email: person for person in session.scalars(select(Person).where(those))}
            taken = select(Participation).join(Participation.person).where(those)
            taken = taken.where(Participation.program_id == program.id)
            for part in session.scalars(taken.order_by(Participation.left_at.is_(None), Participation.id)):
                parts[part.person_id, part.role] = part
        return cls(program, led, organizations, doubtful, people, parts)

    def plan(self, rows: tuple[Row, ...]) -> Plan:
        """Say what the right rows do and what is wrong with the others."""
        faults: list[Fault] = []
        steps: list[Step] = []
        registered: set[str] = set()
        organizations: dict[str, str] = {}
        for row in rows:
            wrong = sorted([*row.faults, *self._faults(row)], key=lambda fault: COLUMNS.index(fault.column))
            if wrong:
                faults.append(replace(wrong[0], also=tuple(wrong[1:])))
            else:
                steps.append(self._step(row, registered))
                organizations.setdefault(folded(row.values["organization"]), row.values["organization"])
        new = (name for key, name in organizations.items() if key and key not in self.organizations)
        return Plan(self.program, tuple(steps), self.organizations, tuple(new), tuple(faults))

    def _step(self, row: Row, registered: set[str]) -> Step:
        """Say what a right row does; registered: the new addresses of the rows before, to which this one's is added."""
        email = row.values["email"]
        person = self.people.get(email)
        if person is None:
            registers = email not in registered
            registered.add(email)
            return Step(row, None, None, registers, ())
        part = self.parts.get((person.id, row.values["role"]))
        columns = different(person, OF_A_PERSON, row.values)
        columns += different(part, OF_A_PART, row.values) if part else []
        return Step(row, person, part, registers=False, columns=tuple(columns))

    def _faults(self, row: Row) -> Iterator[Fault]:
        """Give what is wrong with a row, as far as the importing person may learn it (rules B4 and B8)."""
        key = folded(row.values["organization"]) if "organization" in row.values else None
        person = self.people.get(row.values.get("email", ""))
        is_hidden = person is not None and self.led is not None and person.organization_id not in self.led
        if is_hidden:
            person = None
        organization = self._organization_refusal(key, person, row.values)
        if organization:
            yield Fault(row.line, "organization", organization)
        elif is_hidden:
            yield Fault(row.line, "email", Refused("This address cannot be used here; ask an administrator."))
        elif person:
            yield from self._differences(row, person, key)
        if row.values.get("role") == "lead":
            yield from self._lead_faults(row, person, key)

    def _organization_refusal(self, key: str | None, person: Person | None, values: dict[str, Any]) -> Refused | None:
        if key == "":
            has_none = person is not None and person.organization_id is None
            return None if has_none else Refused("The organization is missing.")
        if key is not None and self.led is not None:
            organization = self.organizations.get(key)
            is_own = organization is not None and organization.id in self.led
            return None if is_own else Refused("You can register people of your own organization only.")
        if key in self.misspelt:
            return Refused(
                "“{name}” is almost “{other}”: write it the same, or say that new organizations are meant.",
                name=values["organization"],
                other=self.misspelt[key],
            )
        return None

    def _differences(self, row: Row, person: Person, key: str | None) -> Iterator[Fault]:
        if "name" in row.values and row.values["name"] != unicodedata.normalize("NFC", person.name):
            sentence = "This address is known with another name, {name}; an import changes no names."
            yield Fault(row.line, "name", Refused(sentence, name=person.name))
        if key is not None and key != (person.organization.folded_name if person.organization else ""):
            sentence = "This address is known with another organization; an import changes no organizations."
            yield Fault(row.line, "organization", Refused(sentence))
        part = self.parts.get((person.id, row.values.get("role", "")))
        if part and part.left_at:
            sentence = "This person has left the program as {role}: take the row out."
            yield Fault(row.line, "role", Refused(sentence, role=part.role))

    def _lead_faults(self, row: Row, person: Person | None, key: str | None) -> Iterator[Fault]:
        if key == "" and person:
            yield Fault(row.line, "role", Refused("A project lead needs an organization."))
        elif self.led is not None and not (person and (person.id, "lead") in self.parts):
            yield Fault(row.line, "role", Refused("Only an administrator makes somebody a project lead."))
