"""What a person is told of what is kept about them: every column that names a person or holds text is decided about."""

from collections.abc import Callable, Sized
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from sqlalchemy import JSON, Engine, LargeBinary, String, Text, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from mentorly.emails.envelope import Answer, Envelope
from mentorly.emails.own_mail import holdings
from mentorly.mentoring.asked import asked_of
from mentorly.mentoring.audit import AuditEntry, Deed
from mentorly.mentoring.base import Base, Moment, Private, Refused, Words
from mentorly.mentoring.conflicts import Conflict
from mentorly.mentoring.data_requests import DataRequest
from mentorly.mentoring.erasing import erase
from mentorly.mentoring.erasure_requests import ErasureRequest
from mentorly.mentoring.notes import Note
from mentorly.mentoring.objectives import Category, Horizon, Objective, Plan
from mentorly.mentoring.people import Participation, Person
from mentorly.mentoring.planning import propose
from mentorly.mentoring.questions import Choice
from mentorly.mentoring.relationships import Relationship
from mentorly.mentoring.reports import ProgressReport, Tone
from mentorly.mentoring.sealing import Sealed
from mentorly.mentoring.sessions import SessionLog, Way
from mentorly.mentoring.tasks import Task
from tests.cast import MONDAY, REGISTER, cast_of

DAY = timedelta(days=1)
HOLD_TEXT = (String, Text, Private, Sealed, Words, JSON, LargeBinary)

# Told to whom they are about, or who wrote them, by own_record.py, own_words.py and own_mail.py.
TOLD = {
    "agreement_text": "words written_by_id",
    "alias": "person_id email",
    "answer": "by_id button door understood",
    "asked": "person_id draft",
    "attendance": "person_id coming",
    "audit_entry": "by_id person_id other_id deed about",
    "call_for_help": "caller_id words",
    "concern": "raised_by_id kind sealed",
    "conflict": "person_id other_id",
    "data_request": "person_id asked_by_id",
    "envelope": "reader_id kind state bounce",
    "meeting": "agenda place link phone reason stage proposed_by_id",
    "member": "person_id matched_as",
    "note": "mentee_id author_id words",
    "objective": "mentee_id opened_by_id category horizon title why support barriers success ending",
    "organization": "name",
    "participation": "person_id role fields skills wants notes",
    "password_request": "person_id",
    "person": "email name phone language timezone manager_email password_hash",
    "program": "name",
    "progress_report": "author_id tone sealed",
    "proposal": "mentor_id mentee_id reservation reservation_words",
    "received": "person_id decision",
    "remark": "author_id receiver_id words",
    "reply": "person_id outcome sentence",
    "response": "option words",
    "session_log": "logged_by_id way topics",
    "session_share": "person_id",
    "signature": "person_id name address sealed digest",
    "suppression": "person_id reason family address evidence",
    "task": "owner_id added_by_id words",
    "task_remark": "author_id words",
    "sponsor": "person_id",
    "unheard": "person_id role",
    "unreached": "person_id address verdict code",
}
LEFT_OUT = {
    "a secret, or what makes a link or an address of ours": {
        "asked": "draft_key",
        "envelope": "mark occasion",
        "meeting": "uid event_uid event_recurrence",
        "password_request": "address_mark",
        "person": "temporary_hash",
        "received": "recipient message_id fingerprint",
        "reply": "message_id sender",
        "task": "uid",
    },
    "a raw message, deleted within days; what it said was taken in": {"received": "raw envelope_sender sign"},
    "kept from this person: whom it reached, or who looked after it": {
        "call_for_help": "contact_id settled_by_id",
        "concern": "contact_id looked_after_by_id closed_by_id",
        "proposal": "proposed_by_id told_to_id",
        "report_recipient": "person_id contact_id",
        "sponsor": "added_by_id",
        "unheard": "contact_id settled_by_id",
        "unreached": "told_id administrator_id",
    },
    "who did it is told to those whom it concerns, on the page and in the mail about it": {
        "meeting": "counter_by_id kept_for_id changed_by_id event_owner_id",
        "objective": "closed_by_id",
        "pause": "began_by_id ended_by_id",
        "person": "registered_by_id",
        "relationship": "first_meeting_set_by_id",
        "session_log": "corrected_by_id",
        "task": "given_by_id",
    },
    "work of those who run the program, about nobody": {
        "document": "purpose title_en title_fr added_by_id",
        "document_edition": "language link media_type content uploaded_by_id",
        "instrument_draft": "name words changed_by_id",
        "instrument_text": "name source digest added_by_id",
        "program": "folded_name kind timezone matched_by organizations contact_id",
        "program_instrument": "name",
        "organization": "folded_name weekdays days_off",
        "sample_request": "kind language person_id",
    },
    "which form or language it is, told by its title": {
        "agreement_text": "name",
        "asked": "name occasion reminds",
        "response": "question",
        "signature": "language",
    },
    "how a mail was handed over": {
        "answer": "before",
        "attendance": "told said_to_earlier",
        "digest": "reader_id",
        "envelope": "claimed_by server_said why_not bounce_code",
        "monthly_figures": "person_id",
        "received": "door stage fault",
        "reply": "button",
    },
    "that they asked to be erased, which was done or lapsed within a day": {"erasure_request": "person_id"},
    "about the service": {
        "mailbox": "place fault",
        "pace": "name",
        "round": "kind",
        "standing": "stopped_by server_said",
        "tally": "kind state reason",
    },
    "figures of many people": {"release": "figure period counts hidden sizes"},
}


