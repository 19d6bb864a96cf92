import csv
import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, event, func, select
from sqlalchemy.orm import Session

from mentorly.mentoring.base import Refused
from mentorly.mentoring.organizations import Organization
from mentorly.mentoring.people import Participation, Person
from mentorly.mentoring.plans import Plan
from mentorly.mentoring.programs import Program
from mentorly.mentoring.roster import COLUMNS, Roster, export_roster
from mentorly.mentoring.rows import Faulty, Row
from tests.cast import Cast, cast_of

DATA = Path(__file__).parent.parent / "data"
PILOT = (DATA / "pilot.csv").read_bytes()
BROKEN = (DATA / "broken.csv").read_bytes()
BOB = {"email": "bob@boreal.example.org", "name": "Bob Tremblay", "role": "mentee", "organization": "Boréal Robotique"}
ALICE = BOB | {"email": "alice@boreal.example.org", "name": "Alice Gagnon", "role": "mentor"}
CAROL = BOB | {"email": "carol@boreal.example.org", "name": "Carol Roy", "role": "lead"}
ZOE = BOB | {"email": "zoe@boreal.example.org", "name": "Zoé Côté", "role": "mentor"}
LEADS_ONLY = "Only an administrator or a project lead of this program"

Counting = Callable[[Engine], AbstractContextManager[list[str]]]


