"""Erasing a person: their words go, what others need stays, and every column is known to be the one or the other."""

import importlib
import pkgutil
from datetime import datetime, timedelta
from hashlib import sha256

import pytest
from sqlalchemy import JSON, Engine, LargeBinary, String, TypeDecorator, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

import mentorly.emails
import mentorly.mentoring
from mentorly.mentoring.agreements import AgreementText, Signature
from mentorly.mentoring.asked import asked_of
from mentorly.mentoring.base import Base, Moment, Refused
from mentorly.mentoring.concerns import Concern, Kind
from mentorly.mentoring.erasing import consequences_for, erase
from mentorly.mentoring.erasure_requests import ErasureRequest
from mentorly.mentoring.filling_in import take_answer
from mentorly.mentoring.meetings import Meeting
from mentorly.mentoring.naming import reading_in
from mentorly.mentoring.notes import Note
from mentorly.mentoring.objectives import Category, Horizon, Objective, Plan
from mentorly.mentoring.own_objectives import OwnObjectives, objective_of
from mentorly.mentoring.people import Participation, Person
from mentorly.mentoring.planning import propose
from mentorly.mentoring.proposing import propose_match
from mentorly.mentoring.relationships import Relationship
from mentorly.mentoring.reports import ProgressReport, Tone
from mentorly.mentoring.sessions import SessionLog, Way
from mentorly.mentoring.suppressions import Family, Suppression
from mentorly.mentoring.tasks import Task
from mentorly.mentoring.typed import TYPED
from mentorly.mentoring.whereabouts import Where
from tests.cast import Cast, cast_of

DAY = timedelta(days=1)
WHERE = Where("My office", "https://meet.example.org/bob", "1 555 0100")

# What stays after erasing, by why it does. A column with text, or with a person's number, stands here or is erased.
NUMBERS_OF_PEOPLE = {
    "agreement_text": "written_by_id",
    "asked": "person_id",
    "attendance": "person_id",
    "audit_entry": "by_id person_id other_id",
    "call_for_help": "caller_id contact_id settled_by_id",
    "concern": "raised_by_id contact_id looked_after_by_id closed_by_id",
    "data_request": "person_id asked_by_id",
    "document": "added_by_id",
    "document_edition": "uploaded_by_id",
    "envelope": "reader_id",
    "erasure_request": "person_id",
    "instrument_draft": "changed_by_id",
    "instrument_text": "added_by_id",
    "meeting": "proposed_by_id counter_by_id kept_for_id changed_by_id event_owner_id",
    "member": "person_id",
    "monthly_figures": "person_id",
    "objective": "mentee_id opened_by_id closed_by_id",
    "participation": "person_id",
    "pause": "began_by_id ended_by_id",
    "person": "registered_by_id",
    "program": "contact_id",
    "progress_report": "author_id",
    "proposal": "mentor_id mentee_id proposed_by_id told_to_id",
    "relationship": "first_meeting_set_by_id",
    "remark": "author_id receiver_id",
    "report_recipient": "person_id contact_id",
    "session_log": "logged_by_id corrected_by_id",
    "session_share": "person_id",
    "task": "owner_id added_by_id given_by_id",
    "task_remark": "author_id",
}
CODES_OF_OURS = {
    "agreement_text": "name",
    "asked": "name occasion reminds",
    "audit_entry": "deed about",
    "attendance": "told coming said_to_earlier",
    "concern": "kind",
    "envelope": "kind mark state claimed_by why_not bounce bounce_code",
    "meeting": "uid stage",
    "member": "matched_as",
    "objective": "category horizon ending",
    "participation": "role",
    "person": "language timezone",
    "progress_report": "tone",
    "proposal": "reservation",
    "response": "question option",
    "session_log": "way",
    "task": "uid",
}
OF_PROGRAMS_AND_OF_THE_SERVICE = {
    "document": "purpose title_en title_fr",
    "document_edition": "language link media_type content",
    "instrument_draft": "name words",
    "instrument_text": "name source digest",
    "mailbox": "place fault",
    "organization": "name folded_name weekdays days_off",
    "pace": "name",
    "program": "name folded_name kind timezone matched_by organizations",
    "program_instrument": "name",
    "release": "figure period counts hidden sizes",
    "round": "kind",
    "standing": "server_said stopped_by",
    "tally": "kind state reason",
}
OF_A_PERSON = "email name phone manager_email password_hash temporary_hash"
# Rows that go, here or with the mails; of a suppression a mark of the address stays (rules A10).
ROWS = (
    "alias answer conflict digest digest_line note received reply sample_request signature sponsor suppression unheard "
    "unreached"
)


