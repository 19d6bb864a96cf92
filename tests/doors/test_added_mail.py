"""A mail that is added as three files in one folder is in the gallery, with its preview, without any other edit."""

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from mentorly.app import create_app
from mentorly.config import Settings
from mentorly.extensions import db, limiter
from mentorly.mentoring.passwords import set_password
from mentorly.mentoring.people import Person
from tests.cast import MONDAY
from tests.doors.signing import sign_in

PASSWORD = "a horse in the rain"
KIND = '''
from datetime import timedelta

from mentorly.emails.due import Due
from mentorly.emails.email import MORNING, Email
from mentorly.mentoring.people import Person


class Anniversary(Email):
    """You get this because you have been with us for a while."""

    due = Due(Person, reader=Person.id, moment=Person.signed_in_at)
    lane = MORNING
    fresh_for = timedelta(days=2)

    def values(self, thing, reader, now):
        return {}

    def sample(self, reader, now):
        return reader
'''


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    folder = tmp_path / "added"
    folder.mkdir()
    (folder / "anniversary.py").write_text(KIND, "utf-8")
    (folder / "anniversary.en.md").write_text(
        "A while\nHello {{ reader.first_name }},\n\nit has been a while.\n", "utf-8"
    )
    french = "Déjà\nBonjour {{ reader.first_name }},\n\nle temps passe.\n\n---\nParce que le temps passe.\n"
    (folder / "anniversary.fr.md").write_text(french, "utf-8")
    app = create_app(Settings.load({"MENTORLY_INSTANCE": str(tmp_path / "instance")}), mails=[folder])
    _make_dave(app)
    return app.test_client()


def _make_dave(app: Flask) -> None:
    with app.app_context():
        db.create_all()
        limiter.reset()
        dave = Person.register(db.session(), "dave@example.org", "Dave Okoye", MONDAY, by=None)
        dave.make_administrator(MONDAY)
        set_password(dave, PASSWORD, MONDAY)
        db.session.commit()


def test_an_added_mail_is_in_the_gallery_with_its_why_and_its_preview(client: FlaskClient) -> None:
    sign_in(client, "dave@example.org", PASSWORD)
    gallery = client.get("/console/mails").get_data(as_text=True)
    assert "/console/mails/anniversary" in gallery
    assert "you have been with us for a while" in gallery
    assert client.get("/console/mails/anniversary").status_code == 200
    assert "le temps passe" in client.get("/console/mails/anniversary/letter?language=fr").get_data(as_text=True)
