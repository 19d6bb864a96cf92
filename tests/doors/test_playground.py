"""The playground's door: everybody's mailbox, mails as their readers see them, and the clock."""

import re
from collections.abc import Callable, Iterator, Sized
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html import unescape
from pathlib import Path
from threading import Thread

import pytest
from flask import Flask
from flask.testing import FlaskClient
from rq import Queue
from sqlalchemy import Engine, select
from werkzeug.test import TestResponse

from mentorly.app import create_app
from mentorly.blueprints import playground_clock
from mentorly.calendars.answers import CalendarAnswer
from mentorly.calendars.reading import read
from mentorly.config import QUEUE, Settings
from mentorly.emails.received import Received
from mentorly.extensions import db, now, settings
from mentorly.jobs import post
from mentorly.jobs.catcher import Outbox, catching
from mentorly.jobs.embedded import redis_connection
from mentorly.jobs.worker import _Worker
from mentorly.mentoring.meetings import Attendance, Meeting
from mentorly.mentoring.people import Participation, Person
from mentorly.mentoring.planning import propose
from mentorly.mentoring.playground import PlaygroundClock
from mentorly.mentoring.relationships import Member
from mentorly.mentoring.whereabouts import Where
from tests.cast import Cast
from tests.doors.test_postbox import open_postbox
from tests.servers import Valkey, free_port

LARGEST_PAGE = 60_000
PLAIN = b"From: mentorly@localhost\r\nSubject: Hello %d\r\nDate: Mon, 01 Mar 2027 10:00:00 -0500\r\n\r\nHello\r\n"


@pytest.fixture
def app(tmp_path: Path, valkey: Valkey) -> Iterator[Flask]:
    """An application with the playground, a real queue and its own catcher."""
    given = {"catcher_listen": f"127.0.0.1:{free_port()}", "playground": "1", "lmtp_listen": f"127.0.0.1:{free_port()}"}
    app = create_app(Settings.load({}, instance=str(tmp_path / "instance"), **given))
    app.extensions["mentorly"].queue = Queue(QUEUE, connection=redis_connection(valkey.settings))
    with app.app_context():
        db.create_all()
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def browser(app: Flask) -> FlaskClient:
    """A browser that knows nobody."""
    return app.test_client()


@pytest.fixture
def outbox(app: Flask) -> Outbox:
    """The catcher's folder."""
    with app.app_context():
        return Outbox(settings().outbox)


def see(browser: FlaskClient, path: str) -> str:
    """What a page says."""
    answer = browser.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return unescape(answer.text)