def columns(known: dict[str, str]) -> set[str]:
    return {f"{table}.{name}" for table, names in known.items() for name in names.split()}


def holds_text(kind: object) -> bool:
    inner = kind.impl if isinstance(kind, TypeDecorator) else kind
    return isinstance(inner, String | LargeBinary | JSON) and not isinstance(kind, Moment)


def test_every_column_that_holds_text_or_points_at_a_person_is_erased_or_stays_for_a_reason() -> None:
    for floor in (mentorly.mentoring, mentorly.emails):
        for room in pkgutil.iter_modules(floor.__path__, f"{floor.__name__}."):
            importlib.import_module(room.name)
    stays = [columns(known) for known in (NUMBERS_OF_PEOPLE, CODES_OF_OURS, OF_PROGRAMS_AND_OF_THE_SERVICE)]
    erased = {f"{words.model.__tablename__}.{name}" for words in TYPED for name in words.blank}
    erased |= columns({"person": OF_A_PERSON, "response": "words", "envelope": "occasion server_said"})
    known = erased.union(*stays)
    assert sum(map(len, stays)) == len(set().union(*stays)), "one reason is enough"
    assert not erased & set().union(*stays)
    found = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if holds_text(column.type) or any(key.column.table.name == "person" for key in column.foreign_keys)
        if table.name not in ROWS.split()
    }
    assert found - known == set()
    assert set().union(*stays) - found == set(), "what is no column needs no reason"


@pytest.fixture
def cast(session: Session, now: datetime) -> Cast:
    return cast_of(session, now)


@pytest.fixture
def together(cast: Cast, now: datetime) -> Relationship:
    return cast.propose(now).accept(cast.alice, now)


def words_in(session: Session, *words: str) -> dict[str, str]:
    """In which table each of these words still stands."""
    session.flush()
    tables = Base.metadata.sorted_tables
    rows = [(table.name, str(tuple(row))) for table in tables for row in session.execute(table.select())]
    return {word: table for word in words for table, row in rows if word in row}


def test_all_that_was_typed_by_or_about_them_is_gone_and_what_others_count_on_stays(
    cast: Cast, together: Relationship, now: datetime
) -> None:
    session, alice, bob = cast.session, cast.alice, cast.bob
    bob.phone, bob.manager_email = "1 555 0101", "boss@boreal.example.org"
    objective = Objective.open(
        together, bob, Plan("Gimbleton", Category.LEADERSHIP, Horizon.LONG, "why", "", "", ""), bob, now
    )
    task = Task.add(objective, "Galumph", bob.rhythm.day(now) + 5 * DAY, bob, alice, now)
    task.remark(bob, "Uffishly", now)
    Note.write(together, bob, "Manxome", alice, now, is_shared=False)
    planned, past = (propose(together, bob, [now + days * DAY], now, where=WHERE) for days in (9, 1))
    log = SessionLog.of_meeting(past, bob, 50, "Mimsy", now + 2 * DAY)
    log.confirm(alice, now + 2 * DAY)
    asked = {(one.person_id, one.name): one for person in (alice, bob) for one in asked_of(person, together)}
    asked[bob.id, "planning_sheet"].answer(bob, {"hopes": "Rath"}, now)
    said = {one.name: "Tumtum" for one in asked[bob.id, "mentorship_agreement"].instrument.answerable}
    for person in (alice, bob):
        take_answer(asked[person.id, "mentorship_agreement"], person, said | {"signature": person.name}, now)
    report = ProgressReport.write(together, "Whiffling", alice, now, tone=Tone.CONCERN, is_urgent=False)
    concern = Concern.raise_one(together, Kind.CONDUCT, "Beamish", bob, now)
    sent_at, finished = report.sent_at, asked[bob.id, "planning_sheet"]

    assert consequences_for(bob, now).relationships == 1
    erase(bob, cast.dave, now + 3 * DAY)

    typed = ("Gimbleton", "Galumph", "Uffishly", "Manxome", "Mimsy", "Rath", "Tumtum", "My office", "example.org/bob")
    assert words_in(session, *typed, "Bob", "Tremblay", "bob@", "1 555 0101", "boss@") == {}
    assert (report.sealed, report.sent_at, concern.sealed, concern.is_open) == (b"", sent_at, b"", False)
    assert (objective.category, task.number, finished.finished_at is not None) == ("leadership", 1, True)
    assert session.scalars(select(Signature)).all() == []
    assert [one.said for one in session.scalars(select(AgreementText))] == [{}]
    assert (together.is_active, together.ended_early, planned.stage, past.held) == (False, True, "off", True)
    assert [(share.person.name, log.minutes) for share in log.shares] == [
        ("Alice Gagnon", 50), ("a former participant", 50),
    ]  # fmt: skip
    with reading_in("fr"):
        assert together.mentees[0].name == "une ancienne personne participante"


