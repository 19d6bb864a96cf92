"""The short forms behind the buttons of mails: GET shows, POST does."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from mentorly.emails.envelope import Answer, Envelope
from mentorly.mentoring.proposals import Proposal
from mentorly.mentoring.relationships import Relationship
from tests.cast import Cast
from tests.doors.conftest import Browser, Mailed, words

Round = Callable[[], Mailed]


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Whoever has the mail; they are not signed in."""
    return app.test_client()


@pytest.fixture
def token(cast: Cast, mailed: Round) -> str:
    """The token in the mail that asks Alice for Bob."""
    cast.propose(datetime.now(UTC))
    return mailed()("match_proposed", "alice")


@pytest.fixture
def dump(app: Flask) -> Callable[[], list[str]]:
    """Gives all that is in the database, as SQL."""

    def written() -> list[str]:
        with closing(sqlite3.connect(Path(app.instance_path) / "mentorly.sqlite")) as connection:
            return list(connection.iterdump())

    return written


def stored(cast: Cast) -> Iterator[Answer]:
    """The answers in the database."""
    cast.session.expire_all()
    answers = cast.session.scalars(select(Answer).order_by(Answer.id)).all()
    cast.session.commit()
    return iter(answers)


def proposal(cast: Cast) -> Proposal:
    cast.session.expire_all()
    found = cast.session.scalars(select(Proposal)).one()
    cast.session.commit()
    return found


def test_a_mail_s_page_lists_its_buttons(client: FlaskClient, token: str) -> None:
    page = client.get(f"/a/{token}")
    assert page.status_code == 200
    assert f'href="/a/{token}/accept"' in page.text
    assert f'href="/a/{token}/reserve"' in page.text
    assert "<form" not in page.text


def test_a_form_says_who_answers_and_what_the_mail_said_and_has_one_button(client: FlaskClient, token: str) -> None:
    page = client.get(f"/a/{token}/accept")
    assert "You answer as Alice Gagnon" in words(page)
    assert "Would you be the mentor of Bob Tremblay (Boréal Robotique) in Pilot?" in words(page)
    assert page.text.count("<button") == page.text.count("<form") == 1
    assert "I accept</button>" in page.text


def test_no_mail_address_is_on_the_page_of_a_proposal(client: FlaskClient, token: str) -> None:
    for path in ("", "/accept", "/reserve"):
        assert "@" not in client.get(f"/a/{token}{path}").text


def test_looking_changes_nothing(client: FlaskClient, token: str, dump: Callable[[], list[str]]) -> None:
    before = dump()
    for path in ("", "/accept", "/reserve", "/undo", "/nothing"):
        for look in (client.get, client.head, client.get, client.head):
            page = look(f"/a/{token}{path}")
            assert page.status_code == (404 if path in {"/undo", "/nothing"} else 200)
            assert page.headers["Cache-Control"] == "no-store"
            assert page.headers["Referrer-Policy"] == "no-referrer"
    assert dump() == before


def test_no_cookie_is_set_or_needed(client: FlaskClient, token: str) -> None:
    pages = [
        client.get(f"/a/{token}"),
        client.get(f"/a/{token}/reserve"),
        client.post(f"/a/{token}/reserve", data={"kind": "x"}),
    ]
    pages += [client.post(f"/a/{token}/accept"), client.get(f"/a/{token}/accept"), client.post(f"/a/{token}/undo")]
    assert [page.status_code for page in pages] == [200, 200, 422, 303, 200, 303]
    assert [page.headers.get("Set-Cookie") for page in pages] == [None] * 6
    assert not client._cookies


def test_the_page_is_the_reader_s_whoever_is_signed_in(
    browser_of: Callable[..., Browser], cast: Cast, token: str
) -> None:
    page = browser_of(cast.bob).get(f"/a/{token}/accept", headers={"Accept-Language": "fr"})
    assert '<html lang="en">' in page.text
    assert "You answer as Alice Gagnon" in words(page)
    assert "Sign out" not in page.text
    assert "Set-Cookie" not in page.headers


def test_pressing_the_button_with_nothing_filled_in_answers(client: FlaskClient, cast: Cast, token: str) -> None:
    pressed = client.post(f"/a/{token}/accept")
    assert pressed.status_code == 303
    assert pressed.headers["Location"] == f"/a/{token}/accept"
    shown = client.get(pressed.headers["Location"])
    assert shown.status_code == 200
    assert "You answered “I accept” on" in words(shown)
    assert proposal(cast).accepted_at is not None
    (answer,) = stored(cast)
    assert (answer.button, answer.door, answer.by_id) == ("accept", "web", cast.alice.id)