def roster_of(*rows: dict[str, str], delimiter: str = ",", encoding: str = "utf-8") -> Roster:
    page = io.StringIO(newline="")
    writer = csv.DictWriter(page, COLUMNS, restval="", delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return Roster.read(page.getvalue().encode(encoding), "roster.csv")


def read(text: str) -> Roster:
    return Roster.read(text.encode(), "roster.csv")


def only(roster: Roster) -> Row:
    (row,) = roster.rows
    return row


def faults(plan: Plan) -> list[tuple[int, str]]:
    return [(fault.line, str(fault)) for fault in plan.faults]


def is_quiet(plan: Plan, rows: int) -> bool:
    """Whether this many rows change nothing."""
    return len(plan.unchanged) == len(plan.steps) == rows and not (plan.faults or plan.organizations)


def unwritten(session: Session) -> list[object]:
    return [*session.new, *session.dirty]


def counts(session: Session) -> tuple[int, ...]:
    tables = (Person, Participation, Organization)
    return tuple(session.scalar(select(func.count()).select_from(table)) or 0 for table in tables)


def part_of(person: Person, program: Program, role: str) -> Participation:
    part = Participation.of(person, program, role)
    assert part
    return part


@pytest.fixture
def cast(session: Session, now: datetime) -> Cast:
    return cast_of(session, now)


@pytest.fixture
def program(session: Session, now: datetime) -> Program:
    return Program.add(session, "Pilot 2027", "one-on-one", now.date(), now)


# The files that were given


def test_the_pilot_registers_43_people_of_five_organizations(session: Session, program: Program, now: datetime) -> None:
    plan = Roster.read(PILOT, "pilot.csv").import_into(session, program, now)
    assert (len(plan.new), len(plan.joined), len(plan.changed), len(plan.organizations)) == (43, 0, 0, 5)
    assert counts(session) == (43, 43, 5)
    luc = Person.called(session, "luc.yamamoto@northlight.example.com")
    part = part_of(luc, program, "mentor")
    assert luc.organization
    assert (luc.name, luc.organization.name, luc.phone) == ("Luc Yamamoto", "Northlight Hydro", "514-555-0131 x172")
    assert (luc.language, luc.timezone, luc.registered_at, luc.welcomed_at) == ("fr", "Asia/Kolkata", now, None)
    assert (part.fields, part.capacity) == (("cybersecurity", "software engineering"), 3)
    assert part.skills == ("networking", "machine learning", "project management")
    lead = Person.called(session, "amelie.haddad@prairie.example.net")
    assert lead.led_organizations(program) == {lead.organization_id}


def test_a_second_import_of_the_same_file_changes_nothing(session: Session, program: Program, now: datetime) -> None:
    Roster.read(PILOT, "pilot.csv").import_into(session, program, now)
    session.commit()
    assert is_quiet(Roster.read(PILOT, "pilot.csv").import_into(session, program, now), 43)
    assert unwritten(session) == []
    assert counts(session) == (43, 43, 5)


def test_a_spreadsheets_pilot_says_the_same_as_the_pilot() -> None:
    spreadsheets = Roster.read((DATA / "pilot-from-a-spreadsheet.csv").read_bytes(), "pilot.csv")
    assert [row.values for row in spreadsheets.rows] == [row.values for row in Roster.read(PILOT, "pilot.csv").rows]


@pytest.mark.parametrize("known", ["nobody", "everybody"])
def test_the_broken_roster_names_ten_rows_and_changes_nothing(
    session: Session, program: Program, now: datetime, known: str
) -> None:
    if known == "everybody":
        Roster.read(PILOT, "pilot.csv").import_into(session, program, now)
    before = counts(session)
    with pytest.raises(Faulty, match=r"Nothing was changed. Faulty rows in broken\.csv: 10\.") as refusal:
        Roster.read(BROKEN, "broken.csv").import_into(session, program, now)
    columns = ["email", "role", "timezone", "language", "capacity", "email", "name", "organization", "email", "name"]
    assert [(fault.line, fault.column) for fault in refusal.value.faults] == list(enumerate(columns, 3))
    assert len(refusal.value.lines) == 10
    assert unwritten(session) == []
    assert counts(session) == before


def test_a_name_that_smuggles_a_header_is_refused_with_a_sentence_on_one_line() -> None:
    row = Roster.read(BROKEN, "broken.csv").rows[10]
    (fault,) = row.faults
    assert (row.line, str(fault)) == (12, "name: A name cannot hold a line break or another control character.")


def test_the_row_after_a_record_of_two_lines_is_found_where_it_starts() -> None:
    last = Roster.read(BROKEN, "broken.csv").rows[-1]
    assert (last.line, last.values["manager_email"]) == (14, "nobody@example.org")


# Reading a file


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_every_delimiter_and_encoding_of_spreadsheets_is_read(delimiter: str, encoding: str) -> None:
    row = only(roster_of(ZOE | {"fields": "data science;hiring"}, delimiter=delimiter, encoding=encoding))
    assert row.faults == ()
    assert (row.values["name"], row.values["organization"]) == ("Zoé Côté", "Boréal Robotique")
    assert row.values["fields"] == ("data science", "hiring")


@pytest.mark.parametrize("encoding", ["cp1252", "mac_roman"])
def test_a_whole_roster_in_an_old_encoding_is_read_rightly(encoding: str) -> None:
    text = PILOT.decode().replace("ễ", "ë")
    old = Roster.read(text.encode(encoding), "pilot.csv")
    assert [row.values for row in old.rows] == [row.values for row in read(text).rows]


@pytest.mark.parametrize("name", ["Çelik", "Ünal", "Björn", "D’Souza", "Œuvre", "Él"])
def test_one_accent_is_enough_to_read_windows_letters(name: str) -> None:
    row = only(roster_of(ZOE | {"name": name, "organization": "Boreal"}, encoding="cp1252"))
    assert row.values["name"] == name


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_line_ends_and_empty_lines_are_read(end: str) -> None:
    lines = ["", "email,name,role,organization", "", "alice@example.org,Alice,mentor,Boreal", ",,,", "not,one"]
    rows = read(end.join(lines)).rows
    assert [row.line for row in rows] == [4, 6]
    assert rows[0].values["name"] == "Alice"


def test_columns_come_in_any_order_and_case_and_some_may_be_absent() -> None:
    row = only(read("Notes,ORGANIZATION,Manager email,name,Role,Email\nhi,Boreal,,Bob,Mentee,BOB@example.org\n"))
    assert row.faults == ()
    assert row.values == {
        "email": "bob@example.org",
        "name": "Bob",
        "role": "mentee",
        "organization": "Boreal",
        "notes": "hi",
    }


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "The first row must name the columns"),
        ("bob@example.org,Bob,mentee,Boreal\n", "The first row must name the columns"),
        ("email,name,role\n", "The column organization is missing."),
        ("email,name,role,organization,salary\n", "A roster has no column “salary”"),
        ("email,name,role,organization,Email\n", "The column email is there more than once."),
        ('email,name,role,organization\na@b.org,"Bob,mentee,Boreal\nx\n', "The row on line 2 cannot be read"),
    ],
)
def test_a_file_that_is_no_roster_is_refused_with_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        read(text)


