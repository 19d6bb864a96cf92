"""The carrier, spoken to by mail servers that refuse, dawdle, babble and hang up, over real sockets."""

import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask_mail import Mail
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from mentorly.config import Settings
from mentorly.emails.carrying import Came, Outcome, Outgoing
from mentorly.jobs.carrier import SmtpCarrier
from mentorly.jobs.ending import LAST_SECONDS, Ending
from mentorly.jobs.smtp_answers import of_mail, of_opening, of_sender
from mentorly.jobs.smtp_line import Patience, Reply
from mentorly.jobs.smtp_talk import content
from tests.doors.smtp_servers import (
    DOT,
    GREETING,
    PIPELINING,
    Act,
    Conversation,
    Server,
    drip,
    endless_line,
    endless_lines,
    hang_up,
    saying,
    silence,
)

SENDER = "r.7xq@in.example.org"
# Loopback in a way that the settings do not know, so that they ask for STARTTLS as for any other host.
ELSEWHERE = "127.1"
ENOUGH = Patience(opening=10, command=10, sending=10, answer=10)
LITTLE = Patience(opening=0.3)

Carrying = Callable[..., SmtpCarrier]


def letter(name: str, words: str = "Hello") -> Outgoing:
    return Outgoing(f"Subject: {name}\r\n\r\n{words}\r\n".encode(), SENDER, f"{name}@example.com")


def letters(*names: str) -> list[Outgoing]:
    return [letter(name) for name in names]


def to(*names: str) -> list[str]:
    return [f"{name}@example.com" for name in names]


def came(outcomes: Iterable[Outcome]) -> list[Came]:
    return [outcome.came for outcome in outcomes]


@pytest.fixture
def flask_mail() -> Iterator[Mail]:
    app = Flask("carrying")
    extension = Mail()
    extension.init_app(app)
    with app.app_context():
        yield extension


@pytest.fixture
def carrying(flask_mail: Mail, tmp_path: Path) -> Iterator[Carrying]:
    """Makes a carrier to a server or to a port; it is closed at the end."""
    made: list[SmtpCarrier] = []

    def make(
        server: Server | int,
        patience: Patience = ENOUGH,
        ending: Ending | None = None,
        to: str = "smtp://127.0.0.1",
    ) -> SmtpCarrier:
        port, watch = (server, time.monotonic) if isinstance(server, int) else (server.port, server.watch)
        settings = Settings.load({"MENTORLY_SMTP_URL": f"{to}:{port}"}, instance=str(tmp_path))
        made.append(SmtpCarrier(flask_mail, settings, ending or Ending(), patience, watch))
        return made[-1]

    yield make
    for carrier in made:
        carrier.__exit__(None, None, None)


