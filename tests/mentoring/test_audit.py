"""The record of acts: nothing in it can be changed, it holds no words, and nobody reads of what is kept from them."""

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from mentorly.mentoring.acts import acts_as_csv, acts_for
from mentorly.mentoring.audit import TOLD, AuditEntry, Deed
from mentorly.mentoring.concerns import Concern, Kind
from mentorly.mentoring.people import Participation, Person
from tests.cast import MONDAY, cast_of


def test_what_was_done_can_be_neither_changed_nor_deleted_nor_written_over(session: Session) -> None:
    cast = cast_of(session)
    AuditEntry.write(session, Deed.ADDRESS_CORRECTED, cast.bob, cast.dave, MONDAY)
    session.commit()
    known = session.scalars(select(AuditEntry.id)).one()
    again = f"INTO audit_entry (id, done_at, deed, about, about_id) VALUES ({known}, '2027-03-01', 'x', 'y', 1)"
    of_dialect = {
        "sqlite": [f"REPLACE {again}", f"INSERT OR REPLACE {again}", "UPDATE OR REPLACE audit_entry SET id = id"],
        "postgresql": ["TRUNCATE audit_entry", "TRUNCATE person CASCADE"],
    }[session.get_bind().dialect.name]
    for change in (update(AuditEntry).values(deed="nothing"), delete(AuditEntry), *map(text, of_dialect)):
        with pytest.raises(DatabaseError, match="what was done stays on record"):
            session.execute(change)
        session.rollback()
    assert session.scalars(acts_for(cast.dave)).one().deed == Deed.ADDRESS_CORRECTED


def test_it_tells_who_did_what_to_whom_in_which_program(session: Session) -> None:
    cast = cast_of(session)
    proposal = cast.propose()
    AuditEntry.write(session, Deed.ADDRESS_CORRECTED, cast.bob, cast.dave, MONDAY)
    AuditEntry.write(session, Deed.PROGRAM_ADDED, cast.program, None, MONDAY)
    AuditEntry.write(session, Deed.MATCH_PROPOSED, proposal, cast.carol, MONDAY)
    session.flush()
    acts = session.scalars(acts_for(cast.dave))
    assert [(one.by, one.told, one.about, one.person, one.other, one.program) for one in acts] == [
        (cast.carol, "Proposed a match", "proposal", cast.alice, cast.bob, cast.program),
        (None, "Added a program", "program", None, None, cast.program),
        (cast.dave, "Corrected an address", "person", cast.bob, None, None),
    ]
    assert len(session.scalars(acts_for(cast.dave, person_id=cast.alice.id)).all()) == 1
    assert len(session.scalars(acts_for(cast.dave, person_id=cast.bob.id)).all()) == 2
    assert len(session.scalars(acts_for(cast.dave, person_id=cast.carol.id)).all()) == 1
    assert len(session.scalars(acts_for(cast.dave, program_id=cast.program.id)).all()) == 2
    lines = acts_as_csv(session, acts_for(cast.dave, person_id=cast.bob.id), "en").splitlines()
    alice, bob, carol, dave = (one.id for one in (cast.alice, cast.bob, cast.carol, cast.dave))
    assert [line.removeprefix(f"{MONDAY.isoformat()},") for line in lines[1:]] == [
        f"{carol},match_proposed,proposal,{proposal.id},{alice},{bob},{cast.program.id}",
        f"{dave},address_corrected,person,{bob},{bob},,",
    ]


def test_an_act_on_a_relationship_of_two_names_both_the_mentor_first(session: Session) -> None:
    cast = cast_of(session)
    together = cast.propose().accept(cast.alice, MONDAY)
    entry = AuditEntry.write(session, Deed.RELATIONSHIP_PAUSED, together, cast.dave, MONDAY)
    assert (entry.person_id, entry.other_id) == (cast.alice.id, cast.bob.id)
    together.join(cast.eve, "mentee", MONDAY)
    entry = AuditEntry.write(session, Deed.RELATIONSHIP_PAUSED, together, cast.dave, MONDAY)
    assert (entry.person_id, entry.other_id) == (None, None), "a group's number says which"


def test_who_is_in_a_relationship_reads_of_no_concern_about_it_of_nothing_others_did_to_it_and_of_no_own_proposal(
    session: Session,
) -> None:
    cast = cast_of(session)
    vera = Person.register(session, "vera@boreal.example.org", "Vera Costa", MONDAY, by=None)
    vera.make_administrator(MONDAY)
    Participation.join(vera, cast.program, "mentee", MONDAY, by=None)
    proposal = cast.propose()
    together = proposal.accept(cast.alice, MONDAY)
    together.join(vera, "mentee", MONDAY)
    proposal.mentee = vera
    concern = Concern.raise_one(together, Kind.OTHER, "", cast.bob, MONDAY)
    for deed, row in ((Deed.CONCERN_TAKEN, concern), (Deed.MATCH_PROPOSED, proposal), (Deed.SILENCE_SET, cast.program)):
        AuditEntry.write(session, deed, row, cast.dave, MONDAY)
    for deed, by in ((Deed.RELATIONSHIP_EXTENDED, cast.dave), (Deed.RELATIONSHIP_PAUSED, vera)):
        AuditEntry.write(session, deed, together, by, MONDAY)
    AuditEntry.write(session, Deed.RELATIONSHIP_ENDED, together, None, MONDAY)
    session.flush()
    assert {one.deed for one in session.scalars(acts_for(vera))} == {Deed.SILENCE_SET, Deed.RELATIONSHIP_PAUSED}
    assert len(session.scalars(acts_for(cast.dave)).all()) == 6
    assert len(acts_as_csv(session, acts_for(vera), "fr").splitlines()) == 3


def test_the_record_has_no_place_for_words_and_every_deed_is_told() -> None:
    texts = {column.name for column in AuditEntry.__table__.columns if column.type.python_type is str}
    assert texts == {"deed", "about"}, "codes"
    assert set(TOLD) == set(Deed)
    assert len(set(TOLD.values())) == len(Deed)