def test_a_workbook_is_refused_with_what_to_do() -> None:
    with pytest.raises(Refused, match="save it as CSV"):
        Roster.read(b"PK\x03\x04\x14\x00", "roster.xlsx")


def test_bytes_that_are_no_letters_are_refused() -> None:
    with pytest.raises(Refused, match="UTF-8"):
        Roster.read(b"email,name,role,organization\nbob@example.org,B\x81\x8db,mentee,Boreal\n", "roster.csv")


def test_a_roster_is_not_endless() -> None:
    with pytest.raises(Refused, match="at most 20 megabytes"):
        Roster.read(b"\n" * 20_000_001, "roster.csv")
    with pytest.raises(Refused, match="at most 50000 rows"):
        read("email,name,role,organization\n" + "a,b,c,d\n" * 50_001)


def test_a_row_may_be_shorter_than_the_header_but_not_longer() -> None:
    header = "email,name,role,organization,notes"
    rows = [header, "a@b.org,A,lead,Boreal", "b@b.org,B,lead,Boreal,,,x", "c@b.org,C,lead,Boreal,,,"]
    assert [[str(fault) for fault in row.faults] for row in read("\n".join(rows)).rows] == [
        [],
        ["notes: The row has more cells than there are columns."],
        [],
    ]


@given(st.binary(max_size=300))
def test_any_bytes_give_a_roster_or_sentences(data: bytes) -> None:
    header = b"email,name,role,organization,phone,language,timezone,capacity,notes\n"
    for file in (data, header + data, b"\xff\xfe" + data):
        assert [sentence for sentence in said_of(file) if not (sentence.isprintable() and sentence.endswith("."))] == []


def said_of(file: bytes) -> list[str]:
    try:
        return [str(fault) for row in Roster.read(file, "roster.csv").rows for fault in row.faults]
    except Refused as refusal:
        return [str(refusal)]


@given(st.lists(st.fixed_dictionaries({column: st.text(max_size=20) for column in COLUMNS}), max_size=3))
def test_any_cells_give_values_or_sentences(rows: list[dict[str, str]]) -> None:
    for row in roster_of(*rows).rows:
        assert {fault.column for fault in row.faults} <= set(COLUMNS)
        assert row.faults or set(COLUMNS[:4]) <= set(row.values)


# Against what is known


def test_a_dry_run_says_what_would_change_and_changes_nothing(session: Session, cast: Cast, now: datetime) -> None:
    before = counts(session)
    roster = roster_of(
        BOB | {"phone": "514-555-0100", "wants": "hiring"},
        BOB | {"role": "mentor"},
        ZOE,
        ZOE | {"role": "mentee"},
        ZOE | {"email": "fay@cedar.example.com", "organization": "Cedar Point"},
        ALICE | {"organization": "BOREAL  robotique"},
        ZOE | {"email": "eve", "name": "Eve"},
    )
    plan = roster.check(session, cast.program, now, cast.dave)
    assert [step.row.line for step in plan.new] == [4, 6]
    assert [step.row.line for step in plan.joined] == [3, 5]
    assert [(step.row.line, step.columns) for step in plan.changed] == [(2, ("phone", "wants"))]
    assert [step.row.line for step in plan.unchanged] == [7]
    assert plan.organizations == ("Cedar Point",)
    assert [fault.line for fault in plan.faults] == [8]
    assert unwritten(session) == []
    assert counts(session) == before
    assert cast.bob.phone == ""


def test_a_known_person_gets_language_phone_and_fields(session: Session, cast: Cast, now: datetime) -> None:
    person = {"phone": "514-555-0100", "language": "en", "timezone": "Europe/Paris", "manager_email": CAROL["email"]}
    roster = roster_of(BOB | person | {"wants": "hiring;French", "notes": "Starts in April."})
    plan = roster.import_into(session, cast.program, now, cast.dave)
    session.commit()
    part = part_of(cast.bob, cast.program, "mentee")
    assert plan.changed[0].columns == (*person, "wants", "notes")
    assert {column: getattr(cast.bob, column) for column in person} == person
    assert (part.wants, part.notes) == (("hiring", "French"), "Starts in April.")
    assert is_quiet(roster.check(session, cast.program, now, cast.dave), 1)