@pytest.fixture(params=[(PIPELINING,), ()], ids=["pipelining", "step by step"])
def offers(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """What a server offers: it takes commands in one go, or one by one."""
    extensions: tuple[str, ...] = request.param
    return extensions


# What is taken


def test_mails_go_over_one_connection_in_their_order(carrying: Carrying, offers: tuple[str, ...]) -> None:
    with Server(offers=offers) as server:
        carrier = carrying(server)
        outcomes = [*carrier.carry(letters("alice", "bob")), *carrier.carry(letters("carol"))]
    assert outcomes == [Outcome(Came.ACCEPTED, "250 2.0.0 Taken", "2.0.0")] * 3
    assert server.recipients == to("alice", "bob", "carol")
    assert {mail.sender for mail in server.taken} == {SENDER}
    assert [mail.content for mail in server.taken] == [mail.data for mail in letters("alice", "bob", "carol")]
    assert len(server.conversations) == 1


def test_the_next_mail_rides_behind_the_dot_of_the_one_before(carrying: Carrying) -> None:
    riding: list[bytes] = []

    def look(conversation: Conversation) -> str:
        riding.append(conversation.unread)
        return "450 4.0.0 Look again"

    with Server({DOT: [look]}) as server:
        assert came(carrying(server).carry(letters("alice", "bob"))) == [Came.LATER, Came.ACCEPTED]
    assert riding == [f"MAIL FROM:<{SENDER}>\r\nRCPT TO:<bob@example.com>\r\nDATA\r\n".encode()]


def test_one_mail_and_no_more_is_taken_ahead(carrying: Carrying, offers: tuple[str, ...]) -> None:
    pulled: list[Outgoing] = []

    def coming() -> Iterator[Outgoing]:
        for mail in letters("alice", "bob", "carol"):
            pulled.append(mail)
            yield mail

    with Server(offers=offers) as server:
        ahead = [len(pulled) - number for number, _ in enumerate(carrying(server).carry(coming()), 1)]
    assert ahead == ([1, 1, 0] if offers else [0, 0, 0])


def test_the_line_is_closed_politely(carrying: Carrying) -> None:
    with Server() as server:
        with carrying(server) as carrier:
            list(carrier.carry(letters("alice")))
        server.wait_for_leave()
        assert server.conversations[0].heard[-1] == "QUIT"


def test_no_line_is_opened_when_there_is_no_mail(carrying: Carrying) -> None:
    with Server() as server, carrying(server) as carrier:
        assert list(carrier.carry([])) == []
    assert server.conversations == []


def test_every_byte_arrives_as_it_was_sent(carrying: Carrying, offers: tuple[str, ...]) -> None:
    lines = st.lists(st.sampled_from([b"", b".", b"..", b".a", b"...b", b"a.", b" .", b"word " * 30]), max_size=30)
    bodies = st.tuples(lines, st.sampled_from([1, 2, 300])).map(
        lambda some: b"".join(line + b"\r\n" for line in some[0]) * some[1]
    )
    with Server(offers=offers) as server:
        carrier = carrying(server)

        @hypothesis_settings(max_examples=40, deadline=None)
        @given(st.lists(bodies, min_size=1, max_size=3))
        def arrives(sent: list[bytes]) -> None:
            server.taken.clear()
            outcomes = carrier.carry(Outgoing(data, SENDER, "alice@example.com") for data in sent)
            assert came(outcomes) == [Came.ACCEPTED] * len(sent)
            assert [mail.content for mail in server.taken] == sent

        arrives()


def test_a_large_mail_arrives_though_the_server_reads_slowly(carrying: Carrying) -> None:
    large = Outgoing(b".a line of a large mail\r\n" * 200_000, SENDER, "alice@example.com")
    with Server() as server:
        assert came(carrying(server).carry([large])) == [Came.ACCEPTED]
    assert server.taken[0].content == large.data


@pytest.mark.parametrize("smuggled", [b"a\n.\nMAIL", b"a\r.\rMAIL", b"a\n.\r\nMAIL", b"a\r\n.\nMAIL", b"a\n\r.\r\n"])
def test_a_line_end_that_is_none_cannot_end_the_mail(smuggled: bytes) -> None:
    body = content(smuggled).removesuffix(b"\r\n.\r\n") + b"\r\n"
    lines = body.split(b"\r\n")
    assert b"." not in lines
    assert not any(b"\r" in line or b"\n" in line for line in lines)


# What is refused


@pytest.mark.parametrize("at", ["RCPT", "DATA", DOT])
@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("450 4.2.1 <alice@example.com>: busy", Outcome(Came.LATER, "450 4.2.1 <address>: busy", "4.2.1")),
        ("550 5.1.1 no alice@example.com here", Outcome(Came.REFUSED, "550 5.1.1 no <address> here", "5.1.1")),
        ("554 Refused", Outcome(Came.REFUSED, "554 Refused", "554")),
    ],
)
def test_a_refusal_is_for_good_or_not_by_its_code(
    carrying: Carrying, offers: tuple[str, ...], at: str, said: str, meant: Outcome
) -> None:
    with Server({at: [said]}, offers) as server:
        outcomes = list(carrying(server).carry(letters("alice", "bob")))
    assert outcomes == [meant, Outcome(Came.ACCEPTED, "250 2.0.0 Taken", "2.0.0")]
    assert server.recipients == to("bob")
    assert len(server.conversations) == 1


