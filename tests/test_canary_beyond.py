"""The canary beyond pages and mails: what Redis, error reports and the database's own views hold of a private word."""

import hashlib
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from sqlalchemy import Engine, inspect, text
from sqlalchemy.orm import Session

from mentorly.app import set_logs
from mentorly.blueprints.account.coming_in import OF_SIGN_INS
from mentorly.emails.envelope import Envelope
from mentorly.emails.post_office import PostOffice
from mentorly.emails.working.task_added import TaskAdded
from mentorly.extensions import ask_inbox, db, limiter
from mentorly.jobs.post import tell_round
from mentorly.mentoring.notes import Note
from mentorly.mentoring.objectives import Category, Horizon, Objective, Plan
from mentorly.mentoring.passwords import set_password
from mentorly.mentoring.people import Person
from mentorly.mentoring.relationships import Relationship
from mentorly.mentoring.tasks import Task
from mentorly.tokens import Tokens
from tests.apps import Apps
from tests.cast import Cast, Clock, Keeper, cast_of
from tests.doors.conftest import PASSWORD
from tests.doors.signing import csrf_of, sign_in
from tests.servers import Valkey

DAY = timedelta(days=1)
WORD = "quillfeather"


@pytest.fixture
def app(apps: Apps, valkey: Valkey) -> Iterator[Flask]:
    with apps.given(MENTORLY_REDIS_URL=valkey.url, MENTORLY_INBOUND_SECRET="what the server shows") as app:
        yield app


@pytest.fixture
def cast(app: Flask) -> Iterator[Cast]:
    """Alice and Bob are matched since yesterday."""
    with app.app_context():
        engine = db.engine
    with Session(engine, expire_on_commit=False) as session:
        app.extensions["mentorly"].seal.give_to(session)
        now = datetime.now(UTC)
        cast = cast_of(session, now - 2 * DAY)
        set_password(cast.bob, PASSWORD, now)
        cast.propose(now - DAY).accept(cast.alice, now - DAY)
        session.commit()
        yield cast


def bob(app: Flask, cast: Cast) -> FlaskClient:
    """Bob's browser."""
    browser, address = app.test_client(), cast.bob.email
    cast.session.commit()
    limiter.reset()
    sign_in(browser, address, PASSWORD)
    return browser


def told(browser: FlaskClient, number: int) -> Any:
    """Bob types a note with the word in it."""
    path = f"/objectives/{number}"
    typed = {"csrf_token": csrf_of(browser.get(path).text), "note": f"About {WORD}", "audience": "private"}
    return browser.post(f"{path}/notes", data=typed)


def test_redis_holds_numbers_and_marks_alone(app: Flask, cast: Cast, valkey: Valkey) -> None:
    """Of what is typed, asked for, received and rung for: no word, no name and no address, in no key and no value."""
    together = cast.session.query(Relationship).one()
    browser = bob(app, cast)
    assert told(browser, together.id).status_code == 303
    page = browser.get(f"/meetings/{together.id}/propose").text
    at = (datetime.now(UTC) + 9 * DAY).strftime("%Y-%m-%dT12:00")
    typed = {"csrf_token": csrf_of(page), "at_1": at, "minutes": "60", "place": WORD}
    assert browser.post(f"/meetings/{together.id}/propose", data=typed).status_code == 303
    browser.get(f"/home?q={WORD}")
    stranger = app.test_client()
    for path in ("/sign-in", "/password"):
        form = {"csrf_token": csrf_of(stranger.get(path).text), "email": cast.alice.email, "password": WORD}
        stranger.post(path, data=form)
    with app.app_context():
        ask_inbox()
    held = _held(Redis.from_url(valkey.url))
    assert b"bell_job" in held
    assert b"inbox_job" in held
    assert b"LIMIT" in held.upper()
    for word in (WORD, *(name for one in _people(cast) for name in (one.email, *one.name.split()))):
        assert word.encode().lower() not in held.lower(), word