def columns(of: dict[str, str]) -> set[str]:
    return {f"{table}.{column}" for table, names in of.items() for column in names.split()}


@pytest.mark.usefixtures("_sqlite_with_tables")
def test_every_column_that_names_a_person_or_holds_text_is_told_or_left_out_for_a_reason() -> None:
    """Whoever adds a column says here whether a person is told of it, and if not, why."""
    found = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.tables.values()
        for column in table.columns
        if any(key.column.table.name == "person" for key in column.foreign_keys)
        or (isinstance(column.type, HOLD_TEXT) and not isinstance(column.type, Moment))
    }
    decided = [columns(TOLD), *(columns(one) for one in LEFT_OUT.values())]
    assert sorted(found - set().union(*decided)) == [], "undecided"
    assert sorted(set().union(*decided) - found) == [], "there is no such column any more"
    assert sum(map(len, decided)) == len(found), "each once"


def test_every_private_text_is_told_to_who_wrote_it_but_for_the_names_of_events_and_unproven_senders() -> None:
    private = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, Private | Sealed)
    }
    assert private - columns(TOLD) == {"meeting.event_uid", "reply.sender"}


def test_an_archive_is_asked_for_by_its_person_and_by_administrators(session: Session) -> None:
    cast = cast_of(session)
    with pytest.raises(Refused, match="Only an administrator"):
        DataRequest.ask(cast.bob, cast.carol, MONDAY)
    DataRequest.ask(cast.bob, cast.bob, MONDAY)
    with pytest.raises(Refused, match="was asked for on"):
        DataRequest.ask(cast.bob, cast.dave, MONDAY + DAY / 2)
    assert DataRequest.ask(cast.bob, cast.dave, MONDAY + 2 * DAY).is_open
    assert DataRequest.ask(cast.eve, None, MONDAY).is_open


def test_of_who_was_erased_nobody_asks_for_an_archive(session: Session) -> None:
    cast = cast_of(session)
    erase(cast.bob, cast.dave, MONDAY)
    for by in (None, cast.dave):
        with pytest.raises(Refused, match="has been erased already"):
            DataRequest.ask(cast.bob, by, MONDAY)
    with pytest.raises(Refused, match="has been erased already"):
        Person.called(session, cast.bob.email)


def test_it_opens_once_within_seven_days_and_for_its_person_alone(session: Session) -> None:
    cast = cast_of(session)
    request = DataRequest.ask(cast.bob, cast.dave, MONDAY)
    with pytest.raises(Refused, match="Only Bob Tremblay"):
        request.open(cast.dave, MONDAY)
    with pytest.raises(Refused, match="has expired"):
        request.open(cast.bob, MONDAY + 7 * DAY)
    request.open(cast.bob, MONDAY + 6 * DAY)
    with pytest.raises(Refused, match="was opened on"):
        request.open(cast.bob, MONDAY + 6 * DAY)
    assert DataRequest.ask(cast.bob, cast.bob, MONDAY + 6 * DAY).is_open, "another one may be had at once"


def test_a_mentee_learns_of_no_proposal_before_it_is_accepted_and_nobody_of_conflicts_that_others_declared(
    session: Session,
) -> None:
    cast = cast_of(session)
    proposal = cast.propose()
    AuditEntry.write(session, Deed.MATCH_PROPOSED, proposal, cast.carol, MONDAY)
    assert told(cast.alice, "acts") == []
    proposal.asked(MONDAY)
    assert told(cast.bob, "proposals") == told(cast.bob, "acts") == []
    assert [row["deed"] for row in told(cast.alice, "acts")] == ["Proposed a match"]
    assert [row["with"] for row in told(cast.alice, "proposals")] == ["Bob Tremblay"]
    together = proposal.accept(cast.alice, MONDAY)
    AuditEntry.write(session, Deed.FIRST_MEETING_SET, together, cast.carol, MONDAY)
    assert [row["deed"] for row in told(cast.bob, "acts")] == ["Proposed a match", "Set a first meeting"]
    assert [row["with"] for row in told(cast.bob, "proposals")] == ["Alice Gagnon"]
    assert [row["with"] for row in told(cast.bob, "relationships")] == [["Alice Gagnon"]]
    proposal.unaccept(cast.alice, MONDAY)
    for part in ("proposals", "relationships", "answers", "meetings", "acts"):
        assert told(cast.bob, part) == [], part
    Conflict.declare(cast.bob, cast.eve, MONDAY)
    assert [row["with"] for row in told(cast.bob, "conflicts")] == ["Eve Marchand"]
    assert told(cast.eve, "conflicts") == []