def test_a_second_press_says_what_was_done_already(
    client: FlaskClient, cast: Cast, token: str, dump: Callable[[], list[str]]
) -> None:
    first = client.post(f"/a/{token}/accept", follow_redirects=True)
    before = dump()
    second = client.post(f"/a/{token}/accept", follow_redirects=True)
    assert second.status_code == 200
    assert words(second) == words(first)
    assert dump() == before
    assert len(list(stored(cast))) == 1


def test_an_answer_can_be_taken_back_and_given_again(client: FlaskClient, cast: Cast, token: str) -> None:
    client.post(f"/a/{token}/accept")
    back = client.post(f"/a/{token}/undo")
    assert back.status_code == 303
    page = client.get(back.headers["Location"])
    assert "You took your answer “I accept” back on" in words(page)
    assert proposal(cast).accepted_at is None
    assert client.post(f"/a/{token}/accept").status_code == 303
    assert proposal(cast).accepted_at is not None
    assert [answer.undone_at is None for answer in stored(cast)] == [False, True]


def test_what_others_were_told_cannot_be_taken_back(client: FlaskClient, cast: Cast, token: str, mailed: Round) -> None:
    client.post(f"/a/{token}/accept")
    mailed()
    refused = client.post(f"/a/{token}/undo")
    assert refused.status_code == 409
    assert "Bob Tremblay has been told already" in words(refused)
    assert "You answered “I accept”" in words(refused)
    assert proposal(cast).accepted_at is not None


def test_nothing_is_undone_before_something_is_answered(client: FlaskClient, cast: Cast, token: str) -> None:
    refused = client.post(f"/a/{token}/undo")
    assert refused.status_code == 409
    assert "There is nothing to undo." in words(refused)


def test_a_reservation_is_kept_with_its_reason(client: FlaskClient, cast: Cast, token: str) -> None:
    form = client.get(f"/a/{token}/reserve")
    assert "Only the person who proposed this match reads it." in words(form)
    assert 'aria-describedby="q-words-hint"' in form.text
    client.post(f"/a/{token}/reserve", data={"kind": "conflict", "words": "We share\r\na budget."})
    kept = proposal(cast)
    assert (kept.reservation, kept.reservation_words) == ("conflict", "We share\na budget.")
    shown = words(client.get(f"/a/{token}/reserve"))
    assert "A conflict of interest" in shown
    assert "budget" not in shown


def test_an_answer_that_is_unclear_is_asked_again_with_what_was_typed(
    client: FlaskClient, cast: Cast, token: str
) -> None:
    page = client.post(f"/a/{token}/reserve", data={"kind": "conflict", "words": "<b>long</b> " * 200})
    assert page.status_code == 422
    assert 'id="q-words-fault">This has at most 2000 characters; yours has' in page.text
    assert 'aria-invalid="true"' in page.text
    assert "&lt;b&gt;long&lt;/b&gt;" in page.text
    assert 'value="conflict" checked' in page.text
    assert list(stored(cast)) == []


def test_an_answer_that_a_rule_refuses_says_why_and_keeps_what_was_typed(
    client: FlaskClient, cast: Cast, token: str
) -> None:
    client.post(f"/a/{token}/accept")
    page = client.post(f"/a/{token}/reserve", data={"kind": "conflict", "words": "We share a budget."})
    assert page.status_code == 409
    assert "You have accepted this match already." in words(page)
    assert "We share a budget.</textarea>" in page.text
    assert 'value="conflict" checked' in page.text


def test_what_one_browser_typed_is_shown_to_no_other(client: FlaskClient, app: Flask, token: str) -> None:
    client.post(f"/a/{token}/reserve", data={"kind": "x", "words": "We share a budget."})
    assert "budget" not in app.test_client().get(f"/a/{token}/reserve").text


def test_another_button_of_an_answered_mail_says_that_it_was_answered(client: FlaskClient, token: str) -> None:
    client.post(f"/a/{token}/accept")
    assert "You have answered this mail already: “I accept”" in words(client.get(f"/a/{token}/reserve"))


@pytest.mark.parametrize(
    "change", [lambda token: token[:-1], lambda token: token[:-1] + "~", lambda token: "a" + token]
)
def test_a_torn_token_opens_nothing(client: FlaskClient, token: str, change: Callable[[str], str]) -> None:
    for page in (client.get(f"/a/{change(token)}/accept"), client.post(f"/a/{change(token)}/accept")):
        assert page.status_code == 404
        assert "not one of ours" in words(page)
        assert "Alice" not in page.text


@pytest.mark.parametrize("forged", ["x", "é", "a" * 5000, "%00", "aa" + "b" * 16, "zzzzzzzzzzzzzzzz" * 2, "..%2fhome"])
def test_a_forged_token_opens_nothing(client: FlaskClient, cast: Cast, forged: str) -> None:
    for page in (client.get(f"/a/{forged}"), client.post(f"/a/{forged}/accept"), client.post(f"/a/{forged}/undo")):
        assert page.status_code == 404
        assert "Set-Cookie" not in page.headers