@pytest.mark.parametrize("after", ["354 Go ahead", "503 5.5.1 Need RCPT", "554 5.5.1 No valid recipients"])
def test_a_refused_recipient_is_taken_back_whatever_data_is_answered(carrying: Carrying, after: str) -> None:
    refusals = ["250 Ok", "550 5.1.1 Nobody", "250 Ok", "450 4.2.2 Full", "250 Ok"]
    data = ["354 Go ahead", after, "354 Go ahead", after, "354 Go ahead"]
    with Server({"RCPT": refusals, "DATA": data}) as server:
        outcomes = list(carrying(server).carry(letters("a", "b", "c", "d", "e")))
    assert [outcome.code for outcome in outcomes] == ["2.0.0", "5.1.1", "2.0.0", "4.2.2", "2.0.0"]
    assert server.recipients == to("a", "c", "e")
    heard = server.conversations[0].heard
    assert (heard.count("(0 bytes)"), heard.count("RSET")) == ((2, 0) if after.startswith("354") else (0, 2))
    assert len(server.conversations) == 1


def test_a_mail_refused_at_first_is_not_sent_empty_to_a_server_that_forgot_it(carrying: Carrying) -> None:
    with Server({"MAIL": ["450 4.3.2 Busy"], "RCPT": ["250 Ok"]}) as server:
        assert came(carrying(server).carry(letters("alice", "bob"))) == [Came.LATER, Came.ACCEPTED]
    assert server.recipients == to("bob")


def test_a_recipient_stays_refused_when_the_server_then_hangs_up(carrying: Carrying) -> None:
    with Server({"RCPT": ["550 5.1.1 Nobody"], "DATA": [hang_up]}) as server:
        outcomes = list(carrying(server).carry(letters("alice", "bob")))
    assert came(outcomes) == [Came.REFUSED, Came.ACCEPTED]
    assert len(server.conversations) == 2


def test_a_mail_that_the_server_refuses_while_it_comes_is_refused(carrying: Carrying) -> None:
    large = Outgoing(b"a line of a large mail\r\n" * 800_000, SENDER, "alice@example.com")

    def interrupt(conversation: Conversation) -> str:
        conversation.say("354 Go ahead")
        conversation.until(b"\r\n")
        return saying("552 5.3.4 Too large")(conversation)

    with Server({"DATA": [interrupt]}) as server:
        outcomes = list(carrying(server).carry([large, letter("bob")]))
    assert outcomes[0] == Outcome(Came.REFUSED, "552 5.3.4 Too large", "5.3.4")
    assert server.recipients == to("bob")


@pytest.mark.parametrize(
    "address", ["alice @example.com", "alice>@example.com", "élise@example.com", "alice@x\r\nDATA"]
)
def test_an_address_that_cannot_be_said_is_refused_and_never_said(carrying: Carrying, address: str) -> None:
    mails = [letter("bob"), Outgoing(b"Hello\r\n", SENDER, address), letter("carol")]
    with Server() as server:
        assert came(carrying(server).carry(mails)) == [Came.ACCEPTED, Came.REFUSED, Came.ACCEPTED]
    assert server.recipients == to("bob", "carol")


def test_a_mail_without_a_sender_can_be_sent(carrying: Carrying) -> None:
    with Server() as server:
        assert came(carrying(server).carry([Outgoing(b"Hello\r\n", "", "a@example.com")])) == [Came.ACCEPTED]
    assert server.taken[0].sender == ""


# What is our own fault, and stops the queue


OURS: dict[str, dict[str, list[Act]]] = {
    "the sender is refused": {"MAIL": ["550 5.7.1 Not you"]},
    "MAIL wants us to sign in": {"MAIL": ["530 5.7.0 Authentication required"]},
    "RCPT wants us to sign in": {"RCPT": ["535 5.7.8 Who are you?"]},
    "the sender is refused at RCPT": {"RCPT": ["550 5.1.8 <r@in.example.org>: Sender address rejected: no domain"]},
    "we may not relay": {"RCPT": ["554 5.7.1 <bob@example.com>: Relay access denied"]},
    "the sender is refused at the end": {DOT: ["550 5.7.60 Client does not have permissions to send as this sender"]},
    "the greeting is a refusal": {GREETING: ["554 5.7.1 No mail from there"]},
}


@pytest.mark.parametrize("script", OURS.values(), ids=OURS)
def test_our_own_fault_blames_nobody_and_stops_the_queue(
    carrying: Carrying, offers: tuple[str, ...], script: dict[str, list[Act]]
) -> None:
    with Server(script, offers) as server:
        outcomes = list(carrying(server).carry(letters("bob", "carol")))
    assert came(outcomes) == [Came.OURS]
    assert "@" not in outcomes[0].words
    assert server.taken == []