def test_a_mentee_is_told_the_same_with_no_report_about_them_and_with_three(session: Session) -> None:
    cast = cast_of(session)
    together = cast.propose().accept(cast.alice, MONDAY)
    session.commit()
    none = holdings(cast.bob, REGISTER)
    for words in ("One", "Two", "Three"):
        ProgressReport.write(together, words, cast.alice, MONDAY, tone=Tone.CONCERN, is_urgent=False)
    session.commit()
    assert holdings(cast.bob, REGISTER) == none
    assert [row["words"] for row in told(cast.alice, "reports")] == ["One", "Two", "Three"]
    assert told(cast.carol, "reports") == []


def test_the_number_of_questions_does_not_grow_with_what_is_kept(
    session: Session, engine: Engine, count_queries: Callable[[Engine], AbstractContextManager[Sized]]
) -> None:
    cast = cast_of(session, kind="group")
    together = cast.propose().accept(cast.alice, MONDAY)
    plan = Plan("Speak", Category.LEADERSHIP, Horizon.LONG, "", "", "", "")
    asked = []
    for number in range(3):
        other = Person.register(session, f"o{number}@boreal.example.org", f"Olga {number}", MONDAY, by=None)
        Participation.join(other, cast.program, "mentee", MONDAY, by=None)
        together.join(other, "mentee", MONDAY)
        session.flush()
        objective = Objective.open(together, other, plan, cast.alice, MONDAY)
        task = Task.add(objective, f"Read {number}", MONDAY.date() + 9 * DAY, other, cast.alice, MONDAY)
        task.remark(other, "It", MONDAY)
        Note.write(together, other, f"It {number}", other, MONDAY, is_shared=True)
        propose(together, other, [MONDAY + (9 + number) * DAY], MONDAY)
        SessionLog.add(together, other, Way.PHONE, MONDAY - DAY, 20, "It", MONDAY)
        session.commit()
        session.expunge_all()
        alice = session.get_one(Person, cast.alice.id)
        with count_queries(engine) as queries:
            found = {one.name: len(one.rows) for one in holdings(alice, REGISTER)}
        asked.append(len(queries))
        assert found["tasks"] == found["sessions"] == found["meetings"] == number + 1
        together = session.get_one(Relationship, together.id)
        cast.program, cast.alice = together.program, alice
    assert asked[1] == asked[2]


def test_what_was_answered_is_told_in_the_words_of_the_questions_beside_its_codes(session: Session) -> None:
    cast = cast_of(session)
    cast.bob.language = "fr"
    mail = Envelope(
        kind="did_it_take_place", thing_id=1, reader=cast.bob, occasion="", moment=MONDAY, lane=0, mark="a",
        collected_at=MONDAY,
    )  # fmt: skip
    session.add(mail)
    given = {"button": "held", "by": cast.bob, "door": "web", "answered_at": MONDAY, "revision": 0}
    session.add(Answer(envelope=mail, understood={"minutes": 45, "gone": "x"}, **given))
    (row,) = told(cast.bob, "mail_answers")
    assert row["answers"] == ["Combien de temps elle a duré — 45 minutes"]
    assert row["answers_in_codes"] == {"minutes": 45, "gone": "x"}
    together = cast.propose().accept(cast.alice, MONDAY)
    midway = next(one for one in asked_of(cast.bob, together) if one.name == "midway_mentee")
    midway.opens_at = MONDAY
    chosen = next(one for one in midway.instrument.answerable if isinstance(one, Choice))
    code, words = next(iter(chosen.options.items()))
    midway.answer(cast.bob, {chosen.name: code}, MONDAY)
    (row,) = told(cast.bob, "answers")
    assert row["answers"] == [f"{chosen.label['fr']} — {words['fr']}"]
    assert row["answers_in_codes"] == {chosen.name: code}


def told(person: Person, name: str) -> list[dict[str, object]]:
    """One part of what a person is told."""
    person.session.flush()
    (found,) = [one for one in holdings(person, REGISTER) if one.name == name]
    return [dict(row) for row in found.rows]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize(
    "ask", [lambda one: DataRequest.ask(one, one, MONDAY), lambda one: ErasureRequest.ask(one, MONDAY)]
)
def test_of_two_presses_at_once_the_second_waits_for_the_first(
    session: Session, engine: Engine, ask: Callable[[Person], object]
) -> None:
    cast = cast_of(session)
    ask(cast.bob)
    with Session(engine) as other:
        bob = other.get_one(Person, cast.bob.id)
        other.execute(text("SET LOCAL lock_timeout = '200ms'"))
        with pytest.raises(OperationalError, match="lock timeout"):
            ask(bob)