def test_who_is_erased_can_come_in_by_no_way(cast: Cast, now: datetime) -> None:
    generations = cast.bob.generation, cast.bob.feed_generation, cast.bob.sessions
    erase(cast.bob, cast.bob, now)
    bob = cast.session.get_one(Person, cast.bob.id)
    assert (bob.generation, bob.feed_generation, bob.sessions) == tuple(number + 1 for number in generations)
    assert (bob.email, bob.password_hash, bob.temporary_hash) == (f"erased-{bob.id}@erased.invalid", "", "")
    assert not bob.is_participant
    with pytest.raises(Refused, match="erased already"):
        erase(bob, cast.dave, now)
    with pytest.raises(Refused, match="erased already"):
        ErasureRequest.ask(bob, now)


def test_others_erase_nobody_and_the_last_administrator_stays(cast: Cast, now: datetime) -> None:
    for other in (cast.alice, cast.carol):
        with pytest.raises(Refused, match="Only an administrator"):
            erase(cast.bob, other, now)
    with pytest.raises(Refused, match="last administrator"):
        erase(cast.dave, None, now)
    cast.program.contact_id = cast.dave.id
    cast.alice.make_administrator(now)
    proposal = cast.propose(now, by=cast.dave)
    erase(cast.dave, cast.dave, now)
    assert cast.program.contact_id is None, "calls reach every administrator then"
    assert proposal.told_to is cast.alice
    assert not cast.dave.is_administrator


def test_who_leads_an_organization_alone_is_told_of_before(cast: Cast, now: datetime) -> None:
    assert consequences_for(cast.carol, now).led == [("Boréal Robotique", "Pilot")]
    proposal = cast.propose(now)
    erase(cast.carol, cast.dave, now)
    assert proposal.told_to is cast.dave
    assert cast.session.get_one(Person, cast.carol.id).led_organizations() == set()


def test_a_proposal_that_waits_is_withdrawn_and_its_mentee_is_free(cast: Cast, now: datetime) -> None:
    first = cast.propose(now)
    erase(cast.alice, None, now)
    assert first.state(now) == "withdrawn"
    anna = Person.register(cast.session, "anna@x.example.org", "Anna", now, by=None, organization=cast.boreal)
    Participation.join(anna, cast.program, "mentor", now, by=None)
    assert propose_match(cast.session, cast.program, anna, cast.bob, now, by=cast.carol).is_open


def group_of(session: Session, now: datetime) -> tuple[Cast, Relationship, Meeting]:
    """Alice mentors Bob and Eve, who are going to meet where Bob said."""
    cast = cast_of(session, now, "group")
    for mentee in (cast.bob, cast.eve):
        together = propose_match(session, cast.program, cast.alice, mentee, now, by=cast.dave).accept(cast.alice, now)
    return cast, together, propose(together, cast.bob, [now + 9 * DAY], now, where=WHERE)


def test_a_group_goes_on_without_a_mentee_and_meets_where_it_was_going_to(session: Session, now: datetime) -> None:
    cast, together, meeting = group_of(session, now)
    SessionLog.add(together, cast.alice, Way.PHONE, now - DAY, 20, "About us all", now)
    erase(cast.bob, None, now)
    assert (together.is_active, [one.name for one in together.mentees]) == (True, ["Eve Marchand"])
    assert [one.person.name for one in meeting.present] == ["Alice Gagnon", "Eve Marchand"]
    assert (meeting.stage, meeting.place) == ("planned", "My office")
    assert words_in(session, "About us all") == {"About us all": "session_log"}