@pytest.mark.parametrize(
    ("user", "offer", "said", "meant"),
    [
        ("mentorly:open", "AUTH PLAIN", "535 5.7.8 Wrong password", Came.OURS),
        ("mentorly:open", "AUTH PLAIN LOGIN", "534 5.7.9 Use a stronger way", Came.OURS),
        ("mentorly:open", "AUTH PLAIN", "454 4.7.0 Try again", Came.UNREACHABLE),
        ("mentorly:open", "AUTH PLAIN", "250 Well", Came.UNREACHABLE),
        ("mentorly:open", "AUTH PLAIN", hang_up, Came.UNREACHABLE),
        ("mentorly:open", "SIZE", "500 never asked", Came.OURS),
        ("mentorly:open", "AUTH GSSAPI", "500 never asked", Came.OURS),
        ("mentorly:s%C3%A9same", "AUTH PLAIN", "500 never asked", Came.OURS),
        ("mentorly:open", "AUTH PLAIN", "235 2.7.0 Welcome", Came.ACCEPTED),
    ],
)
def test_signing_in_that_fails_stops_the_queue(
    carrying: Carrying, user: str, offer: str, said: Act, meant: Came
) -> None:
    with Server({"AUTH": [said] * 2}, [offer, PIPELINING]) as server:
        outcomes = list(carrying(server, to=f"smtp://{user}@127.0.0.1").carry(letters("alice")))
    assert came(outcomes) == [meant]
    assert "open" not in outcomes[0].words


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for this host that nobody has signed but itself, with its key in the same file."""
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("openssl is not installed, so there is no certificate to try TLS with")
    path = tmp_path_factory.mktemp("tls") / "certificate.pem"
    names = f"subjectAltName=IP:127.0.0.1,DNS:{ELSEWHERE}"
    kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    files = ["-keyout", str(path), "-out", f"{path}.crt"]
    order = [program, "req", "-x509", *kind, "-subj", "/CN=server", "-addext", names, *files]
    subprocess.run(order, check=True, capture_output=True)
    path.write_text(path.read_text("utf-8") + Path(f"{path}.crt").read_text("utf-8"), "utf-8")
    return path


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    """What a server of this host begins TLS with."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.mark.parametrize("secure", ["smtps://127.0.0.1", f"smtp://{ELSEWHERE}"])
def test_mails_go_sealed_where_the_certificate_is_trusted(
    carrying: Carrying,
    tls: ssl.SSLContext,
    certificate: Path,
    monkeypatch: pytest.MonkeyPatch,
    offers: tuple[str, ...],
    secure: str,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    large = Outgoing(b".a line of a large mail\r\n" * 100_000, SENDER, "bob@example.com")
    mails = [letter("alice"), large, letter("carol")]
    with Server(offers=["STARTTLS", *offers], tls=tls, tls_at_once=secure.startswith("smtps")) as server:
        assert came(carrying(server, to=secure).carry(mails)) == [Came.ACCEPTED] * 3
    assert [mail.content for mail in server.taken] == [mail.data for mail in mails]
    assert isinstance(server.conversations[0].connection, ssl.SSLSocket)


@pytest.mark.parametrize("secure", ["smtps://127.0.0.1", f"smtp://{ELSEWHERE}"])
def test_a_certificate_that_nobody_trusts_is_our_fault(carrying: Carrying, tls: ssl.SSLContext, secure: str) -> None:
    with Server(offers=["STARTTLS"], tls=tls, tls_at_once=secure.startswith("smtps")) as server:
        outcomes = list(carrying(server, to=secure).carry(letters("alice")))
    assert came(outcomes) == [Came.OURS]
    assert "certificate" in outcomes[0].words


@pytest.mark.parametrize(
    ("offer", "said", "meant"),
    [
        ("SIZE", "220 never asked", Came.OURS),
        ("STARTTLS", "502 5.5.1 Not today", Came.OURS),
        ("STARTTLS", "454 4.7.0 Not now", Came.UNREACHABLE),
        ("STARTTLS", saying("220 Ready", hang_up), Came.UNREACHABLE),
        ("STARTTLS", saying("220 Ready", saying("hello", silence)), Came.UNREACHABLE),
        ("STARTTLS", saying("220 Ready", silence), Came.UNREACHABLE),
    ],
)
def test_nothing_is_handed_over_in_the_open(carrying: Carrying, offer: str, said: Act, meant: Came) -> None:
    with Server({"STARTTLS": [said]}, [offer]) as server:
        outcomes = list(carrying(server, to=f"smtp://{ELSEWHERE}").carry(letters("alice")))
    assert came(outcomes) == [meant]
    assert not any(line.startswith("MAIL") for line in server.conversations[0].heard)


def test_what_is_slipped_in_before_tls_begins_is_not_believed(
    carrying: Carrying, tls: ssl.SSLContext, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with Server({"STARTTLS": ["220 Ready\r\n250 PIPELINING"]}, ["STARTTLS"], tls) as server:
        outcomes = list(carrying(server, to=f"smtp://{ELSEWHERE}").carry(letters("alice")))
    assert came(outcomes) == [Came.UNREACHABLE]


# Who is not there, or takes no end


AWAY: dict[str, dict[str, list[Act]]] = {
    "not now": {GREETING: ["421 4.3.2 Not now"]},
    "busy": {"EHLO": ["451 4.3.0 Busy"]},
    "hangs up": {GREETING: [hang_up]},
    "hangs up at EHLO": {"EHLO": [hang_up]},
    "says nothing": {GREETING: [silence]},
    "says nothing to EHLO": {"EHLO": [silence]},
    "drips": {GREETING: [drip]},
    "drips at EHLO": {"EHLO": [drip]},
    "says a line without an end": {GREETING: [endless_line]},
    "says lines without an end": {"EHLO": [endless_lines]},
    "is no mail server": {GREETING: ["SSH-2.0-OpenSSH_9.6"]},
}


@pytest.mark.parametrize("script", AWAY.values(), ids=AWAY)
def test_a_server_that_does_not_let_us_in_is_as_good_as_away(carrying: Carrying, script: dict[str, list[Act]]) -> None:
    with Server(script) as server:
        carrier = carrying(server)
        assert came(carrier.carry(letters("alice", "bob"))) == [Came.UNREACHABLE]
        assert came(carrier.carry(letters("alice", "bob"))) == [Came.ACCEPTED] * 2


def test_a_server_that_does_not_listen_is_away(carrying: Carrying) -> None:
    with Server() as server:
        port = server.port
    outcomes = list(carrying(port).carry(letters("alice", "bob")))
    assert outcomes == [Outcome(Came.UNREACHABLE, "The mail server cannot be reached: Connection refused.")]


def test_a_server_whose_name_leads_nowhere_is_away(carrying: Carrying) -> None:
    outcomes = list(carrying(25, LITTLE, to="smtp://server.invalid").carry(letters("alice")))
    assert came(outcomes) == [Came.UNREACHABLE]


def test_a_server_that_lets_nobody_connect_is_given_up(carrying: Carrying) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        crowd = [socket.socket() for _ in range(3)]
        for one in crowd:
            one.settimeout(0)
            one.connect_ex(full.getsockname())
        assert came(carrying(full.getsockname()[1], LITTLE).carry(letters("alice"))) == [Came.UNREACHABLE]
        for one in crowd:
            one.close()


def test_a_server_that_knows_no_ehlo_is_greeted_the_old_way(carrying: Carrying) -> None:
    with Server({"EHLO": ["502 What?"], "HELO": ["250 server"]}) as server:
        assert came(carrying(server).carry(letters("alice", "bob"))) == [Came.ACCEPTED] * 2


@pytest.mark.parametrize("act", [silence, drip, endless_line, endless_lines, hang_up, "hello", "150 what?"])
@pytest.mark.parametrize(
    ("at", "meant"), [("MAIL", Came.LATER), ("RCPT", Came.LATER), ("DATA", Came.LATER), (DOT, Came.UNCERTAIN)]
)
def test_a_line_that_breaks_leaves_no_doubt_before_the_dot_and_doubt_after_it(
    carrying: Carrying, offers: tuple[str, ...], at: str, meant: Came, act: Act
) -> None:
    with Server({at: [act]}, offers) as server:
        outcomes = list(carrying(server).carry(letters("alice", "bob")))
    assert came(outcomes) == [meant, Came.ACCEPTED]
    assert server.recipients == to("bob")
    assert len(server.conversations) == 2


def test_a_mail_of_which_a_part_has_left_was_not_handed_over(carrying: Carrying) -> None:
    large = Outgoing(b"a line of a large mail\r\n" * 800_000, SENDER, "alice@example.com")

    def listen_a_little(conversation: Conversation) -> str:
        conversation.say("354 Go ahead")
        conversation.until(b"\r\n")
        return hang_up(conversation)

    with Server({"DATA": [listen_a_little]}) as server:
        assert came(carrying(server).carry([large, letter("bob")])) == [Came.LATER, Came.ACCEPTED]
    assert server.recipients == to("bob")


def test_a_server_that_stops_reading_is_given_up_without_doubt(carrying: Carrying) -> None:
    large = Outgoing(b"a line of a large mail\r\n" * 800_000, SENDER, "alice@example.com")
    is_over = threading.Event()

    def stop_reading(conversation: Conversation) -> str:
        conversation.say("354 Go ahead")
        is_over.wait()
        return hang_up(conversation)

    with Server({"DATA": [stop_reading]}) as server:
        carrier = carrying(server, Patience(sending=1))
        assert came(carrier.carry([large, letter("bob")])) == [Came.LATER, Came.ACCEPTED]
        is_over.set()


def test_a_line_that_cannot_be_opened_again_ends_the_carrying(carrying: Carrying) -> None:
    with Server() as server:

        def die(conversation: Conversation) -> str:
            server.deaf()
            return hang_up(conversation)

        server.script["MAIL"] = deque([die])
        outcomes = list(carrying(server).carry(letters("alice", "bob", "carol")))
    assert came(outcomes) == [Came.LATER, Came.UNREACHABLE]


# Lines that the server has tired of


@pytest.mark.parametrize("then", [hang_up, silence])
@pytest.mark.parametrize("at", ["MAIL", "RCPT", "DATA", DOT])
def test_a_server_that_takes_its_leave_is_asked_again_later(
    carrying: Carrying, offers: tuple[str, ...], at: str, then: Callable[[Conversation], str]
) -> None:
    with Server({at: [saying("421 4.3.2 Shutting down", then)]}, offers) as server:
        outcomes = list(carrying(server).carry(letters("alice", "bob")))
    assert outcomes[0] == Outcome(Came.LATER, "421 4.3.2 Shutting down", "4.3.2")
    assert came(outcomes[1:]) == [Came.ACCEPTED]
    assert server.recipients == to("bob")
    assert len(server.conversations) == 2


@pytest.mark.parametrize("leave", [hang_up, saying("421 4.4.2 Idle for too long")])
def test_a_kept_line_that_the_server_closed_costs_no_mail(
    carrying: Carrying, offers: tuple[str, ...], leave: Callable[[Conversation], str]
) -> None:
    with Server({DOT: [saying("250 2.0.0 Taken", leave)]}, offers) as server:
        carrier = carrying(server)
        assert came(carrier.carry(letters("alice"))) == [Came.ACCEPTED]
        server.wait_for_leave()
        assert came(carrier.carry(letters("bob", "carol"))) == [Came.ACCEPTED] * 2
    assert server.recipients == to("bob", "carol")
    assert len(server.conversations) == 2


def test_a_kept_line_that_breaks_twice_is_no_endless_story(carrying: Carrying, offers: tuple[str, ...]) -> None:
    with Server({"MAIL": ["250 Ok", hang_up, hang_up]}, offers) as server:
        outcomes = list(carrying(server).carry(letters("alice", "bob", "carol")))
    assert came(outcomes) == [Came.ACCEPTED, Came.LATER, Came.ACCEPTED]
    assert server.recipients == to("alice", "carol")


@pytest.mark.parametrize(
    ("after_dot", "meant"),
    [
        (hang_up, Came.UNCERTAIN),
        (silence, Came.UNCERTAIN),
        (saying("421 4.3.2 Shutting down"), Came.LATER),
        (saying("250 2.0.0 Taken"), Came.ACCEPTED),
        (saying("550 5.6.0 No"), Came.REFUSED),
    ],
)
def test_the_mail_that_rode_behind_a_broken_dot_goes_on_a_new_line(
    carrying: Carrying, after_dot: Act, meant: Came
) -> None:
    with Server({DOT: [after_dot]}) as server:
        outcomes = list(carrying(server).carry(letters("alice", "bob", "carol")))
    assert came(outcomes) == [meant, Came.ACCEPTED, Came.ACCEPTED]
    assert server.recipients == to("bob", "carol")
    assert len(server.conversations) == 2


def test_a_server_that_gives_up_waiting_for_a_content_was_handed_nothing(carrying: Carrying) -> None:
    tired = saying("354 Go ahead", saying("421 4.4.2 Waited too long"))
    with Server({"DATA": ["354 Go ahead", tired]}) as server:
        outcomes = []
        for outcome in carrying(server).carry(letters("alice", "bob")):
            outcomes.append(outcome)
            if len(outcomes) == 1:
                server.wait_for_leave()  # what follows an outcome takes its time
    assert came(outcomes) == [Came.ACCEPTED] * 2
    assert server.recipients == to("alice", "bob")


# Who stops early


def test_a_consumer_that_stops_early_leaves_no_half_mail(carrying: Carrying, offers: tuple[str, ...]) -> None:
    with Server(offers=offers) as server:
        carrier = carrying(server)
        outcomes = carrier.carry(letters("alice", "bob"))
        assert next(outcomes).came == Came.ACCEPTED
        outcomes.close()
        assert came(carrier.carry(letters("carol"))) == [Came.ACCEPTED]
    assert server.recipients == to("alice", "carol")
    assert len(server.conversations) == (2 if offers else 1)


def test_mails_that_end_in_a_fault_leave_no_half_mail(carrying: Carrying) -> None:
    def coming() -> Iterator[Outgoing]:
        yield letter("alice")
        raise LookupError

    with Server() as server:
        carrier = carrying(server)
        with pytest.raises(LookupError):
            list(carrier.carry(coming()))
        assert came(carrier.carry(letters("bob"))) == [Came.ACCEPTED]
    assert server.recipients == to("bob")


def test_ending_leaves_four_seconds_from_when_it_is_told_first() -> None:
    moments = [0.0]
    ending = Ending(lambda: moments[-1])
    assert (ending.is_told, ending.seconds_left()) == (False, None)
    ending.tell()
    moments.append(1.0)
    ending.tell()
    assert (ending.is_told, ending.seconds_left()) == (True, LAST_SECONDS - 1)
    moments.append(100.0)
    assert ending.seconds_left() == 0


@pytest.mark.parametrize(
    ("at", "polite"), [("MAIL", "250 Ok"), ("RCPT", "250 Ok"), ("DATA", "354 Go ahead"), (DOT, "250 2.0.0 Taken")]
)
def test_the_mail_in_hand_is_finished_and_no_other_begun(
    carrying: Carrying, offers: tuple[str, ...], at: str, polite: str
) -> None:
    ending = Ending()

    def told(_: Conversation) -> str:
        ending.tell()
        return polite

    with Server({at: [told]}, offers) as server:
        carrier = carrying(server, ending=ending)
        assert came(carrier.carry(letters("alice", "bob"))) == [Came.ACCEPTED]
        assert list(carrier.carry(letters("carol"))) == []
    assert server.recipients == to("alice")


@pytest.mark.parametrize(
    ("at", "meant"),
    [(GREETING, []), ("EHLO", []), ("MAIL", []), ("RCPT", []), ("DATA", []), (DOT, [Came.UNCERTAIN])],
)
def test_a_mail_without_an_answer_in_the_last_seconds_is_in_doubt_only_after_its_dot(
    carrying: Carrying, offers: tuple[str, ...], at: str, meant: list[Came]
) -> None:
    with Server(offers=offers) as server:
        ending = Ending(server.watch)

        def told(conversation: Conversation) -> str:
            ending.tell()
            return silence(conversation)

        server.script[at] = deque([told])
        patience = Patience(opening=9e9, command=9e9, sending=9e9, answer=9e9)
        assert came(carrying(server, patience, ending).carry(letters("alice", "bob"))) == meant
    assert server.taken == []


# Flask-Mail


def test_flask_mail_tells_what_was_handed_over(carrying: Carrying, flask_mail: Mail) -> None:
    with Server({"RCPT": ["550 5.1.1 Nobody"]}) as server, flask_mail.record_messages() as recorded:
        list(carrying(server).carry(letters("alice", "bob")))
    assert [(message.recipients, message.as_bytes()) for message in recorded] == [(to("bob"), letter("bob").data)]


def test_nothing_leaves_where_flask_mail_suppresses_it(flask_mail: Mail, tmp_path: Path) -> None:
    app = Flask("suppressed")
    app.config["MAIL_SUPPRESS_SEND"] = True
    flask_mail.init_app(app)
    with Server() as server, app.app_context(), flask_mail.record_messages() as recorded:
        settings = Settings.load({"MENTORLY_SMTP_URL": f"smtp://127.0.0.1:{server.port}"}, instance=str(tmp_path))
        with SmtpCarrier(flask_mail, settings, Ending()) as carrier:
            outcomes = list(carrier.carry(letters("alice", "bob")))
    assert came(outcomes) == [Came.ACCEPTED] * 2
    assert [message.as_bytes() for message in recorded] == [mail.data for mail in letters("alice", "bob")]
    assert server.conversations == []


# What servers say


def reply(code: int, *lines: str) -> Reply:
    return Reply(code, [line.encode() for line in lines])


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("550 5.1.1 <a@example.com>: Recipient address rejected: User unknown in local recipient table", Came.REFUSED),
        ("550 5.1.1 The email account that you tried to reach does not exist", Came.REFUSED),
        ("552 5.2.2 Mailbox full", Came.REFUSED),
        ("500 5.3.0 Error: command failed", Came.REFUSED),
        ("550 5.7.1 Message refused by policy", Came.REFUSED),
        ("554 5.7.1 <b@example.com>: Relay access denied", Came.OURS),
        ("550 5.7.1 Unable to relay", Came.OURS),
        ("550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain", Came.OURS),
        ("550 relay not permitted", Came.OURS),
        ("550 5.7.1 <b@example.com>... Relaying denied", Came.OURS),
        ("553 5.1.8 <r@in.example.org>... Domain of sender address does not exist", Came.OURS),
        ("553 5.1.7 The sender's address is malformed", Came.OURS),
        ("550 <r@in.example.org>: Sender address rejected: not owned by user", Came.OURS),
        ("554 5.7.1 <host[192.0.2.1]>: Client host rejected: Access denied", Came.OURS),
        ("554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using list.example.org", Came.OURS),
        ("503 This mail server requires authentication when attempting to send to a non-local address.", Came.OURS),
        ("538 5.7.11 Encryption required", Came.OURS),
        ("454 4.7.1 <b@example.com>: Relay access denied", Came.LATER),
        (
            "550 5.1.1 <b@example.com>: Recipient address rejected: host mx.example.com said: 554 Relay access denied",
            Came.REFUSED,
        ),
    ],
)
def test_a_refusal_is_the_recipients_or_ours(said: str, meant: Came) -> None:
    outcome = of_mail(reply(int(said[:3]), said[4:]))
    assert outcome.came == meant
    assert "@" not in outcome.words


def test_an_answer_of_many_lines_is_one_sentence() -> None:
    outcome = of_mail(reply(550, "5.1.1 There is nobody", "5.1.1 of the name bob@example.com.", "5.1.1  \x1b[1mBye"))
    assert outcome == Outcome(Came.REFUSED, "550 5.1.1 There is nobody of the name <address> [1mBye", "5.1.1")


@pytest.mark.parametrize(
    ("said", "code"), [("4.2.1 mixed", "550"), ("5.1.10 long", "5.1.10"), ("5.1.1x", "550"), ("", "550")]
)
def test_the_code_is_a_status_of_the_same_class_or_the_three_digits(said: str, code: str) -> None:
    assert of_mail(reply(550, said)).code == code


def test_who_refuses_us_for_good_blames_us_and_who_does_not_is_away() -> None:
    assert (of_opening(reply(554, "No")).came, of_opening(reply(450, "No")).came) == (Came.OURS, Came.UNREACHABLE)
    assert (of_sender(reply(550, "No")).came, of_sender(reply(451, "No")).came) == (Came.OURS, Came.LATER)


def test_a_sentence_is_not_longer_than_a_sentence() -> None:
    assert len(of_mail(reply(550, "x" * 60_000)).words) == 500