def test_an_empty_cell_leaves_what_is_known(session: Session, cast: Cast, now: datetime) -> None:
    cast.bob.phone = "514-555-0100"
    assert is_quiet(roster_of(BOB).import_into(session, cast.program, now, cast.dave), 1)
    assert (cast.bob.phone, cast.bob.language) == ("514-555-0100", "fr")


def test_an_import_changes_no_name_and_no_organization(session: Session, cast: Cast, now: datetime) -> None:
    roster = roster_of(BOB | {"name": "Robert Tremblay", "organization": "Prairie Genomics"})
    (fault,) = roster.check(session, cast.program, now, cast.dave).faults
    assert str(fault.refusal) == "This address is known with another name, Bob Tremblay; an import changes no names."
    assert [other.column for other in (fault, *fault.also)] == ["name", "organization"]
    assert str(fault).endswith("another organization; an import changes no organizations.")


def test_a_known_person_joins_another_program_and_is_not_registered_again(
    session: Session, cast: Cast, program: Program, now: datetime
) -> None:
    registered_at = cast.bob.registered_at
    plan = roster_of(BOB).import_into(session, program, now, cast.dave)
    session.commit()
    assert (len(plan.joined), len(plan.new)) == (1, 0)
    assert cast.bob.registered_at == registered_at
    assert part_of(cast.bob, program, "mentee").joined_at == now


def test_one_file_may_give_a_person_two_roles(session: Session, program: Program, now: datetime) -> None:
    roster = roster_of(ZOE, ZOE | {"role": "lead", "phone": "514-555-0100"})
    plan = roster.import_into(session, program, now)
    session.commit()
    zoe = Person.called(session, ZOE["email"])
    assert (len(plan.new), len(plan.joined)) == (1, 1)
    assert {part.role for part in zoe.participations} == {"mentor", "lead"}
    assert (zoe.phone, zoe.led_organizations(program)) == ("514-555-0100", {zoe.organization_id})
    assert is_quiet(roster.check(session, program, now, None), 2)


@pytest.mark.parametrize(
    ("second", "fault"),
    [
        ({}, "email: Line 2 has this address in the same role."),
        (
            {"role": "mentee", "name": "Zoe Cote", "phone": "514-555-0199"},
            "email: Line 2 has this address with another name.",
        ),
        ({"role": "mentee", "organization": "Cedar"}, "email: Line 2 has this address with another organization."),
        ({"role": "mentee", "phone": "514-555-0199"}, "phone: Line 2 says something else of this person."),
    ],
)
def test_an_address_twice_must_be_the_same_person_in_another_role(
    session: Session, program: Program, now: datetime, second: dict[str, str], fault: str
) -> None:
    first = ZOE | {"phone": "514-555-0100"}
    assert faults(roster_of(first, first | second).check(session, program, now, None)) == [(3, fault)]


def test_a_row_with_two_faults_is_one_line(session: Session, program: Program, now: datetime) -> None:
    plan = roster_of(ZOE | {"name": "", "language": "de"}).check(session, program, now, None)
    sentence = "name: The name is missing; also language: “de” is no language we write: choose en or fr."
    assert faults(plan) == [(2, sentence)]


def test_who_left_is_not_brought_back_by_an_old_file(session: Session, cast: Cast, now: datetime) -> None:
    part_of(cast.bob, cast.program, "mentee").left_at = now
    plan = roster_of(BOB).check(session, cast.program, now, cast.dave)
    assert faults(plan) == [(2, "role: This person has left the program as mentee: take the row out.")]


def test_a_new_persons_zone_is_the_programs(session: Session, program: Program, now: datetime) -> None:
    program.timezone = "America/Halifax"
    roster_of(ZOE).import_into(session, program, now)
    zoe = Person.called(session, ZOE["email"])
    assert (zoe.timezone, zoe.language, zoe.phone) == ("America/Halifax", "en", "")
    assert part_of(zoe, program, "mentor").capacity == 1


def test_one_faulty_row_keeps_all_others_out(session: Session, program: Program, now: datetime) -> None:
    with pytest.raises(Faulty) as refusal:
        roster_of(ZOE, BOB | {"role": "boss"}).import_into(session, program, now)
    sentence = "role: “boss” is no role: choose one of mentor, mentee, lead."
    assert refusal.value.lines == [f"roster.csv:3: {sentence}"]
    assert counts(session) == (0, 0, 0)


