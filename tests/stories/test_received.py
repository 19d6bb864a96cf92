"""Mail that comes in, with real processes: a real mail server hands it over, and what was answered for is kept."""

import random
import smtplib
import sqlite3
import threading
import time
from contextlib import closing, suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import default
from functools import partial
from pathlib import Path
from subprocess import Popen

from mentorly.config import Listen
from tests.doors.handing import mail_server
from tests.postfix import Postfix, need_postfix
from tests.servers import SmtpSink, free_port
from tests.stories.kit import Service, wait_for

ALICE, NOBODY = "alice@people.example.com", "nobody@people.example.com"


def rows(service: Service, query: str) -> list[tuple[object, ...]]:
    """What the service's database answers."""
    with closing(sqlite3.connect(service.instance / "mentorly.sqlite", timeout=20)) as database:
        return database.execute(query).fetchall()


def test_a_real_mail_server_takes_mail_out_and_hands_answers_and_bounces_back_in(tmp_path: Path) -> None:
    need_postfix()
    lmtp = free_port()
    with (
        SmtpSink(refusals={NOBODY: "550 5.1.1 There is nobody of this name"}) as people,
        Postfix(lmtp, people.port) as mx,
    ):
        service = Service(
            tmp_path / "instance",
            {
                "MENTORLY_SMTP_URL": mx.url,
                "MENTORLY_MAIL_FROM": "Mentorly <mentorly@mentorly.example.org>",
                "MENTORLY_REPLY_ADDRESS": "r.{token}@in.mentorly.example.org",
            },
            lmtp_port=lmtp,
        )
        for address in (ALICE, NOBODY):
            service.run("admin", "add", address, "--name", address.partition("@")[0].title())
        with service.up():
            wait_for(lambda: people.letters, 30, "the welcome to Alice")
            wait_for(lambda: len(taken(service)) == 1, 30, "the bounce of the welcome to nobody")
            answer(mx, people)
            wait_for(lambda: len(taken(service)) == 2, 30, "Alice's answer")
            assert refusal(mx, "r.aeaaaaaaaaaaaaaaaa@in.mentorly.example.org").startswith("5.1.1 ")
    bounce, words = taken(service)
    assert bounce == ("", "bounce", "lmtp")
    assert words[0] == ALICE
    assert words[1] not in {"", "silent", "bounce"}


def taken(service: Service) -> list[tuple[object, ...]]:
    """What was taken in, oldest first: sender, decision, door."""
    return rows(service, "SELECT envelope_sender, decision, door FROM received WHERE stage = 'taken' ORDER BY id")


def answer(mx: Postfix, people: SmtpSink) -> None:
    """Alice answers the mail that she got, by her own mail server."""
    mail = message_from_bytes(people.letters[0].content, policy=default)
    with smtplib.SMTP("127.0.0.1", mx.port, timeout=20) as server:
        head = f"From: {ALICE}\r\nSubject: Re: {mail['Subject']}\r\nIn-Reply-To: {mail['Message-ID']}"
        server.sendmail(ALICE, [str(mail["Reply-To"])], f"{head}\r\n\r\nHello, I have got it.\r\n".encode())


def refusal(mx: Postfix, recipient: str) -> str:
    """What the mail server says of an address, while the sender still listens."""
    with smtplib.SMTP("127.0.0.1", mx.port, timeout=30) as server:
        server.ehlo()
        server.mail(ALICE)
        code, said = server.rcpt(recipient)
    assert code == 550, said
    return said.decode()


@dataclass
class Senders:
    """Mail servers that hand over numbered messages at the same time, and try again what was not answered for."""

    listen: Listen
    recipient: str
    numbers: list[int]
    answered: list[int] = field(default_factory=list)

    def have(self, enough: int) -> bool:
        """Whether so many were answered for."""
        return len(self.answered) >= enough

    def start(self, how_many: int) -> list[threading.Thread]:
        threads = [threading.Thread(target=self._work, daemon=True) for _ in range(how_many)]
        for thread in threads:
            thread.start()
        return threads

    def _work(self) -> None:
        while self.numbers:
            with suppress(OSError, AssertionError), mail_server(self.listen) as server:
                self._hand_all(server.hand)
            time.sleep(0.05)

    def _hand_all(self, hand: object) -> None:
        while self.numbers:
            number = self.numbers.pop()
            try:
                (reply,) = hand(message(number), self.recipient)  # type: ignore[operator]
                assert reply.startswith("250")
                self.answered.append(number)
            except BaseException:
                self.numbers.append(number)
                raise


def message(number: int) -> bytes:
    return (
        f"From: {ALICE}\r\nSubject: {number}\r\nMessage-ID: <{number}@people.example.com>\r\n\r\n{number}\r\n".encode()
        + b"x" * 2000
    )


def test_a_postbox_that_is_killed_again_and_again_loses_nothing_that_it_answered_for(tmp_path: Path) -> None:
    service = Service(tmp_path / "instance")
    service.run("admin", "add", ALICE, "--name", "Alice")
    service.run("round")
    recipient = str(service.mails()[0][1]["Reply-To"])
    numbers = list(range(600))
    senders = Senders(Listen("127.0.0.1", service.lmtp_port), recipient, numbers)
    postbox = open_postbox(service)
    threads = senders.start(6)
    for _ in range(4):
        enough = len(senders.answered) + 20
        wait_for(partial(senders.have, enough), 30, "some mail")
        time.sleep(random.uniform(0, 0.1))  # noqa: S311 - any moment will do
        postbox.kill()
        postbox.wait()
        answered = list(senders.answered)
        assert not set(answered) - kept(service).keys()
        postbox = open_postbox(service)
    for thread in threads:
        thread.join(60)
    postbox.terminate()
    assert postbox.wait(10) == 0
    assert kept(service) == dict.fromkeys(range(600), 1)


def open_postbox(service: Service) -> "Popen[bytes]":
    return service.start("postbox")


def kept(service: Service) -> dict[int, int]:
    """How often each number was kept."""
    found = rows(service, "SELECT message_id, count(*) FROM received GROUP BY message_id")
    return {int(str(name).strip("<>").partition("@")[0]): int(str(count)) for name, count in found}
