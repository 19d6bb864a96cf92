"""Pairs from a file: proposed all or nothing, with what speaks against them."""

from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from mentorly.mentoring.base import Refused
from mentorly.mentoring.pairs import Pairs
from mentorly.mentoring.proposals import Proposal
from mentorly.mentoring.rows import Faulty
from tests.cast import Cast, cast_of


@pytest.fixture
def cast(session: Session, now: datetime) -> Cast:
    return cast_of(session, now)


def pairs(text: str) -> Pairs:
    return Pairs.read(text.encode(), "pairs.csv")


def test_a_pair_is_proposed_in_the_program_that_both_share(cast: Cast, now: datetime) -> None:
    made = pairs("mentee,mentor\nbob@boreal.example.org,alice@boreal.example.org\n").propose(
        cast.session, None, now, by=None
    )
    assert [(one.mentor, one.mentee, one.program) for one in made] == [(cast.alice, cast.bob, cast.program)]


def test_one_faulty_pair_keeps_all_from_being_proposed_and_is_told_with_its_line(cast: Cast, now: datetime) -> None:
    text = (
        "mentor,mentee\nalice@boreal.example.org,bob@boreal.example.org\nnobody@example.org,eve@prairie.example.org\n"
    )
    with pytest.raises(Faulty) as faulty:
        pairs(text).propose(cast.session, "Pilot", now, by=None)
    assert faulty.value.lines == ["pairs.csv:3: mentor: Nobody is registered with the address nobody@example.org."]
    assert cast.session.scalars(select(Proposal)).all() == []


def test_a_manager_and_a_full_mentor_are_warned_of_and_go_through(cast: Cast, now: datetime) -> None:
    cast.bob.manager_email = cast.alice.email
    cast.session.flush()
    file = pairs("mentor,mentee\nalice@boreal.example.org,bob@boreal.example.org\n")
    assert [(line, str(reason)) for line, reason in file.warnings(cast.session, None, now)] == [
        (2, "Alice Gagnon is the manager of Bob Tremblay.")
    ]
    assert len(file.propose(cast.session, None, now, by=None)) == 1


@pytest.mark.parametrize("text", ["", "mentor\na@b", "mentor,mentee,notes\n", "PK\x03\x04"])
def test_a_file_of_something_else_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(Refused):
        pairs(text)