def send(browser: FlaskClient, to: str, **fields: object) -> TestResponse:
    """Send a form of the playground."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.get("/playground").text)
    assert token
    return browser.post(to, data={"csrf_token": token[1], **fields})


def deliver(app: Flask) -> None:
    """One round, into the catcher."""
    with app.app_context(), catching(settings()):
        post.do_round()


def walk(app: Flask, browser: FlaskClient, step: str) -> str:
    """Press a button of the clock while a worker works; returns the page to which it leads."""
    answers: list[TestResponse] = []
    pressing = Thread(target=lambda: answers.append(send(browser, "/playground/clock", step=step)))
    with app.app_context():
        own = settings()
    with catching(own):
        pressing.start()
        while pressing.is_alive():
            perform(app)
            pressing.join(0.05)
    answer = browser.get(answers[0].location)
    assert answer.status_code == 303
    return see(browser, answer.location)


def perform(app: Flask) -> None:
    """Perform what the queue holds."""
    queue: Queue = app.extensions["mentorly"].queue
    if len(queue):
        worker = _Worker([queue], connection=queue.connection)
        worker.app = app
        worker.work(burst=True, logging_level="CRITICAL")


def shown_by_clock(app: Flask) -> datetime:
    with app.app_context():
        app.extensions["mentorly"].ahead_read = float("-inf")
        return now()


def test_it_is_not_there_unless_it_is_switched_on(tmp_path: Path) -> None:
    app = create_app(Settings.load({}, instance=str(tmp_path / "plain")))
    with app.app_context():
        db.create_all()
    for path in ("/playground", "/playground/people/1", "/playground/mails/1", "/playground/mails/1/letter"):
        assert app.test_client().get(path).status_code == 404


@pytest.mark.parametrize(
    "host", ["mentorly.example.org", "127.0.0.1.example.org", "localhost.example.org:8000", "10.0.0.1"]
)
def test_it_answers_at_localhost_alone(browser: FlaskClient, cast: Cast, host: str) -> None:
    answer = browser.get("/playground", headers={"Host": host})
    assert answer.status_code in {403, 404}
    assert "Alice" not in answer.text
    for near in ("localhost", "localhost:8000", "127.0.0.1:8000"):
        assert browser.get("/playground", headers={"Host": near}).status_code == 200


def test_everybody_has_a_mailbox_and_sees_what_is_new(app: Flask, browser: FlaskClient, cast: Cast) -> None:
    page = see(browser, "/playground")
    for heading in ("Boréal Robotique", "Prairie Genomics", "The people who run Mentorly"):
        assert f">{heading}</h3>" in page
    cast.propose(datetime.now(UTC))
    deliver(app)
    assert "one new mail" in see(browser, "/playground")
    assert "Mentoring: please answer by" in see(browser, f"/playground/people/{cast.alice.id}")
    assert "one new mail" not in see(browser, "/playground")
    assert "No mail yet." in see(browser, f"/playground/people/{cast.bob.id}")


def test_a_mail_is_shown_as_its_reader_sees_it(app: Flask, browser: FlaskClient, cast: Cast) -> None:
    cast.propose(datetime.now(UTC))
    deliver(app)
    page = see(browser, "/playground/mails/1")
    assert "Alice Gagnon" in page
    assert 'sandbox="allow-top-navigation-by-user-activation"' in page
    assert "I accept" in see(browser, "/playground/mails/1?view=text")
    assert "X-Original-To: alice@boreal.example.org" in see(browser, "/playground/mails/1?view=source")


def test_a_letter_is_shut_in_but_its_buttons_lead_out(app: Flask, browser: FlaskClient, cast: Cast) -> None:
    cast.propose(datetime.now(UTC))
    deliver(app)
    answer = browser.get("/playground/mails/1/letter")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox allow-top-navigation-by-user-activation" in policy
    assert "frame-ancestors 'self'" in policy
    assert '<base target="_top">' in answer.text
    assert "_blank" not in answer.text
    button = re.search(r'href="http://127.0.0.1:8000(/a/[^"]+/accept)"', answer.text)
    assert button
    assert browser.get(button[1]).status_code == 200


def test_a_mail_that_is_not_there_is_said_to_be_missing(browser: FlaskClient, cast: Cast) -> None:
    for path in ("mails/9", "mails/9/letter", "mails/99999999999999999999", "people/99", "people/99999999999999999999"):
        assert browser.get(f"/playground/{path}").status_code == 404


def test_a_mail_without_html_and_without_a_date_is_shown_too(browser: FlaskClient, outbox: Outbox, cast: Cast) -> None:
    outbox.keep("", "alice@boreal.example.org", b"Subject: =?utf-8?q?Caf=C3=A9?=\r\n\r\nplain words\r\n")
    assert "Café" in see(browser, f"/playground/people/{cast.alice.id}")
    assert "plain words" in see(browser, "/playground/mails/1?view=text")
    assert browser.get("/playground/mails/1/letter").status_code == 200


def test_a_file_that_came_with_a_mail_can_be_kept(browser: FlaskClient, outbox: Outbox, cast: Cast) -> None:
    mail = EmailMessage()
    mail["Subject"] = "A copy"
    mail.set_content("It is attached.")
    mail.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="signed-copy.pdf")
    outbox.keep("", "alice@boreal.example.org", mail.as_bytes())
    assert "signed-copy.pdf" in see(browser, "/playground/mails/1")
    answer = browser.get("/playground/mails/1/files/0")
    assert (answer.data, answer.mimetype) == (b"%PDF-1.7", "application/pdf")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert browser.get("/playground/mails/1/files/1").status_code == 404


def test_the_head_of_a_mail_is_read_once(browser: FlaskClient, outbox: Outbox, cast: Cast) -> None:
    kept = outbox.keep("", "alice@boreal.example.org", PLAIN % 1)
    assert "Hello 1" in see(browser, f"/playground/people/{cast.alice.id}")
    kept.write_bytes(b"Subject: another\r\n\r\n")
    outbox.keep("", "alice@boreal.example.org", PLAIN % 2)
    page = see(browser, f"/playground/people/{cast.alice.id}")
    assert page.index("Hello 2") < page.index("Hello 1")
    kept.unlink()
    assert "Hello 1" not in see(browser, f"/playground/people/{cast.alice.id}")


def test_thousands_of_mails_come_in_pages(browser: FlaskClient, outbox: Outbox, cast: Cast) -> None:
    outbox.folder.mkdir(parents=True)
    for number in range(1, 2001):
        head = b"X-Original-To: alice@boreal.example.org\r\n"
        (outbox.folder / f"{number}.eml").write_bytes(head + PLAIN % number)
    first = see(browser, f"/playground/people/{cast.alice.id}")
    assert "Hello 2000" in first
    assert "Hello 1950" not in first
    assert "Hello 1950" in see(browser, f"/playground/people/{cast.alice.id}?page=2")
    for path in ("/playground?since=0", f"/playground/people/{cast.alice.id}"):
        assert len(browser.get(path).data) < LARGEST_PAGE


def test_one_signs_in_as_anybody_and_comes_to_their_own_door(browser: FlaskClient, cast: Cast) -> None:
    answer = send(browser, f"/playground/people/{cast.carol.id}/sign-in")
    assert answer.location == "/console"
    assert "You are Carol Roy now." in see(browser, "/console")
    assert send(browser, f"/playground/people/{cast.alice.id}/sign-in").location == "/home"
    assert browser.get("/console").status_code == 403


def test_signing_in_does_not_prove_an_address(browser: FlaskClient, cast: Cast) -> None:
    send(browser, f"/playground/people/{cast.alice.id}/sign-in")
    cast.session.refresh(cast.alice)
    assert cast.alice.is_unanswering


def test_nothing_is_done_without_the_forms_own_token(browser: FlaskClient, cast: Cast) -> None:
    for path in ("/playground/clock", f"/playground/people/{cast.carol.id}/sign-in", "/playground/mails/1/reply"):
        assert browser.post(path, data={"step": "next"}).status_code >= 400
    assert browser.get("/console").status_code == 303


def test_a_match_lapses_by_pressing_one_button_twice(app: Flask, browser: FlaskClient, cast: Cast) -> None:
    cast.propose(datetime.now(UTC))
    deliver(app)
    page = see(browser, "/playground")
    assert "Alice Gagnon was asked to mentor Bob Tremblay." in page
    assert f'href="/playground/people/{cast.alice.id}">Open Alice Gagnon’s mailbox' in page
    page = walk(app, browser, "next")
    assert "One mail was sent." in page
    assert "Just arrived" in page
    page = walk(app, browser, "next")
    assert "Alice Gagnon did not answer" in page
    assert f'href="/playground/people/{cast.carol.id}">Open Carol Roy’s mailbox' in page
    assert "a match you proposed was not answered" in see(browser, f"/playground/people/{cast.carol.id}")
    assert "Nothing" not in page


def test_a_reply_travels_as_a_mail_by_the_postbox_and_is_confirmed(
    app: Flask, browser: FlaskClient, cast: Cast
) -> None:
    cast.propose(datetime.now(UTC))
    deliver(app)
    with app.app_context():
        own = settings()
    assert "Reply as Alice Gagnon" in see(browser, "/playground/mails/1")
    with open_postbox(app, own):
        answer = send(browser, "/playground/mails/1/reply", words="Oui, avec plaisir 😀\n\nAlice")
        assert answer.location == f"/playground/people/{cast.alice.id}"
        assert "The reply is on its way." in see(browser, answer.location)
    with app.app_context(), catching(own):
        perform(app)
    assert "We understood it as “I accept”" in see(browser, "/playground/mails/2?view=text").replace("\n", " ")
    page = walk(app, browser, "next")
    assert "3 mails were sent" in page
    assert "Votre relation de mentorat commence" in see(browser, f"/playground/people/{cast.bob.id}")


def test_a_reply_that_cannot_be_handed_over_is_not_lost(app: Flask, browser: FlaskClient, cast: Cast) -> None:
    cast.propose(datetime.now(UTC))
    deliver(app)
    answer = send(browser, "/playground/mails/1/reply", words="Yes, in April")
    assert answer.status_code == 409
    assert "The postbox cannot be reached" in answer.text
    assert "Yes, in April</textarea>" in answer.text
    cast.alice.generation += 1
    cast.session.commit()
    with app.app_context():
        own = settings()
    with open_postbox(app, own):
        assert "The postbox does not take it" in send(browser, "/playground/mails/1/reply", words="Yes").text
    assert send(browser, "/playground/mails/9/reply", words="Yes").status_code == 404
    assert "Write something first." in send(browser, "/playground/mails/1/reply", words=" ").text


def test_the_clock_goes_forward_by_a_day_and_by_a_week(app: Flask, browser: FlaskClient, cast: Cast) -> None:
    before = shown_by_clock(app)
    assert "No mail was sent." in walk(app, browser, "day")
    after = shown_by_clock(app)
    assert timedelta(days=1) <= after - before < timedelta(days=1, minutes=2)
    walk(app, browser, "week")
    assert timedelta(days=7) <= shown_by_clock(app) - after < timedelta(days=7, minutes=2)


def test_a_walk_past_the_last_day_ends_a_relationship_for_its_pages_too(
    app: Flask, browser: FlaskClient, cast: Cast
) -> None:
    together = cast.propose(shown_by_clock(app)).accept(cast.alice, shown_by_clock(app))
    together.ends_on = (shown_by_clock(app) + timedelta(days=2)).date()
    cast.session.commit()
    walk(app, browser, "week")
    cast.session.refresh(together)
    assert (together.is_active, together.ended_early) == (False, False)


def test_where_nothing_is_upcoming_the_clock_stays(app: Flask, browser: FlaskClient, cast: Cast) -> None:
    assert "No mail was sent." in walk(app, browser, "next")
    with app.app_context():
        assert PlaygroundClock.ahead(db.session()) < timedelta(minutes=1)


def test_a_long_walk_says_so_and_looks_again_by_itself(
    app: Flask, browser: FlaskClient, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(playground_clock, "PATIENCE", 0)
    path = send(browser, "/playground/clock", step="day").location
    answer = browser.get(path)
    assert "The clock is on its way" in answer.text
    assert answer.headers["Refresh"] == "2"
    with app.app_context(), catching(settings()):
        perform(app)
    assert "No mail was sent." in see(browser, browser.get(path).location)


def test_a_walk_that_fails_is_said(
    app: Flask, browser: FlaskClient, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(playground_clock, "WALK", "mentorly.jobs.post.no_such_job")
    assert "The clock stopped on its way." in walk(app, browser, "next")


def test_a_walk_that_nobody_remembers_is_said(browser: FlaskClient, cast: Cast) -> None:
    answer = browser.get("/playground/clock/no-such-job")
    assert "The clock stopped on its way." in see(browser, answer.location)


def test_the_number_of_queries_does_not_depend_on_the_number_of_people(
    app: Flask,
    browser: FlaskClient,
    cast: Cast,
    outbox: Outbox,
    count_queries: Callable[[Engine], AbstractContextManager[Sized]],
) -> None:
    counts: list[list[int]] = []
    for numbers in (range(3), range(3, 60)):
        for number in numbers:
            address, now = f"p{number}@example.org", datetime.now(UTC)
            person = Person.register(
                cast.session, address, f"Person {number:02}", now, by=None, organization=cast.boreal
            )
            Participation.join(person, cast.program, "mentee", now, by=None)
            outbox.keep("", address, PLAIN % number)
        cast.session.commit()
        counts.append([])
        for path in (
            "/playground",
            "/playground?since=0",
            f"/playground/people/{cast.alice.id}",
            "/playground/mails/1",
        ):
            app.extensions["mentorly"].ahead_read = float("-inf")
            with app.app_context(), count_queries(db.engine) as queries:
                assert len(browser.get(path).data) < LARGEST_PAGE
            counts[-1].append(len(queries))
    assert counts[0] == counts[1]


def invited(app: Flask, cast: Cast) -> Meeting:
    """Alice and Bob, matched, and invited by mail to a meeting in eight days."""
    now = datetime.now(UTC)
    together = cast.propose(now).accept(cast.alice, now)
    meeting = propose(together, cast.bob, [now + timedelta(days=8)], now, where=Where(place="Room 4"))
    cast.session.commit()
    deliver(app)
    return meeting


def mail_with(browser: FlaskClient, words: str) -> str:
    """The path of the first mail whose page says this."""
    return next(path for path in (f"/playground/mails/{n}" for n in range(1, 12)) if words in see(browser, path))


def came_in(cast: Cast) -> bytes:
    """What the postbox kept last."""
    raw = cast.session.scalars(select(Received.raw).order_by(Received.id.desc())).first()
    cast.session.commit()
    assert raw
    return raw


def test_an_invitation_is_a_card_and_is_answered_by_a_calendar_s_mail(
    app: Flask, browser: FlaskClient, cast: Cast
) -> None:
    meeting = invited(app, cast)
    path = mail_with(browser, "In the calendar")
    page = see(browser, path)
    for told in ("Mentoring meeting", "Room 4", "60 minutes", "Accept", "Propose another time", ">new</span>"):
        assert told in page
    with app.app_context():
        own = settings()
    for client, choice, said in (("outlook", "accept", "accept"), ("apple", "counter", "counter")):
        with open_postbox(app, own):
            at = "2027-01-05T10:00"
            answer = send(browser, f"{path}/calendar", client=client, said=choice, at=at)
        assert answer.status_code == 303
        parts = message_from_bytes(came_in(cast), policy=default).walk()
        (calendar,) = (one.get_payload(decode=True) for one in parts if one.get_content_type() == "text/calendar")
        found = read(calendar)
        assert isinstance(found, CalendarAnswer)
        assert (found.said, found.uid) == (said, meeting.uid)
    assert send(browser, f"{path}/calendar", client="gmail", said="counter").status_code == 409
    assert send(browser, f"{path}/calendar", client="gmail", said="perhaps").status_code == 404


def test_a_change_and_the_end_are_shown_on_the_card(app: Flask, browser: FlaskClient, cast: Cast) -> None:
    meeting = invited(app, cast)
    for one in (meeting, *meeting.attendances):
        cast.session.refresh(one)
    meeting.change(cast.bob, datetime.now(UTC), starts_at=datetime.now(UTC) + timedelta(days=9))
    cast.session.commit()
    deliver(app)
    assert "Accept" in see(browser, mail_with(browser, ">updated</span>"))


def test_one_s_own_calendar_invites_the_program_moves_and_cancels(app: Flask, browser: FlaskClient, cast: Cast) -> None:
    invited(app, cast)
    member = cast.session.scalars(select(Member).where(Member.person_id == cast.alice.id)).one()
    cast.session.commit()
    path = f"/playground/people/{cast.alice.id}"
    given = {"client": "gmail", "member": str(member.id), "minutes": "45", "at": "2027-01-12T16:00"}
    assert send(browser, f"{path}/events", **given | {"at": ""}).status_code == 409
    assert send(browser, f"{path}/events", **given | {"member": "99"}).status_code == 404
    with app.app_context():
        own = settings()
    with open_postbox(app, own):
        assert send(browser, f"{path}/events", **given).status_code == 303
        events = [came_in(cast)]
        (uid,) = set(re.findall(r'/events/([^"]+)"', see(browser, path)))
        for more in ({"act": "move", "at": "2027-01-13T16:00"}, {"act": "cancel"}):
            assert send(browser, f"{path}/events/{uid}", **more).status_code == 303
            events.append(came_in(cast))
    assert [b"METHOD:CANCEL" in one for one in events] == [False, False, True]
    assert [b"SEQUENCE:%d" % number in one for number, one in enumerate(events)] == [True, True, True]
    assert b"DTSTART:20270113T210000Z" in events[1]
    assert send(browser, f"{path}/events/{uid}", act="cancel").status_code == 404


def test_what_the_calendars_of_the_playground_send_is_taken_in(app: Flask, browser: FlaskClient, cast: Cast) -> None:
    meeting = invited(app, cast)
    alice = mail_with(browser, "Mailbox of Alice Gagnon</a></p>\n<h1>Mentoring meeting")
    bob = mail_with(browser, "Mailbox of Bob Tremblay</a></p>\n<h1>Rencontre de mentorat")
    member = cast.session.scalars(select(Member).where(Member.person_id == cast.alice.id)).one()
    cast.session.commit()
    with app.app_context():
        own = settings()

    def sent(to: str, **fields: object) -> None:
        with open_postbox(app, own):
            assert send(browser, to, **fields).status_code == 303
        with app.app_context(), catching(own):
            perform(app)

    sent(f"{alice}/calendar", client="outlook", said="decline")
    sent(f"{bob}/calendar", client="apple", said="maybe")
    said = dict(iter(cast.session.execute(select(Attendance.person_id, Attendance.coming))))
    cast.session.commit()
    assert said == {cast.alice.id: "no", cast.bob.id: "maybe"}
    events, at = f"/playground/people/{cast.alice.id}/events", datetime.now(UTC) + timedelta(days=20)
    told = {"client": "thunderbird", "member": str(member.id), "minutes": "45", "at": f"{at:%Y-%m-%d}T16:00"}
    sent(events, **told)
    (uid,) = set(re.findall(r'/events/([^"]+)"', see(browser, events.removesuffix("/events"))))
    stages = [stages_of(cast, meeting)]
    sent(f"{events}/{uid}", act="cancel")
    assert [*stages, stages_of(cast, meeting)] == [["planned"], ["off"]]


def stages_of(cast: Cast, meeting: Meeting) -> list[str]:
    """What became of the other meetings."""
    found = list(cast.session.scalars(select(Meeting.stage).where(Meeting.id != meeting.id)))
    cast.session.commit()
    return found
