"""The inbox: mail that was kept is taken in once, whoever looks for it; and the command that mail is piped into."""

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import Engine, select, text, update
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from mentorly.emails.letterbox import MOST_BEGUN, WORKER_DIED, Letterbox, NoSuchAddress
from mentorly.emails.received import Received, Stage
from mentorly.extensions import db, keep_mail
from mentorly.jobs import inbox
from mentorly.mentoring.base import Refused
from tests.cast import Cast
from tests.doors.conftest import Mailed

NEVER = "reply+ae00000000000000@localhost"
SECRET = "my word is balderdash"
SPOIL = f"""
CREATE TRIGGER spoil BEFORE UPDATE OF decision ON received WHEN OLD.id = 1
BEGIN SELECT RAISE(ABORT, '{SECRET}'); END
"""


def reply(number: int = 1, headers: str = "") -> bytes:
    return (
        f"{headers}From: Alice Gagnon <alice@boreal.example.org>\r\nTo: mentorly@localhost\r\nSubject: Re: A match\r\n"
        f"Message-ID: <{number}@boreal.example.org>\r\n\r\n{SECRET}\r\n"
    ).encode()


@pytest.fixture
def ours(cast: Cast, mailed: Callable[[], Mailed]) -> str:
    """The address that answers to Alice's mail come back to."""
    cast.propose(datetime.now(UTC))
    return f"reply+{mailed()('match_proposed', 'alice')}@localhost"


def kept(session: Session) -> list[Received]:
    found = list(session.scalars(select(Received).order_by(Received.id).execution_options(populate_existing=True)))
    session.rollback()
    return found


def test_what_was_kept_is_taken_in_once_also_by_a_second_look(app: Flask, cast: Cast, ours: str) -> None:
    with app.app_context():
        assert [len(keep_mail(reply(number), [ours], "", "pipe")) for number in (1, 2, 1)] == [1, 1, 0]
        assert [inbox.take_in_waiting(), inbox.take_in_waiting()] == [2, 0]
    assert [(row.stage, row.tries, row.begun) for row in kept(cast.session)] == [(Stage.TAKEN, 1, 1)] * 2


def test_a_message_that_fails_stops_no_other_and_is_tried_again_by_a_person(app: Flask, cast: Cast, ours: str) -> None:
    with app.app_context():
        for number in (1, 2):
            keep_mail(reply(number), [ours], "", "pipe")
        with db.engine.begin() as connection:
            connection.execute(text(SPOIL))
        with capture_logs() as logs:
            assert inbox.take_in_waiting() == 2
        first, second = kept(cast.session)
        assert (first.stage, first.fault, first.tries, first.raw) == (Stage.FAILED, "IntegrityError", 1, reply(1))
        assert second.stage == Stage.TAKEN
        assert [(log["fault"], SECRET in str(log)) for log in logs] == [("IntegrityError", False)]
        with pytest.raises(Refused, match="Only an administrator"):
            Letterbox.try_again(first, cast.carol)
        Letterbox.try_again(first, cast.dave)
        with pytest.raises(Refused, match="did not fail"):
            Letterbox.try_again(first, cast.dave)
        cast.session.execute(text("DROP TRIGGER spoil"))
        cast.session.commit()
        assert inbox.take_in_waiting() == 1
    assert [(row.stage, row.fault) for row in kept(cast.session)] == [(Stage.TAKEN, "")] * 2


def test_a_message_at_which_every_worker_dies_is_left_to_a_person(app: Flask, cast: Cast, ours: str) -> None:
    with app.app_context():
        keep_mail(reply(), [ours], "", "pipe")
        cast.session.execute(update(Received).values(begun=MOST_BEGUN))
        cast.session.commit()
        assert inbox.take_in_waiting() == 0
    assert [(row.stage, row.fault) for row in kept(cast.session)] == [(Stage.FAILED, WORKER_DIED)]


