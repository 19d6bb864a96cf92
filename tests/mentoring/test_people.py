"""People: who registers whom, whose address it is, and which password opens what."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from mentorly.mentoring.base import Refused
from mentorly.mentoring.particulars import checked_name
from mentorly.mentoring.passwords import (
    PASSWORD_LINK_LIFE,
    TEMPORARY_PASSWORD_LIFE,
    PasswordRequest,
    set_first_password,
    set_password,
    sign_in,
)
from mentorly.mentoring.people import Participation, Person
from tests.cast import Cast, cast_of, offer

DAY = timedelta(days=1)
OWN = "a horse in the rain"


@pytest.fixture
def cast(session: Session, now: datetime) -> Cast:
    return cast_of(session, now)


def test_a_lead_registers_people_of_the_own_organization_only(cast: Cast, now: datetime) -> None:
    Person.register(cast.session, "zoe@example.org", "Zoe Roy", now, by=cast.carol, organization=cast.boreal)
    for organization in (cast.prairie, None):
        with pytest.raises(Refused, match="your own organization only"):
            Person.register(cast.session, "max@example.org", "Max Roy", now, by=cast.carol, organization=organization)


def test_a_lead_makes_no_lead(cast: Cast, now: datetime) -> None:
    with pytest.raises(Refused, match="Only an administrator makes somebody a project lead"):
        Participation.join(cast.alice, cast.program, "lead", now, by=cast.carol)


def test_participants_register_nobody(cast: Cast, now: datetime) -> None:
    for by in (cast.alice, cast.bob, cast.eve):
        with pytest.raises(Refused, match="Only an administrator or a project lead"):
            Person.register(cast.session, "max@example.org", "Max Roy", now, by=by, organization=cast.boreal)


def test_an_address_is_registered_once_whatever_its_case(cast: Cast, now: datetime) -> None:
    with pytest.raises(Refused, match="registered already"):
        Person.register(cast.session, cast.bob.email.upper(), "Bob Again", now, by=cast.dave)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "  ",
        "Eve\r\nBcc: a@b",
        "Eve\u2028x",
        "x" * 81,
        "see www.example.org",
        "a@b",
        "http://x",
        "Eve\u202egnp",
        "E\u200bve",
    ],
)
def test_a_name_is_a_name_and_nothing_else(name: str) -> None:
    with pytest.raises(Refused):
        checked_name(name)


@given(st.text())
def test_any_text_is_a_tidy_name_or_refused_with_a_sentence(text: str) -> None:
    try:
        name = checked_name(text)
    except Refused as refusal:
        assert str(refusal).endswith(".")  # noqa: PT017 - both ends are right here
    else:
        assert name == " ".join(name.split())
        assert 0 < len(name) <= 80
        assert not set(name) & set("\r\n@")


@pytest.mark.parametrize(
    "name", ["Luc Nguyễn", "Seán O’Brien", "D'Souza", "محمد علي", "王小明", "Noémie Müller-Lévesque"]
)
def test_names_of_the_world_are_names(name: str) -> None:
    assert checked_name(name) == name


def test_an_address_is_corrected_while_its_owner_never_used_it(cast: Cast, now: datetime) -> None:
    before = cast.bob.generation
    cast.bob.correct_address("Robert@boreal.example.org", cast.carol, now)
    assert cast.bob.email == "robert@boreal.example.org"
    assert cast.bob.generation == before + 1
    assert cast.bob.welcomed_at is None
    cast.bob.answered_at = now
    with pytest.raises(Refused, match="only Bob Tremblay can change it"):
        cast.bob.correct_address("other@boreal.example.org", cast.dave, now)


def test_a_lead_of_elsewhere_corrects_no_address(cast: Cast, now: datetime) -> None:
    with pytest.raises(Refused, match="own organization"):
        cast.eve.correct_address("x@prairie.example.org", cast.carol, now)


def test_the_temporary_password_only_opens_the_way_to_an_own_one(cast: Cast, now: datetime) -> None:
    offer(cast.bob, "kq7mzp2x9rtw4bhn", now)
    assert sign_in(cast.session, cast.bob.email, " kq7mzp2x9rtw4bhn ", now) == (cast.bob, True)
    assert cast.bob.signed_in_at is None
    with pytest.raises(Refused, match="of your own"):
        set_password(cast.bob, "kq7mzp2x9rtw4bhn", now)
    set_password(cast.bob, OWN, now)
    assert sign_in(cast.session, cast.bob.email, OWN, now) == (cast.bob, False)
    with pytest.raises(Refused, match="do not go together"):
        sign_in(cast.session, cast.bob.email, "kq7mzp2x9rtw4bhn", now)


def test_the_temporary_password_expires_after_fourteen_days(cast: Cast, now: datetime) -> None:
    offer(cast.bob, "kq7mzp2x9rtw4bhn", now)
    with pytest.raises(Refused, match="do not go together"):
        sign_in(cast.session, cast.bob.email, "kq7mzp2x9rtw4bhn", now + TEMPORARY_PASSWORD_LIFE)


def test_every_fault_of_signing_in_has_the_same_sentence(cast: Cast, now: datetime) -> None:
    set_password(cast.alice, OWN, now)
    sentences = set()
    for email, password in (
        (cast.alice.email, "wrong"),
        (cast.bob.email, ""),
        ("nobody@example.org", OWN),
        (cast.bob.email, OWN),
    ):
        with pytest.raises(Refused) as refusal:
            sign_in(cast.session, email, password, now)
        sentences.add(str(refusal.value))
    assert len(sentences) == 1


def test_a_password_is_stretched_at_least_as_rfc_9106_asks_of_a_small_machine(own_hasher: Any) -> None:
    assert own_hasher.type.name == "ID"
    assert own_hasher.memory_cost >= 64 * 1024
    assert own_hasher.time_cost >= 3


@pytest.mark.parametrize("password", ["short", "Bob Tremblay", "bob@boreal.example.org", "x" * 1001])
def test_a_poor_password_is_refused(cast: Cast, now: datetime, password: str) -> None:
    with pytest.raises(Refused, match="Choose a password"):
        set_password(cast.bob, password, now)


def test_a_new_password_ends_the_other_sessions_and_is_noticed_but_a_first_one_is_not(
    cast: Cast, now: datetime
) -> None:
    set_password(cast.bob, OWN, now)
    assert (cast.bob.sessions, cast.bob.password_changed_at) == (1, None)
    set_password(cast.bob, OWN + "!", now + DAY)
    assert (cast.bob.sessions, cast.bob.password_changed_at) == (2, now + DAY)


def test_the_welcomes_link_works_until_another_way_in_was_used(cast: Cast, now: datetime) -> None:
    offer(cast.bob, "kq7mzp2x9rtw4bhn", now)
    with pytest.raises(Refused, match="Only Bob Tremblay"):
        set_first_password(cast.bob, OWN, cast.alice, now)
    set_first_password(cast.bob, OWN, cast.bob, now)
    with pytest.raises(Refused, match="used already"):
        set_first_password(cast.bob, OWN + "!", cast.bob, now)


def test_asking_for_a_password_leaves_the_same_row_for_known_and_unknown_addresses(cast: Cast, now: datetime) -> None:
    for email in (cast.bob.email, "nobody@example.org"):
        PasswordRequest.ask(cast.session, email, now)
    known, unknown = cast.session.scalars(select(PasswordRequest).order_by(PasswordRequest.id)).all()
    assert known.is_open
    assert not unknown.is_open
    assert "@" not in known.address_mark + unknown.address_mark


def test_a_password_link_works_once_and_for_an_hour(cast: Cast, now: datetime) -> None:
    PasswordRequest.ask(cast.session, cast.bob.email, now)
    asked = cast.session.scalars(select(PasswordRequest)).one()
    with pytest.raises(Refused, match="expired"):
        asked.set_password(OWN, now + PASSWORD_LINK_LIFE)
    asked.set_password(OWN, now)
    with pytest.raises(Refused, match="used already"):
        asked.set_password(OWN + "!", now)


def test_a_new_password_voids_every_older_link(cast: Cast, now: datetime) -> None:
    for _ in range(2):
        PasswordRequest.ask(cast.session, cast.bob.email, now)
    older, newer = cast.session.scalars(select(PasswordRequest).order_by(PasswordRequest.id)).all()
    newer.set_password(OWN, now)
    with pytest.raises(Refused, match="used already"):
        older.set_password(OWN + "!", now)


def test_three_links_an_hour_are_mailed_to_one_address(cast: Cast, now: datetime) -> None:
    for _ in range(5):
        PasswordRequest.ask(cast.session, cast.bob.email, now)
    rows = cast.session.scalars(select(PasswordRequest)).all()
    assert [row.is_open for row in rows] == [True, True, True, False, False]


def test_who_left_a_program_may_come_back_in_the_same_role(cast: Cast, now: datetime) -> None:
    part = Participation.of(cast.carol, cast.program, "lead")
    assert part is not None
    part.left_at = now
    assert Participation.of(cast.carol, cast.program, "lead") is None
    assert Participation.join(cast.carol, cast.program, "lead", now, by=None) is part
    assert part.left_at is None
