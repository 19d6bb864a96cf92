"""Rosters: who takes part in a program, read from a spreadsheet and written back to one.

``Roster.read`` takes the bytes of a file and checks its cells and rows by themselves; ``Roster.check`` holds them
against what is known and says what would change; ``Roster.import_into`` does it, all or nothing. An empty cell says
nothing: what is known stays.
"""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from charset_normalizer import from_bytes
from email_validator import EmailNotValidError, validate_email
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, contains_eager

from mentorly.mentoring import cells
from mentorly.mentoring.base import Refused
from mentorly.mentoring.cells import COLUMNS, NEEDED, OF_A_PART, guarded, unguarded
from mentorly.mentoring.enrolment import Known, organizations_open_to
from mentorly.mentoring.particulars import ROLES
from mentorly.mentoring.people import Participation, Person
from mentorly.mentoring.plans import Plan, Step
from mentorly.mentoring.programs import Program
from mentorly.mentoring.rows import Fault, Faulty, Row, Said

__all__ = ["COLUMNS", "Fault", "Faulty", "Plan", "Roster", "Row", "Step", "checked_email", "export_roster"]

MOST_BYTES = 20_000_000
MOST_ROWS = 50_000
ADDRESS_LENGTH = 254
TELLING_LINES = 10
WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


def checked_email(text: str) -> str:
    """Return an address in lower case, its domain in ASCII (RFC 5890); asks no name server. Raises Refused."""
    text = text.strip()
    if not text:
        raise Refused("The address is missing.")
    if text.count("@") > 1:
        raise Refused("An address has only one @.")
    if not text.partition("@")[0].isascii():
        raise Refused("Before its @, an address cannot hold accents or letters other than a to z.")
    try:
        if len(text) <= ADDRESS_LENGTH:
            return str(validate_email(text, check_deliverability=False, allow_smtputf8=False).ascii_email).lower()
    except EmailNotValidError:
        pass
    raise Refused("“{email}” is no mail address: write one such as bob@example.org.", email=text[:120])


CHECKS: dict[str, Callable[[str], Any]] = {"email": checked_email, "manager_email": checked_email, **cells.CHECKS}


@dataclass(frozen=True, repr=False)
class Roster:
    """A file's rows, each checked by itself and against those before it. name: the file's."""

    name: str
    rows: tuple[Row, ...]

    @classmethod
    def read(cls, data: bytes, name: str) -> "Roster":
        """Read a CSV file in UTF-8, or in what spreadsheets save instead, with commas, semicolons or tabs.

        Raises Refused if the file as a whole cannot be read; what is wrong with a row is kept in the row.
        """
        records = records_of(data)
        columns = _columns(next(records, (1, []))[1])
        said: Said = {}
        rows: list[Row] = []
        for line, record in records:
            if len(rows) == MOST_ROWS:
                raise Refused("A roster has at most {most} rows.", most=MOST_ROWS)
            rows.append(_row(line, columns, record).held_against(said))
        return cls(name, tuple(rows))

    def check(
        self, session: Session, program: Program, now: datetime, by: Person | None, *, new_organizations: bool = False
    ) -> Plan:
        """Say what the roster would change, and change nothing. Raises Refused if by may not import.

        by: None is the terminal. new_organizations: names that are almost those of others are meant so.
        """
        del now
        return Known.about(self.rows, session, program, by, new_organizations=new_organizations).plan(self.rows)

    def import_into(
        self,
        session: Session,
        program: Program,
        now: datetime,
        by: Person | None = None,
        *,
        new_organizations: bool = False,
    ) -> Plan:
        """Do what check says, and return it. Raises Faulty, having changed nothing, if any row has a fault."""
        plan = self.check(session, program, now, by, new_organizations=new_organizations)
        if plan.faults:
            raise Faulty(plan.faults, self.name)
        try:
            with session.begin_nested():
                plan.carry_out(session, now, by)
        except IntegrityError:
            raise Refused("Somebody else registered some of these people just now: import the file again.") from None
        return plan


