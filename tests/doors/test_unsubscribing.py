"""Stopping optional mails: one click without signing in (RFC 8058), and the choice in the profile."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from mentorly.emails.envelope import Envelope
from mentorly.emails.post_office import PostOffice
from mentorly.emails.scanning import find_mails
from mentorly.mentoring.people import Person
from mentorly.mentoring.suppressions import EVERY, Family, Suppression, Why
from mentorly.mentoring.unreached import Loss, Unreached, Verdict
from tests.apps import Apps
from tests.cast import Cast
from tests.doors.conftest import Browser, Mailed, words
from tests.optional_mail import nudge_in

Open = Callable[[Person | None], Browser]
ONE_CLICK = {"List-Unsubscribe": "One-Click"}
PROFILE = {"language": "en", "timezone": "America/Toronto", "phone": "", "quiet_from": "", "quiet_until": ""}


@pytest.fixture
def app(apps: Apps, tmp_path: Path) -> Iterator[Flask]:
    """An application that has an optional mail."""
    register = find_mails(nudge_in(tmp_path / "nudging"))
    with apps.given() as app:
        app.extensions["mentorly"] = replace(app.extensions["mentorly"], register=register)
        yield app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Whoever has the mail, or the mail program that asks for them."""
    return app.test_client()


@pytest.fixture
def page(cast: Cast, office: PostOffice, mailed: Callable[[], Mailed]) -> str:
    """The page that stops Alice's reminders."""
    mailed()
    nudge = cast.session.scalars(select(Envelope).where(Envelope.reader_id == cast.alice.id)).one()
    token = office.desk.tokens.make("unsubscribe", nudge.id, cast.alice.generation)
    cast.session.commit()
    return f"/unsubscribe/{token}"


def stopped(cast: Cast) -> frozenset[Family]:
    cast.session.expire_all()
    found = Suppression.stopped(cast.alice)
    cast.session.commit()
    return found


def test_opening_the_page_stops_nothing_and_one_click_stops_at_once(client: FlaskClient, cast: Cast, page: str) -> None:
    shown = client.get(page)
    assert "No longer get reminders?" in words(shown)
    assert "Set-Cookie" not in shown.headers
    assert stopped(cast) == frozenset()
    for _ in range(2):
        done = client.post(page, data=ONE_CLICK)
        assert (done.status_code, "Set-Cookie" in done.headers) == (200, False)
        assert "You no longer get reminders" in words(done)
        assert "passwords, matches, invitations and cancellations" in words(done)
    assert stopped(cast) == {Family.REMINDERS}


def test_one_click_comes_as_a_form_of_several_parts_too(client: FlaskClient, cast: Cast, page: str) -> None:
    assert client.post(page, data=ONE_CLICK, content_type="multipart/form-data").status_code == 200
    assert stopped(cast) == {Family.REMINDERS}


def test_the_button_of_the_page_does_the_same_and_can_be_taken_back(client: FlaskClient, cast: Cast, page: str) -> None:
    assert 'name="List-Unsubscribe" value="One-Click"' in client.get(page).text
    client.post(page, data=ONE_CLICK, headers={"Origin": "http://localhost"})
    again = client.post(f"{page}/undo")
    assert "No longer get reminders?" in words(again)
    assert stopped(cast) == frozenset()


def test_what_only_looks_like_a_click_stops_nothing(client: FlaskClient, cast: Cast, page: str) -> None:
    assert client.post(page).status_code == 200
    assert client.post(page, data=ONE_CLICK, headers={"Origin": "https://elsewhere.example.org"}).status_code == 403
    assert stopped(cast) == frozenset()


def test_a_torn_a_void_and_an_invented_link_are_told_as_such(client: FlaskClient, cast: Cast, page: str) -> None:
    assert "in your profile" in words(client.get(page[:-1]))
    assert client.post(page[:-1], data=ONE_CLICK).status_code == 404
    assert "This is a test mail" in words(client.get("/unsubscribe/sample"))
    cast.alice.correct_address("alice.gagnon@example.org", cast.carol, datetime.now(UTC))
    cast.session.commit()
    assert client.post(page, data=ONE_CLICK).status_code == 404
    assert stopped(cast) == frozenset()


def test_the_page_speaks_the_readers_language(client: FlaskClient, cast: Cast, page: str) -> None:
    cast.alice.language = "fr"
    cast.session.commit()
    assert "Ne plus recevoir les rappels?" in words(client.get(page))


def test_the_profile_shows_the_optional_mails_that_there_are_and_keeps_the_choice(browser_of: Open, cast: Cast) -> None:
    browser = browser_of(cast.alice)
    assert 'value="reminders" checked' in browser.get("/profile").text
    assert 'value="news"' not in browser.get("/profile").text
    browser.fill("/profile", **PROFILE, optional="figures")
    assert stopped(cast) == {Family.REMINDERS}
    assert 'value="reminders" checked' not in browser.get("/profile").text
    browser.fill("/profile", **PROFILE, optional=["reminders", "figures"])
    assert stopped(cast) == frozenset()


def test_what_was_ticked_stays_when_something_else_is_refused(browser_of: Open, cast: Cast) -> None:
    refused = browser_of(cast.alice).fill("/profile", **{**PROFILE, "phone": "5" * 41})
    assert refused.status_code == 422
    assert 'value="reminders" checked' not in refused.text
    assert stopped(cast) == frozenset()


def test_after_a_complaint_the_profile_says_so_and_what_is_ticked_comes_again(browser_of: Open, cast: Cast) -> None:
    Suppression.put(cast.alice, Why.COMPLAINT, datetime.now(UTC), evidence="abuse")
    cast.session.commit()
    browser = browser_of(cast.alice)
    assert "you marked a mail of ours as unwanted" in words(browser.get("/profile"))
    browser.fill("/profile", **PROFILE)
    assert stopped(cast) == EVERY
    browser.fill("/profile", **PROFILE, optional="reminders")
    assert stopped(cast) == EVERY - {Family.REMINDERS}
    assert "marked a mail" not in words(browser.get("/profile"))


def test_whose_mails_come_back_reads_it_in_the_profile_and_says_when_it_works_again(
    browser_of: Open, cast: Cast
) -> None:
    Unreached.lost(cast.alice, Loss(Verdict.PERMANENT, "5.1.1", matters=False), datetime.now(UTC))
    cast.session.commit()
    browser = browser_of(cast.alice)
    assert "Mails to you come back" in words(browser.get("/profile"))
    browser.fill("/profile", "/profile/try-again")
    assert "Mails to you come back" not in words(browser.get("/profile"))


def test_the_gallery_shows_that_a_kind_can_be_stopped_and_how(browser_of: Open, cast: Cast) -> None:
    cast.alice.is_administrator = True
    cast.session.commit()
    browser = browser_of(cast.alice)
    assert "can be stopped" in words(browser.get("/console/mails"))
    assert "Stop mails of this kind" in browser.get("/console/mails/nudge/letter?language=en").text
    assert "/unsubscribe/sample" in browser.get("/console/mails/nudge?view=source").text