# Organizations


def test_an_almost_known_organization_is_a_fault_unless_new_ones_are_meant(
    session: Session, cast: Cast, now: datetime
) -> None:
    roster = roster_of(ZOE | {"organization": "Boreal Robotiqe"})
    sentence = (
        "“Boreal Robotiqe” is almost “Boréal Robotique”: write it the same, or say that new organizations are meant."
    )
    plan = roster.check(session, cast.program, now, cast.dave)
    assert faults(plan) == [(2, f"organization: {sentence}")]
    plan = roster.import_into(session, cast.program, now, cast.dave, new_organizations=True)
    session.commit()
    assert plan.organizations == ("Boreal Robotiqe",)
    assert is_quiet(roster.check(session, cast.program, now, cast.dave), 1)


def test_of_two_new_spellings_the_commoner_is_believed(session: Session, program: Program, now: datetime) -> None:
    rows = [ZOE | {"email": f"z{number}@example.org", "organization": "Northlight Hydro"} for number in range(3)]
    plan = roster_of(ZOE | {"organization": "Nortlight Hydro"}, *rows).check(session, program, now, None)
    assert [(fault.line, fault.column) for fault in plan.faults] == [(2, "organization")]
    assert plan.organizations == ("Northlight Hydro",)


# Who imports


def test_a_lead_imports_people_of_the_own_organization(session: Session, cast: Cast, now: datetime) -> None:
    roster = roster_of(ZOE, BOB | {"phone": "514-555-0100"})
    plan = roster.import_into(session, cast.program, now, cast.carol)
    assert (len(plan.new), len(plan.changed)) == (1, 1)
    assert Person.called(session, ZOE["email"]).registered_by_id == cast.carol.id


@pytest.mark.parametrize("organization", ["Prairie Genomics", "Prairie Genomic", "Cedar Point"])
def test_a_lead_learns_nothing_of_other_organizations(
    session: Session, cast: Cast, now: datetime, organization: str
) -> None:
    plan = roster_of(ZOE | {"organization": organization}).check(session, cast.program, now, cast.carol)
    assert faults(plan) == [(2, "organization: You can register people of your own organization only.")]


def test_a_lead_does_not_learn_who_has_an_address_elsewhere(session: Session, cast: Cast, now: datetime) -> None:
    sentence = "email: This address cannot be used here; ask an administrator."
    eve = ZOE | {"email": "eve@prairie.example.org"}
    dave = ZOE | {"email": "dave@prairie.example.org"}
    for row in (eve, eve | {"role": "mentee", "name": "Eve Marchand"}, dave):
        assert faults(roster_of(row).check(session, cast.program, now, cast.carol)) == [(2, sentence)]
    as_lead = roster_of(eve | {"role": "lead"})
    before = faults(as_lead.check(session, cast.program, now, cast.carol))
    Participation.join(cast.eve, cast.program, "lead", now, by=None)
    assert faults(as_lead.check(session, cast.program, now, cast.carol)) == before


def test_a_lead_makes_no_leads_but_may_name_those_there_are(session: Session, cast: Cast, now: datetime) -> None:
    roster = roster_of(ZOE | {"role": "lead"}, CAROL, BOB | {"role": "lead"})
    plan = roster.check(session, cast.program, now, cast.carol)
    sentence = "role: Only an administrator makes somebody a project lead."
    assert faults(plan) == [(2, sentence), (4, sentence)]
    assert len(plan.unchanged) == 1


def test_who_leads_nothing_in_a_program_neither_imports_nor_exports(
    session: Session, cast: Cast, program: Program, now: datetime
) -> None:
    for somebody, somewhere in ((cast.alice, cast.program), (cast.carol, program)):
        with pytest.raises(Refused, match=LEADS_ONLY):
            roster_of(ZOE).check(session, somewhere, now, somebody)
        with pytest.raises(Refused, match=LEADS_ONLY):
            export_roster(session, somewhere, somebody)


# Writing