def test_every_link_dies_with_the_address_it_was_sent_to(client: FlaskClient, cast: Cast, token: str) -> None:
    cast.alice.generation += 1
    cast.session.commit()
    assert client.get(f"/a/{token}/accept").status_code == 404
    assert client.post(f"/a/{token}/accept").status_code == 404


def test_an_expired_token_says_so_in_its_reader_s_browser_s_language(
    client: FlaskClient, cast: Cast, token: str
) -> None:
    envelope = cast.session.scalars(select(Envelope)).one()
    envelope.sent_at = datetime.now(UTC) - timedelta(days=60, minutes=1)
    cast.session.commit()
    for page in (client.get(f"/a/{token}"), client.get(f"/a/{token}/accept"), client.post(f"/a/{token}/accept")):
        assert page.status_code == 410
        assert "The link in this mail has expired." in words(page)
    page = client.get(f"/a/{token}", headers={"Accept-Language": "fr"})
    assert "Le lien de ce courriel a expiré." in words(page)


def test_the_buttons_of_a_test_mail_do_nothing(client: FlaskClient, cast: Cast) -> None:
    page = client.get("/a/sample/accept")
    assert page.status_code == 410
    assert "This is a test mail: its buttons do nothing." in words(page)


def test_a_button_that_the_mail_does_not_have_opens_nothing(client: FlaskClient, token: str) -> None:
    assert client.get(f"/a/{token}/propose").status_code == 404
    assert client.post(f"/a/{token}/propose").status_code == 404


def test_a_lead_sets_the_first_meeting_by_their_own_clock(
    client: FlaskClient, cast: Cast, token: str, mailed: Round
) -> None:
    cast.carol.timezone = "America/Vancouver"
    cast.session.commit()
    client.post(f"/a/{token}/accept")
    page = f"/a/{mailed()('matched_lead', 'carol')}/first_meeting"
    form = client.get(page)
    assert 'type="datetime-local"' in form.text
    assert "As your own clock shows it: Pacific Time." in words(form)
    day = (datetime.now(UTC) + timedelta(days=20)).date()
    missing = client.post(page)
    assert missing.status_code == 422
    assert "Please answer this question." in words(missing)
    past = client.post(page, data={"at": "2020-01-01T10:00"})
    assert past.status_code == 409
    assert "The first meeting has to be in the future." in words(past)
    assert 'value="2020-01-01T10:00"' in past.text
    done = client.post(page, data={"at": f"{day}T10:00"}, follow_redirects=True)
    assert "at 10:00 AM (Pacific Time)" in words(done)
    together = cast.session.scalars(select(Relationship)).one()
    assert together.first_meeting_at
    assert together.first_meeting_at.hour in {17, 18}


def test_a_french_reader_is_answered_in_french(client: FlaskClient, cast: Cast, token: str, mailed: Round) -> None:
    client.post(f"/a/{token}/accept")
    page = f"/a/{mailed()('matched_mentee', 'bob')}/quote"
    form = client.get(page)
    assert '<html lang="fr">' in form.text
    assert "Vous répondez en tant que Bob Tremblay" in words(form)
    done = client.post(page, data={"quotes": "no"}, follow_redirects=True)
    assert "Vous avez répondu «" in words(done)
    assert "Non, le garder derrière un bouton" in words(done)
    cast.session.refresh(cast.bob)
    assert cast.bob.quotes is False


def test_a_welcome_sets_an_own_password_and_shows_no_secret(client: FlaskClient, cast: Cast, mailed: Round) -> None:
    cast.eve.welcomed_at = None
    cast.eve.registered_at = datetime.now(UTC)
    cast.session.commit()
    page = f"/a/{mailed()('welcome', 'eve')}/password"
    form = client.get(page)
    assert form.text.count("<input") == 1
    assert 'type="password" id="q-password" name="password" autocomplete="new-password" minlength="10"' in form.text
    short = client.post(page, data={"password": "too short"})
    assert short.status_code == 409
    assert "too short" not in short.text
    done = client.post(page, data={"password": "a horse in the rain"}, follow_redirects=True)
    assert "Your password was set on" in words(done)
    assert 'href="/sign-in"' in done.text
    cast.session.refresh(cast.eve)
    assert cast.eve.password_hash
    assert not cast.eve.temporary_hash


def test_answering_is_slowed_down_and_looking_is_not(client: FlaskClient, cast: Cast) -> None:
    assert [client.post("/a/forged/x").status_code for _ in range(31)] == [404] * 30 + [429]
    assert client.get("/a/forged/x").status_code == 404


def test_an_answer_does_not_wait_for_the_bell(client: FlaskClient, token: str) -> None:
    began = datetime.now(UTC)
    client.post(f"/a/{token}/accept")
    assert datetime.now(UTC) - began < timedelta(seconds=5)
