"""What a roster is going to do to a program, and the doing of it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, insert, select
from sqlalchemy.orm import Session

from mentorly.mentoring.cells import OF_A_PART, OF_A_PERSON
from mentorly.mentoring.organizations import Organization, folded
from mentorly.mentoring.people import Participation, Person
from mentorly.mentoring.programs import Program
from mentorly.mentoring.rows import Fault, Row
from mentorly.mentoring.suppressions import Suppression

AT_A_TIME = 5000


@dataclass(frozen=True, repr=False)
class Step:
    """What a right row does. registers: it brings a new person; columns: what it changes of somebody known."""

    row: Row
    person: Person | None
    part: Participation | None
    registers: bool
    columns: tuple[str, ...]

    @property
    def joins(self) -> bool:
        """Whether the person gets a role in the program that they do not have yet."""
        return self.part is None


@dataclass(frozen=True, repr=False)
class Plan:
    """What a roster does to a program. organizations: the names of new ones; faults: one for each faulty row."""

    program: Program
    steps: tuple[Step, ...]
    known: dict[str, Organization]
    organizations: tuple[str, ...]
    faults: tuple[Fault, ...]

    @property
    def new(self) -> list[Step]:
        """The people to register, each with a first role."""
        return [step for step in self.steps if step.registers]

    @property
    def joined(self) -> list[Step]:
        """People who get a role more in this program."""
        return [step for step in self.steps if step.joins and not step.registers]

    @property
    def changed(self) -> list[Step]:
        """Known people of whom something changes: a step's columns say what."""
        return [step for step in self.steps if step.columns]

    @property
    def changes_something(self) -> bool:
        """Whether carrying it out changes anything."""
        return len(self.unchanged) < len(self.steps) or bool(self.organizations)

    @property
    def unchanged(self) -> list[Step]:
        """Rows that say what is known."""
        return [step for step in self.steps if not (step.joins or step.columns)]

    def carry_out(self, session: Session, now: datetime, by: Person | None) -> None:
        """Do all steps, in a few statements however many there are. by: who registers the new people."""
        organizations = self._add_organizations(session, now)
        new = self._new_people(organizations, now, by)
        if new:
            session.execute(insert(Person), list(new.values()))
        numbers = _numbers(session, new)
        Suppression.recall(session, numbers, now)
        parts = []
        for step in self.steps:
            if step.person:
                _write(step.person, OF_A_PERSON, step.row.values)
            if step.part:
                _write(step.part, OF_A_PART, step.row.values)
            else:
                if step.person:
                    step.person.is_outside = False
                person_id = step.person.id if step.person else numbers[step.row.values["email"]]
                organization_id = organizations.get(folded(step.row.values["organization"]))
                parts.append(self._new_part(step, person_id, organization_id, now))
        if parts:
            session.execute(insert(Participation), parts)
        session.flush()
        for step in self.joined:
            if step.person:
                session.expire(step.person, ["participations"])

    def _add_organizations(self, session: Session, now: datetime) -> dict[str, int]:
        new = [Organization(name=name, folded_name=folded(name), added_at=now) for name in self.organizations]
        session.add_all(new)
        session.flush()
        return {organization.folded_name: organization.id for organization in (*self.known.values(), *new)}

    def _new_people(self, organizations: dict[str, int], now: datetime, by: Person | None) -> dict[str, dict[str, Any]]:
        """Give the columns of each new person by address: what no row says is left as it is for everybody."""
        people: dict[str, dict[str, Any]] = {}
        for step in self.steps:
            if not step.person:
                values = step.row.values
                unsaid = {
                    "email": values["email"],
                    "kept_name": values["name"],
                    "organization_id": organizations[folded(values["organization"])],
                    "registered_at": now,
                    "registered_by_id": by.id if by else None,
                    "phone": "",
                    "language": "en",
                    "timezone": self.program.timezone,
                    "manager_email": "",
                }
                people.setdefault(values["email"], unsaid).update(_given(OF_A_PERSON, values))
        return people

    def _new_part(self, step: Step, person_id: int, organization_id: int | None, now: datetime) -> dict[str, Any]:
        role = step.row.values["role"]
        unsaid = {"fields": (), "skills": (), "wants": (), "capacity": 1, "notes": ""}
        return (
            unsaid
            | _given(OF_A_PART, step.row.values)
            | {
                "program_id": self.program.id,
                "person_id": person_id,
                "role": role,
                "organization_id": organization_id if role == "lead" else None,
                "joined_at": now,
            }
        )


def _numbers(session: Session, emails: Iterable[str]) -> dict[str, int]:
    numbers: dict[str, int] = {}
    for some in some_at_a_time(emails):
        numbers |= dict(session.execute(select(Person.email, Person.id).where(some)).all())
    return numbers


def some_at_a_time(emails: Iterable[str]) -> Iterator[ColumnElement[bool]]:
    """Give conditions that find the people of these addresses, each as long as a database takes."""
    addresses = sorted(emails)
    for start in range(0, len(addresses), AT_A_TIME):
        yield Person.email.in_(addresses[start : start + AT_A_TIME])


def _given(columns: tuple[str, ...], values: dict[str, Any]) -> dict[str, Any]:
    return {column: values[column] for column in columns if column in values}


def _write(thing: Person | Participation, columns: tuple[str, ...], values: dict[str, Any]) -> None:
    for column in different(thing, columns, values):
        setattr(thing, column, values[column])


def different(thing: object, columns: tuple[str, ...], values: dict[str, Any]) -> list[str]:
    """Return the columns in which values say something else than a row of the database."""
    return [column for column in columns if column in values and values[column] != getattr(thing, column)]