def test_an_export_imports_to_no_change(session: Session, program: Program, now: datetime) -> None:
    rows = (
        ZOE | {"notes": "'=1+1", "phone": "+1 604 555 0185", "fields": '\'@home;"so", with comma', "capacity": "0"},
        ZOE | {"email": "f@example.org", "name": "-Fay", "notes": "one\ntwo", "wants": "+hiring"},
        ZOE | {"email": "g@example.org", "name": "'+Gus", "role": "lead", "notes": "''=x"},
    )
    Roster.read(PILOT, "pilot.csv").import_into(session, program, now)
    roster_of(*rows).import_into(session, program, now)
    session.commit()
    text = export_roster(session, program, None)
    assert is_quiet(read(text).check(session, program, now, None), 46)
    cells = {cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row}
    assert {"'=1+1", '\'@home;"so", with comma', "'-Fay", "'+hiring", "+1 604 555 0185"} <= cells


def test_an_export_fills_an_empty_database_with_the_same(session: Session, program: Program, now: datetime) -> None:
    Roster.read(PILOT, "pilot.csv").import_into(session, program, now)
    text = export_roster(session, program, None)
    mentees = [line for line in text.splitlines() if ",mentee," in line]
    assert mentees == sorted(line for line in PILOT.decode().splitlines() if ",mentee," in line)
    session.rollback()
    again = Program.add(session, "Again", "one-on-one", now.date(), now)
    read(text).import_into(session, again, now)
    assert export_roster(session, again, None) == text


def test_a_lead_exports_the_own_organization(session: Session, cast: Cast, now: datetime) -> None:
    text = export_roster(session, cast.program, cast.carol)
    assert [line.split(",")[0] for line in text.splitlines()[1:]] == [ALICE["email"], BOB["email"], CAROL["email"]]
    assert is_quiet(read(text).check(session, cast.program, now, cast.carol), 3)
    assert "eve@prairie.example.org" in export_roster(session, cast.program, cast.dave)


def test_somebody_without_an_organization_is_exported_and_imported(session: Session, cast: Cast, now: datetime) -> None:
    Participation.join(cast.dave, cast.program, "mentor", now, by=None)
    session.commit()
    text = export_roster(session, cast.program, None)
    assert is_quiet(read(text).check(session, cast.program, now, None), 5)
    dave = {"email": cast.dave.email, "name": "Dave Okoye", "role": "lead"}
    plan = roster_of(dave).check(session, cast.program, now, None)
    assert faults(plan) == [(2, "role: A project lead needs an organization.")]


# Many rows, and two imports at once


@pytest.fixture
def queries(
    session: Session, engine: Engine, program: Program, now: datetime, count_queries: Counting
) -> Callable[[int], list[int]]:
    session.commit()

    def count(people: int) -> list[int]:
        rows = [ZOE | {"email": f"person{number}.{people}@example.org"} for number in range(people)]
        roster = roster_of(*rows)
        changed = roster_of(*(row | {"phone": "514-555-0100", "fields": "hiring"} for row in rows))
        found = []
        for step in (
            lambda: roster.import_into(session, program, now),
            lambda: roster.import_into(session, program, now),
            lambda: changed.import_into(session, program, now),
            lambda: export_roster(session, program, None),
        ):
            session.expire_all()
            with count_queries(engine) as queries:
                step()
            found.append(len(queries))
        return found

    return count


def test_the_number_of_queries_does_not_depend_on_the_number_of_rows(queries: Callable[[int], list[int]]) -> None:
    queries(2)
    assert queries(10) == queries(100)


def test_people_registered_by_somebody_else_meanwhile_are_a_sentence_and_no_half_import(
    session: Session, engine: Engine, program: Program, now: datetime
) -> None:
    if engine.dialect.name == "sqlite":
        pytest.skip("SQLite lets one write at a time: the second import waits and sees what the first wrote")
    session.commit()

    def meanwhile(*_: object) -> None:
        with Session(engine) as other:
            Person.register(other, ZOE["email"], "Zoé Côté", now, by=None)
            other.commit()

    event.listen(session, "before_flush", meanwhile, once=True)
    with pytest.raises(Refused, match="import the file again"):
        roster_of(BOB, ZOE).import_into(session, program, now)
    session.commit()
    assert counts(session) == (1, 0, 0)


def test_a_roster_shows_nobody_in_its_repr(session: Session, program: Program, now: datetime) -> None:
    roster = roster_of(ZOE | {"notes": "a private word"})
    plan = roster.check(session, program, now, None)
    shown = [repr(thing) for thing in (roster, *roster.rows, plan, *plan.steps)]
    assert [text for text in shown if "private" in text or "Zoé" in text] == []
