"""Mail that is fetched from a hosted mailbox, by a real IMAP server."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from mentorly.config import ImapServer, Misconfigured, Settings
from mentorly.emails.mailboxes import LEASE, Mailbox
from mentorly.emails.received import Received
from mentorly.jobs.mailbox import fetch
from mentorly.jobs.schedule import times_of
from tests.cast import MONDAY, Cast
from tests.doors.conftest import Mailed
from tests.dovecot import BARE, PASSWORD, USER, Dovecot, need_dovecot
from tests.emails.received import messages, name_of

NEVER = "reply+ae00000000000000@localhost"


@pytest.fixture
def ours(cast: Cast, mailed: Callable[[], Mailed]) -> str:
    """The address that answers to Alice's mail come back to."""
    cast.propose(datetime.now(UTC))
    return f"reply+{mailed()('match_proposed', 'alice')}@localhost"


def reply(to: str, number: int, headers: str = "") -> bytes:
    return (
        f"{headers}From: Alice Gagnon <alice@boreal.example.org>\r\nTo: Mentorly <{to}>\r\nSubject: Re: A match\r\n"
        f"Message-ID: <{number}@boreal.example.org>\r\n\r\nYes, gladly.\r\n"
    ).encode()


def server_of(dovecot: Dovecot) -> ImapServer:
    return ImapServer.of(Settings.load({"MENTORLY_IMAP_URL": dovecot.url}))


def kept(session: Session) -> list[str]:
    found = session.scalars(select(Received.message_id).where(Received.door == "imap").order_by(Received.id)).all()
    session.rollback()
    return [name.strip("<>").partition("@")[0] for name in found]


@pytest.mark.parametrize("abilities", ["", f"{BARE} UIDPLUS", BARE])
def test_each_mail_is_kept_once_and_moved_and_never_deleted(abilities: str, app: Flask, cast: Cast, ours: str) -> None:
    need_dovecot()
    with Dovecot(abilities) as dovecot, app.app_context():
        dovecot.put(reply("old@example.org", 0))
        with dovecot.client() as other:
            other.store("1", "+FLAGS", r"(\Deleted)")  # somebody else's business
        delivered = reply("mentorly@example.org", 2, f"Delivered-To: {ours}\r\n")
        dovecot.put(reply(ours, 1), delivered, reply(NEVER, 3), b"just some words\n", reply(ours, 1))
        fetch(server_of(dovecot))
        assert kept(cast.session) == ["1", "2"]
        assert [len(dovecot.numbers(folder)) for folder in ("INBOX", "Processed", "Failed")] == [0, 3, 2]
        assert len(dovecot.numbers("INBOX", "DELETED")) == (1 if abilities != BARE else 6)
        assert dovecot.numbers("Processed", "SEEN") == []
        dovecot.put(reply(ours, 4))
        for _ in range(2):
            fetch(server_of(dovecot))
        assert kept(cast.session) == ["1", "2", "4"]
        assert len(dovecot.numbers("Processed")) == 4


def test_a_mailbox_whose_messages_are_numbered_anew_loses_and_doubles_nothing(
    app: Flask, cast: Cast, ours: str
) -> None:
    need_dovecot()
    with Dovecot() as dovecot, app.app_context():
        dovecot.put(*(reply(ours, number) for number in range(3)))
        fetch(server_of(dovecot))
        before = cast.session.scalars(select(Mailbox)).one()
        uidvalidity, uid = before.uidvalidity, before.uid
        cast.session.rollback()
        dovecot.stop()
        dovecot.number_anew()
        dovecot.start()
        dovecot.put(reply(ours, 2), reply(ours, 3))
        fetch(server_of(dovecot))
        assert kept(cast.session) == ["0", "1", "2", "3"]
        assert len(dovecot.numbers("Processed")) == 5
        cast.session.refresh(before)
        assert before.uidvalidity != uidvalidity
        assert before.uid < uid
        cast.session.commit()


def test_every_real_message_comes_in_from_a_mailbox_once(
    app: Flask, cast: Cast, ours: str, mail_corpus: Path | None
) -> None:
    need_dovecot()
    files = [path.read_bytes() for path in messages(mail_corpus)]
    with Dovecot() as dovecot, app.app_context():
        dovecot.put()
        dovecot.drop(b"Delivered-To: " + ours.encode() + b"\nReceived: here\n" + raw for raw in files)
        fetch(server_of(dovecot))
        assert [len(dovecot.numbers(folder)) for folder in ("INBOX", "Processed")] == [0, len(files)]
    assert len(kept(cast.session)) == len({name_of(b"Received: here\n" + raw) for raw in files})


def test_a_mailbox_that_cannot_be_reached_is_told_by_a_name_and_tried_again(app: Flask, cast: Cast, ours: str) -> None:
    need_dovecot()
    dovecot = Dovecot()
    server = server_of(dovecot)
    with app.app_context():
        with capture_logs() as logs:
            fetch(server)
        failing = Mailbox.failing(cast.session, server.place)
        assert failing is not None
        assert (failing.fault, failing.claimed_until) == ("ConnectionRefusedError", None)
        assert failing.failing_since is not None
        assert not [word for word in (USER, PASSWORD, "127.0.0.1") if word in str(logs) or word in str(vars(failing))]
        cast.session.rollback()
        with dovecot:
            wrong = Settings.load({"MENTORLY_IMAP_URL": dovecot.url.replace("word", "w0rd")})
            fetch(ImapServer.of(wrong))
            assert kept(cast.session) == []
            dovecot.put(reply(ours, 1))
            fetch(server)
        assert kept(cast.session) == ["1"]
        assert Mailbox.failing(cast.session, server.place) is None


def test_two_workers_do_not_fetch_at_once_and_a_claim_of_one_that_died_is_over_in_ten_minutes(session: Session) -> None:
    first = Mailbox.claim(session, "a place", MONDAY)
    assert first is not None
    session.commit()
    assert Mailbox.claim(session, "a place", MONDAY + LEASE / 2) is None
    assert Mailbox.claim(session, "another place", MONDAY) is not None
    assert Mailbox.claim(session, "a place", MONDAY + LEASE + timedelta(seconds=1)) is not None


def test_the_address_of_a_mailbox_is_a_secret_and_its_folder_is_its_path() -> None:
    settings = Settings.load({"MENTORLY_IMAP_URL": "imaps://mentorly%40example.org:p%2Fw@imap.example.org/In%20tray"})
    server = ImapServer.of(settings)
    assert (server.host, server.port, server.secure) == ("imap.example.org", 993, "tls")
    assert (server.user, server.password, server.folder) == ("mentorly@example.org", "p/w", "In tray")
    assert "p/w" not in repr(server)
    assert "p%2Fw" not in repr(settings)
    assert ImapServer.of(Settings.load({"MENTORLY_IMAP_URL": "imap://u:p@imap.example.org"})).secure == "starttls"
    assert "mentorly.jobs.mailbox.fetch_job" in times_of(settings)
    assert "mentorly.jobs.mailbox.fetch_job" not in times_of(Settings.load({}))
    with pytest.raises(Misconfigured, match="MENTORLY_IMAP_URL is malformed"):
        Settings.load({"MENTORLY_IMAP_URL": "https://imap.example.org"})