def test_who_has_redis_alone_cannot_try_out_whose_sign_in_was_tried(app: Flask, cast: Cast, valkey: Valkey) -> None:
    """Tries are counted by a mark of the address; without the service's secret nobody makes it from an address."""
    address = cast.bob.email
    bob(app, cast)
    held = _held(Redis.from_url(valkey.url))
    tokens = Tokens([app.extensions["mentorly"].settings.secret_key])
    assert tokens.mark(OF_SIGN_INS, address).encode() in held
    assert Tokens(["another secret"]).mark(OF_SIGN_INS, address).encode() not in held
    plain = [hashlib.new(name, address.encode()).hexdigest().encode() for name in ("md5", "sha1", "sha256", "sha512")]
    assert not [digest for digest in plain if digest in held]


def _held(redis: "Redis") -> bytes:
    """Every key with its value."""
    read: dict[bytes, Any] = {
        b"string": redis.get,
        b"hash": redis.hgetall,
        b"list": lambda key: redis.lrange(key, 0, -1),
        b"set": redis.smembers,
        b"zset": lambda key: redis.zrange(key, 0, -1),
        b"stream": redis.xrange,
    }
    found = b""
    for key in redis.scan_iter("*"):
        value = read[redis.type(key)](key)
        found += key + repr(value).encode()
        if isinstance(value, dict) and b"data" in value:
            found += zlib.decompress(value[b"data"])
    return found


def _people(cast: Cast) -> tuple[Person, ...]:
    return cast.alice, cast.bob, cast.carol, cast.dave, cast.eve


def test_an_error_report_tells_the_kind_of_fault_and_the_place_alone(
    app: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A page that breaks over what was typed, and a mail that breaks over what it says."""
    set_logs("text")  # to where this test reads it
    together = cast.session.query(Relationship).one()

    def broken(*given: object, **more: object) -> None:
        raise ValueError(f"{given} {more} {WORD} {cast.bob.email}")

    browser, now = bob(app, cast), datetime.now(UTC)
    monkeypatch.setattr(Note, "write", broken)
    answer = told(browser, together.id)
    assert answer.status_code == 500
    assert f"About {WORD}" in answer.text, "nothing typed is lost: it is shown to who typed it"
    plan = Plan(WORD, Category.LEADERSHIP, Horizon.LONG, "", "", "", "")
    objective = Objective.open(together, cast.bob, plan, cast.bob, now)
    Task.add(objective, WORD, now.date() + 9 * DAY, cast.bob, cast.alice, now)
    cast.session.commit()
    monkeypatch.setattr(TaskAdded, "values", broken)
    house = app.extensions["mentorly"]
    tell_round(PostOffice(cast.session, house.register, house.settings).round(Clock(now), Keeper()))
    written = "".join(capfd.readouterr())
    assert "page failed" in written
    assert "ValueError" in written
    failed = cast.session.query(Envelope).filter_by(kind="task_added").one()
    assert failed.why_not == "ValueError"
    assert WORD not in written
    assert "example.org" not in written


def test_a_database_has_no_views_of_ours_and_shows_no_values_of_a_statement_in_its_own(
    session: Session, engine: Engine, now: datetime
) -> None:
    """PostgreSQL shows everybody's last statement to who runs it: the values are not in it, but beside it."""
    assert inspect(engine).get_view_names() == []
    together = cast_of(session, now).propose(now).accept(session.query(Person).order_by(Person.id).first(), now)  # type: ignore[arg-type]
    note = Note.write(together, together.mentees[0], WORD, together.mentees[0], now, is_shared=False)
    session.refresh(note)
    if engine.dialect.name == "postgresql":
        with engine.connect() as other:
            shown = other.execute(text("SELECT string_agg(query, ' ') FROM pg_stat_activity")).scalar_one()
        assert "FROM note" in shown
        assert WORD not in shown
