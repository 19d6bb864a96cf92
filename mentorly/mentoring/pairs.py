"""Pairs: matches that a person chose, read from a spreadsheet and proposed all or nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from mentorly.mentoring.affinity import Reason
from mentorly.mentoring.base import Refused
from mentorly.mentoring.people import Participation, Person
from mentorly.mentoring.programs import Program
from mentorly.mentoring.proposals import Proposal
from mentorly.mentoring.proposing import propose_match
from mentorly.mentoring.roster import records_of
from mentorly.mentoring.rows import Fault, Faulty
from mentorly.mentoring.suggestions import objections_among

COLUMNS = ["mentor", "mentee"]


@dataclass(frozen=True, repr=False)
class Pairs:
    """A file's pairs. name: the file's; rows: the line, the mentor's and the mentee's address of each."""

    name: str
    rows: tuple[tuple[int, str, str], ...]

    @classmethod
    def read(cls, data: bytes, name: str) -> "Pairs":
        """Read a CSV file with the columns mentor and mentee, in any order. Raises Refused."""
        records = records_of(data)
        header = [cell.strip().casefold() for cell in next(records, (1, []))[1]]
        if sorted(header) != sorted(COLUMNS):
            raise Refused("The first row must name the columns: mentor, mentee.")
        places = [header.index(column) for column in COLUMNS]
        return cls(name, tuple((line, *(_cell(record, place) for place in places)) for line, record in records))  # type: ignore[misc]

    def warnings(self, session: Session, program: str | None, now: datetime) -> list[tuple[int, Reason]]:
        """What speaks against pairs of the file, each with its line: they go through all the same (rules C9)."""
        run = Program.called(session, program) if program else None
        known = [
            (line, Person.of_address(session, one), Person.of_address(session, two)) for line, one, two in self.rows
        ]
        by_program: dict[Program, list[tuple[int, Person, Person]]] = {}
        for line, mentor, mentee in known:
            if mentor and mentee:
                for shared in [run] if run else _shared(mentor, mentee):
                    by_program.setdefault(shared, []).append((line, mentor, mentee))
        return sorted(
            ((line, reason) for one, rows in by_program.items() for line, reason in _objections(rows, one, now)),
            key=lambda found: found[0],
        )

    def propose(self, session: Session, program: str | None, now: datetime, *, by: Person | None) -> list[Proposal]:
        """Propose every pair. program: its name; None: the one in which both take part. by: None is the terminal.

        Raises Faulty with one fault for each pair that cannot be proposed, and has changed nothing then.
        """
        run = Program.called(session, program) if program else None
        made: list[Proposal] = []
        faults: list[Fault] = []
        with session.begin_nested() as savepoint:
            for line, mentor, mentee in self.rows:
                try:
                    made.append(_propose(session, run, mentor, mentee, now, by))
                except _AtColumn as fault:
                    faults.append(Fault(line, fault.column, fault.refusal))
            if faults:
                savepoint.rollback()
        if faults:
            raise Faulty(tuple(faults), self.name)
        return made


def _objections(
    rows: list[tuple[int, Person, Person]], program: Program, now: datetime
) -> Iterator[tuple[int, Reason]]:
    found = objections_among([(mentor, mentee) for _, mentor, mentee in rows], program, now)
    for (line, _, _), reasons in zip(rows, found, strict=True):
        yield from ((line, reason) for reason in reasons)


class _AtColumn(Exception):
    def __init__(self, column: str, refusal: Refused) -> None:
        self.column = column
        self.refusal = refusal


def _cell(record: list[str], place: int) -> str:
    return record[place].strip() if place < len(record) else ""


def _propose(
    session: Session, program: Program | None, mentor: str, mentee: str, now: datetime, by: Person | None
) -> Proposal:
    people: list[Person] = []
    for column, address in zip(COLUMNS, (mentor, mentee), strict=True):
        try:
            people.append(Person.called(session, address))
        except Refused as refusal:
            raise _AtColumn(column, refusal) from None
    asked, free = people
    try:
        return propose_match(session, program or _shared_program(asked, free), asked, free, now, by=by)
    except Refused as refusal:
        raise _AtColumn("mentee", refusal) from None


def _shared_program(mentor: Person, mentee: Person) -> Program:
    """The one program in which these two are mentor and mentee. Raises Refused if there is none, or more than one."""
    found = list(_shared(mentor, mentee))
    if len(found) != 1:
        sentence = "There is no program in which {mentor} is a mentor and {mentee} is a mentee."
        if found:
            sentence = "{mentor} and {mentee} share several programs: say which with --program."
        raise Refused(sentence, mentor=mentor.name, mentee=mentee.name)
    return found[0]


def _shared(mentor: Person, mentee: Person) -> Iterator[Program]:
    of_mentee = select(Participation.program_id).where(
        Participation.person_id == mentee.id, Participation.role == "mentee", Participation.left_at.is_(None)
    )
    of_mentor = select(Participation.program_id).where(
        Participation.person_id == mentor.id, Participation.role == "mentor", Participation.left_at.is_(None)
    )
    yield from mentor.session.scalars(select(Program).where(Program.id.in_(of_mentee), Program.id.in_(of_mentor)))
