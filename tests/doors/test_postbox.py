"""The postbox, spoken to over real sockets, before both databases."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from mentorly.app import create_app
from mentorly.config import Listen, Settings
from mentorly.emails.envelope import Envelope
from mentorly.emails.letterbox import LARGEST_MESSAGE
from mentorly.emails.post_office import PostOffice
from mentorly.emails.received import Received, Stage
from mentorly.emails.writing import Desk
from mentorly.extensions import House, db
from mentorly.jobs import inbox
from mentorly.jobs.postbox import Postbox, Sorting, listening
from tests.apps import Apps
from tests.cast import Keeper, cast_of
from tests.doors.family import free_port
from tests.doors.handing import MailServer, mail_server
from tests.emails.received import messages, name_of

SECRET = "what the mail provider shows"
NEVER = "reply+ae00000000000000@localhost"


def reply(words: str = "Yes, gladly.", number: int = 1) -> bytes:
    """Alice's answer, with a Message-ID of its own for each number."""
    return (
        "From: Alice Gagnon <alice@boreal.example.org>\r\nTo: mentorly@localhost\r\nSubject: Re: A match\r\n"
        f"Message-ID: <{number}@boreal.example.org>\r\nDate: Mon, 1 Mar 2027 15:00:00 +0000\r\n\r\n{words}\r\n"
    ).encode()


@contextmanager
def open_postbox(app: Flask, settings: Settings) -> Iterator[Listen]:
    """Have the postbox of an application listen, in a thread of this process."""
    ready, told = threading.Event(), threading.Event()

    async def listen() -> None:
        postbox = Postbox(Sorting(app))
        async with listening(postbox, settings):
            ready.set()
            await asyncio.get_running_loop().run_in_executor(None, told.wait)
        await postbox.finish()

    thread = threading.Thread(target=asyncio.run, args=(listen(),))
    thread.start()
    try:
        assert ready.wait(10)
        yield settings.lmtp_listen
    finally:
        told.set()
        thread.join()


@pytest.fixture
def app(apps: Apps, database_url: str) -> Iterator[Flask]:
    """An application on each of the databases."""
    where = {} if database_url.startswith("sqlite") else {"MENTORLY_DATABASE_URL": database_url}
    with apps.given(MENTORLY_INBOUND_SECRET=SECRET, **where) as app:
        yield app


@pytest.fixture
def settings(app: Flask) -> Settings:
    """Its settings, with a port of the test's own."""
    return replace(house_of(app).settings, lmtp_listen=Listen("127.0.0.1", free_port()))


@pytest.fixture
def mails(app: Flask) -> Iterator[Session]:
    """A session in which Alice was written to three times."""
    with app.app_context():
        engine = db.engine
    with Session(engine, expire_on_commit=False) as session:
        cast, now = cast_of(session, datetime.now(UTC)), datetime.now(UTC)
        cast.propose(now)
        office = PostOffice(session, house_of(app).register, house_of(app).settings)
        office.round(lambda: now, Keeper())
        sent = session.scalars(select(Envelope)).one()
        for _ in range(2):
            office.send_again(sent, cast.dave, now)
        session.commit()
        yield session


@pytest.fixture
def every_address(app: Flask, mails: Session) -> list[str]:
    """The addresses that answers to the three mails come back to."""
    desk = Desk(house_of(app).settings)
    found = [
        desk.reply_address(desk.token(envelope.id, envelope.reader))
        for envelope in mails.scalars(select(Envelope).order_by(Envelope.id))
    ]
    mails.rollback()
    return found


@pytest.fixture
def addresses(every_address: list[str]) -> list[str]:
    """Two of them."""
    return every_address[:2]


def house_of(app: Flask) -> House:
    """What an application is made with."""
    house: House = app.extensions["mentorly"]
    return house


@pytest.fixture
def server(app: Flask, settings: Settings, mails: Session) -> Iterator[MailServer]:
    with open_postbox(app, settings) as listen, mail_server(listen) as connected:
        yield connected


def kept(session: Session) -> list[Received]:
    """What was kept, in its order."""
    found = list(session.scalars(select(Received).order_by(Received.id).execution_options(populate_existing=True)))
    session.rollback()
    return found


def test_an_address_that_is_not_ours_is_refused_with_a_sentence(
    server: MailServer, mails: Session, addresses: list[str]
) -> None:
    ours = addresses[0]
    forged = ours.replace("@", "x@")
    unknown, other, torn, taken = server.address([NEVER, "alice@boreal.example.org", forged, ours.upper()])
    assert unknown == other == torn == "550 5.1.1 There is no such address here"
    assert taken.startswith("250 2.1.5 ")
    assert kept(mails) == []


def test_an_address_takes_mail_for_ninety_days_longer_than_its_buttons_and_then_says_whom_to_write_to(
    server: MailServer, mails: Session, addresses: list[str], settings: Settings
) -> None:
    ours = addresses[0]
    envelope = mails.scalars(select(Envelope).order_by(Envelope.id)).first()
    assert envelope is not None
    for days, code in ((149, "250"), (151, "550 5.2.1")):
        envelope.sent_at = datetime.now(UTC) - timedelta(days=days)
        mails.commit()
        (said,) = server.address([ours])
        server.say("RSET")
        assert said.startswith(code)
    assert said.endswith("This address has had its time. Please write to mentorly@localhost instead.")