def test_two_workers_do_not_take_in_the_same_message(session: Session) -> None:
    other = Session(session.get_bind())
    row = {"fingerprint": "f", "recipient": "r", "size": 1, "door": "pipe", "received_at": datetime.now(UTC)}
    session.add(Received(**row))
    session.commit()
    first, second = (Letterbox(one, None, None) for one in (session, other))  # type: ignore[arg-type]
    if session.get_bind().dialect.name == "postgresql":
        assert first.hold(1) is not None
        assert second.hold(1) is None
        other.rollback()
    assert first.begin(1, datetime.now(UTC))
    Letterbox.fail(first.hold(1), "Fault", datetime.now(UTC))  # type: ignore[arg-type]
    session.commit()
    assert second.hold(1) is None
    other.close()


def test_without_being_told_the_first_headers_of_the_mail_server_say_whom_it_is_for(
    app: Flask, cast: Cast, ours: str
) -> None:
    told = [
        f"Delivered-To: {ours}\r\n",
        f"X-Original-To: {ours}\r\nDelivered-To: mailbox@example.org\r\n",
        f"Envelope-To: somebody@example.org, {ours.upper()}\r\n",
        f"X-Envelope-To: <{ours}>\r\nReturn-Path: <alice@boreal.example.org>\r\n",
    ]
    with app.app_context():
        for number, headers in enumerate(told):
            assert len(keep_mail(reply(number, headers), [], None, "pipe")) == 1
        for headers in ("", f"Delivered-To: a@example.org\r\nDelivered-To: {ours}\r\n", f"Delivered-To: {NEVER}\r\n"):
            with pytest.raises(NoSuchAddress):
                keep_mail(reply(9, headers), [], None, "pipe")
    assert [(row.recipient, row.envelope_sender) for row in kept(cast.session)] == [
        (ours, sender) for sender in (None, None, None, "alice@boreal.example.org")
    ]


def test_what_is_kept_is_on_the_disk_when_the_transaction_ends_and_others_are_as_they_were(engine: Engine) -> None:
    asked, careful, quick = {
        "sqlite": ("PRAGMA synchronous", "2", "1"),
        "postgresql": ("SHOW synchronous_commit", "on", "off"),  # the server of the tests is told so
    }[engine.dialect.name]

    def said(**options: bool) -> str:
        with engine.connect().execution_options(**options) as connection:
            return str(connection.exec_driver_sql(asked).scalar())

    assert [said(durable=True), said(reads=True), said(), said(durable=True)] == [careful, quick, quick, careful]


class Piped:
    """The command, into which a mail is piped."""

    def __init__(self, app: Flask, raw: bytes, *words: str, **more: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "mentorly.cli", "receive", *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={"MENTORLY_INSTANCE": app.instance_path, **more},
        )
        self.raw = raw

    def ends(self) -> tuple[int, str]:
        """Its exit code, and what it said."""
        said, _ = self.process.communicate(self.raw, 60)
        return self.process.returncode, said.decode()


def test_a_mail_server_reads_from_the_exit_code_what_became_of_the_mail(app: Flask, cast: Cast, ours: str) -> None:
    taken = Piped(app, reply(headers=f"Delivered-To: {ours}\r\n"), "--from", "alice@boreal.example.org")
    unknown = Piped(app, reply(), "--to", NEVER)
    nothing = Piped(app, b"no mail at all\n", "--to", ours)
    away = Piped(app, reply(2), "--to", ours, MENTORLY_DATABASE_URL="sqlite:////nonexistent/x")
    assert taken.ends() == (0, "")
    assert unknown.ends() == (67, "There is no such address here.\n")
    assert nothing.ends()[0] == 65
    code, said = away.ends()
    assert (code, SECRET in said, "Traceback" in said) == (75, False, False)
    assert [(row.stage, row.door) for row in kept(cast.session)] == [(Stage.TAKEN, "pipe")]
