"""Calls for help in the console, and messages on the page of whom they are for."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from flask import Flask
from sqlalchemy import select

from mentorly.mentoring.audit import AuditEntry, Deed
from mentorly.mentoring.calls import CallForHelp
from mentorly.mentoring.people import Person
from mentorly.mentoring.remarks import Remark
from tests.cast import Cast
from tests.doors.conftest import Browser, words

Open = Callable[[Person | None], Browser]


def call(cast: Cast) -> CallForHelp:
    """Bob's call, which reached the contact of the program, if it has one."""
    made = CallForHelp.make(cast.bob, "I cannot reach Alice.", datetime.now(UTC))
    cast.session.commit()
    return made


def test_administrators_find_who_called_and_settle_it(cast: Cast, browser_of: Open) -> None:
    made = call(cast)
    browser = browser_of(cast.dave)
    page = browser.get("/console/help")
    assert "Bob Tremblay" in words(page)
    assert "I cannot reach Alice." not in words(page)
    assert "I cannot reach Alice." in words(browser.fill("/console/help", to=f"/console/help/{made.id}/read"))
    assert browser.fill("/console/help", to=f"/console/help/{made.id}/settled").status_code == 303
    assert "settled Dave Okoye" in words(browser.get("/console/help"))
    again = browser.fill("/console/help", to=f"/console/help/{made.id}/settled")
    assert "looked after this call for help already" in words(browser.get(again.headers["Location"]))
    assert browser.fill("/console/help", to="/console/help/999/settled").status_code == 404
    acts = cast.session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [(one.deed, one.person_id) for one in acts] == [
        (Deed.CALL_READ, cast.bob.id),
        (Deed.CALL_SETTLED, cast.bob.id),
    ]


def test_a_call_never_reaches_an_administrator_who_is_in_a_relationship_with_the_caller(
    cast: Cast, browser_of: Open
) -> None:
    """Not even the contact of the program (rules C6)."""
    cast.propose().accept(cast.alice, datetime.now(UTC))
    cast.alice.make_administrator(datetime.now(UTC))
    cast.program.contact_id = cast.alice.id
    made = call(cast)
    assert made.contact_id is None
    alice, dave = browser_of(cast.alice), browser_of(cast.dave)
    for path in ("/console/help", "/console/concerns"):
        assert "Bob Tremblay" in words(dave.get(path))
        assert "Bob Tremblay" not in words(alice.get(path))
    for act in ("read", "settled"):
        assert alice.fill("/console/help", to=f"/console/help/{made.id}/{act}").status_code == 404
    assert dave.fill("/console/help", to=f"/console/help/{made.id}/read").status_code == 200
    assert "Bob Tremblay" in words(dave.get("/console/acts"))
    assert "Bob Tremblay" not in words(alice.get("/console/acts"))
    reached = select(Person.id).join(CallForHelp, CallForHelp.reaches())
    assert cast.session.scalars(reached).all() == [cast.dave.id]
    cast.dave.is_administrator = False
    cast.session.commit()
    assert cast.session.scalars(reached).all() == [cast.alice.id], "rather than nobody"


def test_a_call_is_not_listed_before_it_is_heard_of(cast: Cast, browser_of: Open) -> None:
    made = CallForHelp.make(cast.bob, "I cannot reach Alice.", datetime.now(UTC) + timedelta(minutes=5))
    cast.session.commit()
    dave = browser_of(cast.dave)
    assert "Bob Tremblay" not in words(dave.get("/console/help"))
    assert dave.fill("/console/help", to=f"/console/help/{made.id}/settled").status_code == 404


def test_the_words_are_for_the_contact_alone_and_no_lead_sees_that_there_is_a_call(
    app: Flask, cast: Cast, browser_of: Open
) -> None:
    contact = Person.register(cast.session, "grace@mentorly.example.org", "Grace Chen", datetime.now(UTC), by=None)
    contact.make_administrator(datetime.now(UTC))
    cast.program.contact_id = contact.id
    address = f"/console/help/{call(cast).id}/read"
    assert "I cannot reach Alice." in words(browser_of(contact).fill("/console/help", to=address))
    dave = browser_of(cast.dave)
    page = words(dave.get("/console/help"))
    assert "for Grace Chen" in page
    assert "Read the words" not in page
    refused = dave.fill("/console/help", to=address)
    assert "Only those whom a call for help reached read its words." in words(dave.get(refused.headers["Location"]))
    assert cast.session.scalars(select(AuditEntry.by_id)).all() == [contact.id]
    assert browser_of(cast.carol).get("/console/help").status_code in {403, 404}


def test_a_message_is_on_the_page_of_whom_it_is_for_until_it_is_deleted(cast: Cast, browser_of: Open) -> None:
    now = datetime.now(UTC)
    cast.propose(now).accept(cast.alice, now)
    remark = Remark.keep(cast.bob, "Could we meet\nin the evening?", now)
    cast.session.add(remark)
    cast.session.flush()
    remark.pass_on(cast.alice, cast.bob, now)
    cast.session.commit()
    page = browser_of(cast.alice).get("/home")
    assert "Could we meet in the evening?" in words(page)
    assert "You and Bob Tremblay see this" in words(page)
    assert "in the evening" not in browser_of(cast.bob).get("/home").text
    Remark.forget(cast.session, remark.forget_at)
    cast.session.commit()
    assert "Messages for you" not in browser_of(cast.alice).get("/home").text
