"""The web doors over a real database: an application, browsers that ask for its pages, and the cast in it."""

import html
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from mentorly.emails.envelope import Envelope
from mentorly.emails.post_office import PostOffice
from mentorly.extensions import db
from mentorly.mentoring.passwords import set_password
from mentorly.mentoring.people import Person
from tests.apps import Apps
from tests.cast import Cast, Keeper, cast_of

PASSWORD = "a horse in the rain"
CSRF = re.compile(r'name="csrf_token" value="([^"]+)"')


@pytest.fixture
def app(apps: Apps) -> Iterator[Flask]:
    """An application on SQLite with all tables and no rows."""
    with apps.given() as app:
        yield app


@pytest.fixture
def cast(app: Flask) -> Iterator[Cast]:
    """Everybody, in a session of their own, by the clock on the wall, which is the doors' clock too."""
    with app.app_context():
        engine = db.engine
    with Session(engine, expire_on_commit=False) as session:
        app.extensions["mentorly"].seal.give_to(session)
        yield cast_of(session, datetime.now(UTC))


@pytest.fixture
def office(cast: Cast, app: Flask) -> PostOffice:
    """The post office of the application, in the cast's session."""
    house = app.extensions["mentorly"]
    return PostOffice(cast.session, house.register, house.settings)


@dataclass
class Mailed:
    """What a round sent: the token of each kind of mail by its reader's first name."""

    tokens: Mapping[tuple[str, str], str]

    def __call__(self, kind: str, name: str) -> str:
        return self.tokens[kind, name]


@pytest.fixture
def mailed(office: PostOffice, cast: Cast) -> Callable[[], Mailed]:
    """Does a round now, and tells the tokens of all that was ever sent."""

    def round_now() -> Mailed:
        office.round(lambda: datetime.now(UTC), Keeper())
        sent = cast.session.query(Envelope).where(Envelope.sent_at.is_not(None))
        tokens = {(one.kind, one.reader.first_name.lower()): office.desk.token(one.id, one.reader) for one in sent}
        cast.session.commit()
        return Mailed(tokens)

    return round_now


@dataclass
class Browser:
    """A browser without JavaScript: it asks for pages, and fills in the forms that it was shown."""

    client: FlaskClient

    def get(self, path: str, **more: object) -> TestResponse:
        """Ask for a page."""
        return self.client.get(path, **more)

    def fill(self, path: str, to: str = "", **typed: str) -> TestResponse:
        """Open a page and send its form: to another path if one is given, with what was typed."""
        found = CSRF.search(self.client.get(path).text)
        return self.client.post(to or path, data={"csrf_token": found[1] if found else "", **typed})

    def sign_in(self, person: Person, password: str = PASSWORD) -> TestResponse:
        """Come in."""
        return self.fill("/sign-in", email=person.email, password=password)


@pytest.fixture
def browser_of(app: Flask, cast: Cast) -> Callable[[Person | None], Browser]:
    """Gives a browser in which a person is signed in (by PASSWORD, if they had none); or one that knows nobody."""

    def open_browser(person: Person | None = None) -> Browser:
        browser = Browser(app.test_client())
        if person is not None:
            if not person.password_hash:
                set_password(person, PASSWORD, datetime.now(UTC))
                cast.session.commit()
            assert browser.sign_in(person).status_code == 303
        return browser

    return open_browser


def words(page: TestResponse) -> str:
    """What a page says, without its tags."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", page.text.partition("<main")[2])).split())
