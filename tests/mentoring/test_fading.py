"""How long what people wrote is kept: as long as the program says, and seven years for what was held and signed."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import event, select, text
from sqlalchemy.orm import Session

from mentorly.mentoring.agreements import Signature
from mentorly.mentoring.asked import Asked, asked_of
from mentorly.mentoring.base import Refused
from mentorly.mentoring.drafts import keep_draft
from mentorly.mentoring.fading import Fading
from mentorly.mentoring.instruments import Opening
from mentorly.mentoring.notes import Note
from mentorly.mentoring.objectives import Category, Horizon, Objective, Plan
from mentorly.mentoring.planning import part
from mentorly.mentoring.programs import months_later
from mentorly.mentoring.questions import Text
from mentorly.mentoring.relationships import Relationship
from mentorly.mentoring.sessions import SessionLog, Way
from mentorly.mentoring.typed import RECORD, TYPED
from tests.cast import Cast, cast_of
from tests.mentoring.test_erasing import words_in

DAY = timedelta(days=1)


@pytest.fixture
def cast(session: Session, now: datetime) -> Cast:
    return cast_of(session, now)


@pytest.fixture
def together(cast: Cast, now: datetime) -> Relationship:
    """Ended today; Bob wrote an objective and a note, and the code was signed."""
    together = cast.propose(now).accept(cast.alice, now)
    Objective.open(together, cast.bob, Plan("Gimbleton", Category.OTHER, Horizon.LONG, "", "", "", ""), cast.bob, now)
    Note.write(together, cast.bob, "Manxome", cast.bob, now, is_shared=True)
    SessionLog.add(together, cast.bob, Way.PHONE, now - DAY, 20, "Mimsy", now)
    asked = next(one for one in asked_of(cast.bob, together) if one.name == "code_of_ethics")
    cast.session.add(Signature.made(asked, None, [], cast.bob, "Slithy", now))
    part(together, cast.dave, now)
    cast.session.commit()
    return together


def faded(session: Session, now: datetime, months: int) -> int:
    """Of how many relationships something goes so many months later."""
    gone = sum(Fading(session, datetime.combine(months_later(now.date(), months), now.timetz()) + DAY).batches(size=1))
    session.commit()
    session.expire_all()
    return gone


def test_words_go_when_their_program_says_and_what_was_held_and_signed_after_seven_years(
    cast: Cast, together: Relationship, now: datetime
) -> None:
    session = cast.session
    cast.program.keep_words_for(12)
    assert faded(session, now, 11) == 0
    assert words_in(session, "Gimbleton", "Manxome").keys() == {"Gimbleton", "Manxome"}
    assert faded(session, now, 12) == 1
    left = words_in(session, "Gimbleton", "Manxome", "Mimsy", "Slithy")
    assert left == {"Mimsy": "session_log", "Slithy": "signature"}
    assert session.scalars(select(Objective.category)).all() == ["other"]
    assert faded(session, now, 12) == 0, "once"
    assert faded(session, now, 83) == 0
    assert faded(session, now, 84) == 1
    assert words_in(session, "Mimsy", "Slithy") == {}
    assert session.scalars(select(SessionLog)).all() == []


def test_what_goes_on_keeps_its_words(cast: Cast, now: datetime) -> None:
    together = cast.propose(now).accept(cast.alice, now)
    Note.write(together, cast.bob, "Manxome", cast.bob, now, is_shared=True)
    assert faded(cast.session, now, 200) == 0
    assert words_in(cast.session, "Manxome") == {"Manxome": "note"}


def test_a_follow_up_that_is_answered_later_goes_too(cast: Cast, together: Relationship, now: datetime) -> None:
    session = cast.session
    assert faded(session, now, 24) == 1
    asked = next(one for one in session.scalars(select(Asked)) if one.person_id == cast.bob.id)
    asked.finish(now)
    session.commit()
    assert faded(session, now, 25) == 1


def test_a_draft_of_a_follow_up_that_is_typed_later_goes_too(cast: Cast, together: Relationship, now: datetime) -> None:
    session = cast.session
    assert faded(session, now, 24) == 1
    asked = next(one for one in asked_of(cast.bob, together) if one.name == "mentee_end")
    asked.occasion, asked.opens_at = f"{Opening.ENDED} 12", now
    question = next(one for one in asked.instrument.answerable if isinstance(one, Text))
    keep_draft(asked, cast.bob, {question.name: "Half a thought"}, "", now)
    session.commit()
    assert asked.draft
    assert faded(session, now, 25) == 1
    session.expire_all()
    assert (asked.draft, asked.draft_at) == ("", None)


@pytest.mark.parametrize("months", [None, 5, 121])
def test_words_are_kept_from_half_a_year_to_ten_years(cast: Cast, months: int | None) -> None:
    with pytest.raises(Refused, match="from 6 to 120 months"):
        cast.program.keep_words_for(months)


def test_what_is_over_is_found_by_an_index(session: Session, together: Relationship) -> None:
    if session.get_bind().dialect.name != "sqlite":
        session.execute(text("SET enable_seqscan = off"))
    explain = "EXPLAIN QUERY PLAN" if session.get_bind().dialect.name == "sqlite" else "EXPLAIN"
    for gone, index in (("words_gone_at", "ix_relationship_words"), ("record_gone_at", "ix_relationship_record")):
        query = f"SELECT id FROM relationship WHERE program_id = 1 AND ended_at < '2030-01-01' AND {gone} IS NULL"  # noqa: S608 - names of ours
        plan = session.execute(text(f"{explain} {query} ORDER BY ended_at LIMIT 100"))
        assert index in "".join(map(str, plan))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_deleting_the_words_of_a_relationship_reads_no_table_to_its_end(
    session: Session, together: Relationship
) -> None:
    said: list[str] = []
    session.flush()
    event.listen(session.get_bind(), "before_cursor_execute", lambda *call: said.append(call[2]))
    for words in (*TYPED, *RECORD):
        words.fade(session, [together.id])
    assert len(said) > 15
    for statement in said.copy():
        rows = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", (None,) * statement.count("?"))
        assert not [row for row in rows if row[-1].startswith("SCAN") and "json_each" not in row[-1]], statement