def records_of(data: bytes) -> Iterator[tuple[int, list[str]]]:
    """Give each record of a CSV file that is not empty, with the line it starts on. Raises Refused."""
    if len(data) > MOST_BYTES:
        raise Refused("A roster has at most {most} megabytes.", most=MOST_BYTES // 1_000_000)
    return _records(_decoded(data))


def _decoded(data: bytes) -> str:
    if data.startswith(WORKBOOKS):
        raise Refused("This is a workbook: save it as CSV first.")
    is_wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16" if is_wide else "utf-8-sig", None):
        try:
            return data.decode(encoding or _guessed(data))
        except UnicodeDecodeError:
            continue
    raise Refused("The letters of this file cannot be read: save it as CSV in UTF-8.")


def _guessed(data: bytes) -> str:
    """Name the encoding of bytes that are not UTF-8: Windows's, or the old Mac's where enough lines tell."""
    telling = [line for line in data.splitlines() if not line.isascii()][:1000]
    guess = from_bytes(b"\n".join(telling), cp_isolation=["cp1252", "mac_roman"]).best()
    return guess.encoding if guess and len(telling) >= TELLING_LINES else "cp1252"


def _records(text: str) -> Iterator[tuple[int, list[str]]]:
    """Give each record that is not empty with the line it starts on."""
    header = re.sub(r"[\r\n].*", "", text.lstrip(), flags=re.DOTALL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=header.count), strict=True)
    while True:
        line = reader.line_num + 1
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error:
            sentence = "The row on line {line} cannot be read: look for a quotation mark that is not closed."
            raise Refused(sentence, line=line) from None
        if any(cell.strip() for cell in record):
            yield line, record


def _columns(header: list[str]) -> list[str]:
    columns = [re.sub(r"[\s_-]+", "_", cell.strip().casefold()) for cell in header]
    while columns and not columns[-1]:
        columns.pop()
    if not set(columns) & set(COLUMNS):
        raise Refused("The first row must name the columns: {columns}.", columns=", ".join(COLUMNS))
    for column, count in Counter(columns).items():
        if column not in COLUMNS:
            shown = "".join(letter for letter in column if letter.isprintable())[:40]
            sentence = "A roster has no column “{column}”; its columns are {columns}."
            raise Refused(sentence, column=shown, columns=", ".join(COLUMNS))
        if count > 1:
            raise Refused("The column {column} is there more than once.", column=column)
    for column in NEEDED:
        if column not in columns:
            raise Refused("The column {column} is missing.", column=column)
    return columns


def _row(line: int, columns: list[str], record: list[str]) -> Row:
    written = {column: unguarded(cell.strip()) for column, cell in zip(columns, record, strict=False)}
    values: dict[str, Any] = {}
    faults = []
    if any(cell.strip() for cell in record[len(columns) :]):
        faults.append(Fault(line, columns[-1], Refused("The row has more cells than there are columns.")))
    for column in COLUMNS:
        cell = written.get(column, "")
        if cell or column in NEEDED:
            try:
                values[column] = CHECKS[column](cell)
            except Refused as refusal:
                faults.append(Fault(line, column, refusal.with_traceback(None)))
    return Row(line, values, tuple(faults))


def export_roster(session: Session, program: Program, by: Person | None) -> str:
    """Return who takes part as CSV text that imports to no change; a lead gets the own organization's (rules B9).

    by: None is the terminal. Raises Refused if by is neither administrator nor lead.
    """
    led = organizations_open_to(by, program)
    found = (
        select(Participation)
        .join(Participation.person)
        .where(Participation.program_id == program.id, Participation.left_at.is_(None))
        .options(contains_eager(Participation.person).joinedload(Person.organization))
    )
    parts = session.scalars(found if led is None else found.where(Person.organization_id.in_(led)))
    page = io.StringIO(newline="")
    writer = csv.writer(page)
    writer.writerow(COLUMNS)
    for part in sorted(parts, key=lambda part: (part.person.email, ROLES.index(part.role))):
        writer.writerow([guarded(_written(part, column)) for column in COLUMNS])
    return page.getvalue()


def _written(part: Participation, column: str) -> str:
    person = part.person
    if column == "organization":
        return person.organization.name if person.organization else ""
    if column == "capacity":
        return str(part.capacity) if part.role == "mentor" else ""
    value = getattr(part if column == "role" or column in OF_A_PART else person, column)
    return ";".join(value) if isinstance(value, tuple) else str(value)