def test_in_a_group_a_mentee_keeps_what_a_mentor_wrote_down_for_them(session: Session, now: datetime) -> None:
    cast, together, _ = group_of(session, now)
    together.join(cast.carol, "mentor", now)
    plan = Plan("Gimbleton", Category.LEADERSHIP, Horizon.LONG, "", "", "", "")
    objective = Objective.open(together, cast.bob, plan, cast.alice, now)
    day = cast.bob.rhythm.day(now) + 5 * DAY
    theirs, own = (
        Task.add(objective, f"Galumph {one.id}", day, one, cast.alice, now) for one in (cast.bob, cast.alice)
    )
    erase(cast.alice, None, now)
    assert (objective.title, theirs.words, theirs.is_open, own.words, own.is_open) == (
        "Gimbleton", f"Galumph {cast.bob.id}", True, "", False,
    )  # fmt: skip
    found = OwnObjectives.of(together, cast.bob)
    assert (found.objectives, found.tasks) == ([objective], [theirs])
    erase(cast.bob, None, now)
    assert OwnObjectives.of(together, cast.bob) == OwnObjectives([], [])
    assert objective_of(cast.carol, objective.id) is None


def test_a_group_ends_with_its_only_mentor(session: Session, now: datetime) -> None:
    cast, together, meeting = group_of(session, now)
    erase(cast.alice, None, now)
    assert (together.is_active, together.ended_early, meeting.stage) == (False, True, "off")


def test_what_they_had_stopped_stays_stopped_for_an_address_that_nobody_can_read(cast: Cast, now: datetime) -> None:
    address = cast.bob.email
    Suppression.stop(cast.bob, [Family.REMINDERS], cast.bob, now)
    erase(cast.bob, None, now)
    assert words_in(cast.session, address) == {}
    assert words_in(cast.session, sha256(address.encode()).hexdigest()) == {}, "it cannot be tried out"
    again = Person.register(cast.session, address, "Bob Tremblay", now, by=None)
    Suppression.recall(cast.session, {address: again.id, cast.alice.email: cast.alice.id}, now)
    assert (Suppression.stopped(again), Suppression.stopped(cast.alice)) == ({Family.REMINDERS}, frozenset())


def test_what_was_stopped_under_a_mark_of_before_the_secret_stays_stopped(cast: Cast, now: datetime) -> None:
    address = cast.bob.email
    Suppression.stop(cast.bob, [Family.REMINDERS], cast.bob, now)
    erase(cast.bob, None, now)
    cast.session.scalars(select(Suppression)).one().address = sha256(address.encode()).hexdigest()
    again = Person.register(cast.session, address, "Bob Tremblay", now, by=None)
    Suppression.recall(cast.session, {address: again.id}, now)
    assert Suppression.stopped(again) == {Family.REMINDERS}


def test_a_request_counts_once_and_for_a_day(cast: Cast, now: datetime) -> None:
    first = ErasureRequest.ask(cast.bob, now)
    assert ErasureRequest.ask(cast.bob, now + timedelta(minutes=1)) is first
    second = ErasureRequest.ask(cast.bob, now + timedelta(hours=1))
    assert not first.is_open
    with pytest.raises(Refused, match="used already or has expired"):
        first.use(now + timedelta(hours=2))
    with pytest.raises(Refused, match="used already or has expired"):
        second.use(now + timedelta(hours=25))
    second.use(now + timedelta(hours=2))
    assert not second.is_open


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_of_two_administrators_who_go_at_once_the_second_waits_to_be_the_last(
    session: Session, engine: Engine, cast: Cast, now: datetime
) -> None:
    cast.alice.make_administrator(now)
    session.commit()
    erase(cast.dave, cast.dave, now)
    with Session(engine) as other:
        alice = other.get_one(Person, cast.alice.id)
        other.execute(text("SET LOCAL lock_timeout = '200ms'"))
        with pytest.raises(OperationalError, match="lock timeout"):
            erase(alice, alice, now)