def test_each_recipient_gets_an_answer_and_a_copy_and_a_second_offer_keeps_nothing_twice(
    server: MailServer, mails: Session, addresses: list[str]
) -> None:
    for _ in range(2):
        assert server.hand(reply(), *addresses, NEVER) == ["250 2.0.0 Kept"] * 2
    assert server.hand(reply("The same again, edited."), addresses[0]) == ["250 2.0.0 Kept"]
    rows = kept(mails)
    assert sorted(row.recipient for row in rows) == sorted(addresses)
    assert {(row.raw, row.envelope_sender, row.door, row.stage) for row in rows} == {
        (reply(), "bob@prairie.example.org", "lmtp", Stage.WAITING)
    }
    assert all(row.envelope is not None and row.envelope.reader.name for row in rows)


def test_the_size_is_announced_and_kept_to_for_every_recipient(
    server: MailServer, mails: Session, addresses: list[str]
) -> None:
    assert f"250-SIZE {LARGEST_MESSAGE}" in server.offers.split("\n")
    said = server.say(f"MAIL FROM:<bob@prairie.example.org> SIZE={LARGEST_MESSAGE + 1}")
    assert said.startswith("552 5.3.4 The message is larger than ")
    lines = reply() + b"x" * 998 + b"\r\n"
    too_large = lines + (b"x" * 998 + b"\r\n") * (LARGEST_MESSAGE // 1000 + 1)
    answers = server.hand(too_large, *addresses)
    assert [one[:9] for one in answers] == ["552 5.3.4", "552 5.3.4"]
    answers = server.hand(reply("x" * 1_100_000), *addresses)
    assert [one[:9] for one in answers] == ["554 5.6.0", "554 5.6.0"]
    assert server.hand(reply("x" * 500_000), *addresses) == ["250 2.0.0 Kept"] * 2


def test_what_is_no_mail_is_refused_and_does_not_spoil_what_comes_with_it(
    server: MailServer, mails: Session, addresses: list[str], settings: Settings
) -> None:
    ours = addresses[0]
    assert server.hand(b"just some words\r\n", ours) == [
        "554 5.6.0 This is not a mail: it has none of the headers that a mail has"
    ]
    assert server.hand(reply("Words with a NUL: \0"), ours, sender="")[0].startswith("250")
    (row,) = kept(mails)
    assert (row.envelope_sender, b"\0" in (row.raw or b"")) == ("", True)


def test_messages_that_come_at_the_same_time_are_kept_by_few_transactions(
    app: Flask, settings: Settings, mails: Session, addresses: list[str]
) -> None:
    ours, commits, answers = addresses[0], [], []
    with app.app_context():
        event.listen(db.engine, "commit", commits.append)

    def send(first: int) -> None:
        with mail_server(settings.lmtp_listen) as server:
            answers.extend(server.hand(reply(number=first + number), ours)[0] for number in range(10))

    with open_postbox(app, settings):
        senders = [threading.Thread(target=send, args=(100 * number,)) for number in range(10)]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()
    assert answers == ["250 2.0.0 Kept"] * 100
    assert len(kept(mails)) == 100
    assert len(commits) < 60


def test_while_the_database_is_away_the_sender_is_asked_to_come_again(tmp_path: Path, blank_database_url: str) -> None:
    environment = {"MENTORLY_DATABASE_URL": blank_database_url, "MENTORLY_LMTP_LISTEN": f"127.0.0.1:{free_port()}"}
    settings = Settings.load(environment, instance=str(tmp_path / "instance"))
    app = create_app(settings)
    ours = f"reply+{'a' * 20}@localhost"
    with open_postbox(app, settings) as listen, mail_server(listen) as server:
        assert server.address([ours]) == ["451 4.3.0 The message cannot be kept just now; please try again later"]
    with app.app_context():
        db.engine.dispose()


def test_a_command_that_no_mail_server_says_is_answered_and_the_next_one_taken(
    server: MailServer, addresses: list[str]
) -> None:
    for said in ("NONSENSE", "EHLO mx", "DATA", "RCPT TO:<>", "MAIL FROM:<a@b> SIZE=x"):
        assert server.say(said)[0] == "5"
    assert server.hand(reply(), addresses[0], sender="\udcff\udcfe@example.org") == ["250 2.0.0 Kept"]


def test_every_real_message_is_handed_over_without_a_crash_or_a_loss_and_taken_in(
    app: Flask, mails: Session, addresses: list[str], server: MailServer, mail_corpus: Path | None
) -> None:
    files = [path.read_bytes().removesuffix(b"\n") + b"\n" for path in messages(mail_corpus)]
    names = list(map(name_of, files))
    assert [server.hand(raw, addresses[0])[0][:3] for raw in files] == ["250" if name else "554" for name in names]
    assert len(kept(mails)) == len(set(filter(None, names)))
    with app.app_context():
        assert inbox.take_in_waiting() == len(kept(mails))
    assert {(row.stage, row.fault) for row in kept(mails)} == {(Stage.TAKEN, "")}
