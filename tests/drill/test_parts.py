"""The parts of a drill against what they stand for: both mail servers in all their ways, and the theft of a mail."""

import smtplib
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta

import psycopg
import pytest
from sqlalchemy.orm import Session

from mentorly.emails.message import Letter, compose
from tests.cast import cast_of, office_of
from tests.conftest import skip
from tests.drill.arrivals import NOT_KNOWN, Box, kind_of
from tests.drill.mail_server import SMTP_SINK, MailServer
from tests.drill.script import (
    KILLED,
    LATER_AT_DATA,
    LATER_AT_RCPT,
    PROPOSAL,
    SILENT_AFTER_DATA,
    SILENT_AT_MAIL,
    WELCOME,
    Mail,
)
from tests.drill.theft import Theft
from tests.servers import PostgreSQL

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a process die with its parent")

BOB = Mail("bob@example.org", WELCOME)
LETTER = Letter(
    sender="Mentorly <mentorly@localhost>",
    recipient_name="Bob Tremblay",
    recipient=BOB.recipient,
    reply_to="",
    subject="Welcome to your mentoring program",
    text="Hello Bob\n\n.\nA line that is a point.\n",
    html="<p>Hello Bob</p>",
    message_id="<mark@localhost>",
    date=datetime.fromisoformat("2027-03-01T15:00:00+00:00"),
)


@pytest.fixture(params=["smtp-sink", "catcher"])
def mail_server(request: pytest.FixtureRequest) -> Iterator[MailServer]:
    if request.param == "smtp-sink" and SMTP_SINK is None:
        skip("there is no smtp-sink", "install Debian's postfix package")
    with MailServer(program=SMTP_SINK if request.param == "smtp-sink" else None) as server:
        yield server


def send(server: MailServer) -> None:
    with smtplib.SMTP("127.0.0.1", server.port, timeout=10) as line:
        line.sendmail("r.abc@localhost", [BOB.recipient], compose(LETTER))


def test_what_a_mail_server_takes_is_found_with_reader_kind_and_message_id(mail_server: MailServer) -> None:
    box = Box(mail_server.folder)
    send(mail_server)
    assert [(one.mail, one.message_id) for one in box.look()] == [(BOB, LETTER.message_id)]
    mail_server.strike(KILLED)
    mail_server.mend()
    send(mail_server)
    assert len(box.look()) == 2


@pytest.mark.parametrize(
    ("way", "fault", "kept"),
    [
        (SILENT_AFTER_DATA, smtplib.SMTPServerDisconnected, 1),
        (SILENT_AT_MAIL, smtplib.SMTPServerDisconnected, 0),
        (LATER_AT_RCPT, smtplib.SMTPRecipientsRefused, 0),
        (LATER_AT_DATA, smtplib.SMTPDataError, 0),
    ],
)
def test_a_mail_server_that_misbehaves_keeps_what_it_was_given_whole_and_only_then(
    mail_server: MailServer, way: str, fault: type[Exception], kept: int
) -> None:
    mail_server.strike(way)
    assert not mail_server.is_whole
    with pytest.raises(fault):
        send(mail_server)
    assert len(Box(mail_server.folder).look()) == kept
    mail_server.mend()
    assert mail_server.is_whole
    send(mail_server)
    assert len(Box(mail_server.folder).look()) == kept + 1


def test_a_message_that_was_cut_off_has_not_arrived(mail_server: MailServer) -> None:
    line = smtplib.SMTP("127.0.0.1", mail_server.port, timeout=10)
    line.ehlo()
    line.mail("r.abc@localhost")
    line.rcpt(BOB.recipient)
    line.putcmd("data")
    line.getreply()
    line.send(compose(LETTER)[:-10])
    mail_server.strike(KILLED)
    line.close()
    assert Box(mail_server.folder).look() == []


@pytest.mark.parametrize(
    ("subject", "kind"),
    [
        ("Welcome to your mentoring program", WELCOME),
        ("Bienvenue dans votre programme de mentorat", WELCOME),
        ("Mentoring: please answer by Monday, March 8", PROPOSAL),
        ("Mentorat\u00a0: votre réponse d’ici le lundi 8 mars", PROPOSAL),
        ("Your password was changed", NOT_KNOWN),
    ],
)
def test_a_mail_is_known_by_its_subject_in_both_languages(subject: str, kind: str) -> None:
    assert kind_of(subject) == kind


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_mail_that_was_taken_away_waits_no_more_and_never_falls_due_again(
    session: Session, now: datetime, postgresql: PostgreSQL
) -> None:
    cast = cast_of(session, now)
    cast.bob.welcomed_at = None
    session.commit()
    office = office_of(session)
    office.collect(now)
    theft = Theft(after=3)

    def connect() -> psycopg.Connection[tuple[str]]:
        return postgresql.connection("tables")

    theft.step(2, connect)
    assert theft.taken_from == ""
    theft.step(3, connect)
    assert theft.taken_from == cast.bob.email
    assert office.collect(now + timedelta(minutes=1)).get("collected", 0) == 0
