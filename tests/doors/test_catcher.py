"""The embedded mail catcher, spoken to over real sockets."""

import smtplib
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mentorly.config import Settings
from mentorly.jobs.catcher import Outbox, catcher_is_ours, catching
from mentorly.jobs.embedded import CannotStart
from tests.doors.family import free_port, python, settings_in, until

SERVE = """
from mentorly.config import Settings
from mentorly.jobs.catcher import serve
print("begins", flush=True)
serve(Settings.load())
"""


def kept(outbox: Path) -> list[Path]:
    """Return the kept messages in the order of their numbers."""
    return sorted(outbox.glob("*.eml"), key=lambda path: int(path.stem))


def client(of: Settings) -> smtplib.SMTP:
    return smtplib.SMTP(of.catcher_listen.host, of.catcher_listen.port, timeout=5)


def environment(of: Settings) -> dict[str, str]:
    listen = of.catcher_listen
    return {"MENTORLY_INSTANCE": str(of.instance), "MENTORLY_CATCHER_LISTEN": f"{listen.host}:{listen.port}"}


@contextmanager
def foreign_listener(port: int, greeting: bytes) -> Iterator[None]:
    """Have somebody else's server greet on a port."""
    with closing(socket.create_server(("127.0.0.1", port))) as server:

        def greet() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    connection.sendall(greeting)

        threading.Thread(target=greet, daemon=True).start()
        yield
        server.shutdown(socket.SHUT_RDWR)


class Sender:
    """A client that says each byte as it is; only the dots are doubled (RFC 5321 4.5.2)."""

    def __init__(self, host: str, port: int) -> None:
        self._socket = socket.create_connection((host, port), timeout=5)
        self._answers = self._socket.makefile("rb")
        self._answers.readline()
        self.say(b"HELO alice.example.org")

    def say(self, line: bytes) -> bytes:
        self._socket.sendall(line + b"\r\n")
        return self._answers.readline()

    def begin(self, part: bytes) -> None:
        self._socket.sendall(part)

    def send(self, lines: list[bytes]) -> bytes:
        self.say(b"MAIL FROM:<alice@example.org>")
        self.say(b"RCPT TO:<bob@example.org>")
        assert self.say(b"DATA").startswith(b"354")
        stuffed = [b"." + line if line.startswith(b".") else line for line in lines]
        return self.say(b"\r\n".join([*stuffed, b"."]))

    def close(self) -> None:
        self._answers.close()
        self._socket.close()


any_line = st.tuples(st.sampled_from([b"", b".", b"..", b". "]), st.binary(max_size=200)).map(b"".join)
one_line = any_line.map(lambda line: line.replace(b"\r\n", b"")).filter(lambda line: b"\r\n" not in line)


def test_every_byte_of_a_message_is_kept_as_it_was_sent(tmp_path: Path) -> None:
    here = settings_in(tmp_path)
    with catching(here), closing(Sender(here.catcher_listen.host, here.catcher_listen.port)) as sender:

        @settings(max_examples=150, deadline=None)
        @given(st.lists(one_line, max_size=12))
        def holds(lines: list[bytes]) -> None:
            assert sender.send(lines).startswith(b"250")
            content = b"".join(line + b"\r\n" for line in lines)
            head = b"Return-Path: <alice@example.org>\r\nX-Original-To: bob@example.org\r\n"
            assert kept(here.outbox)[-1].read_bytes() == head + content

        holds()
    numbers = [int(path.stem) for path in kept(here.outbox)]
    assert numbers == list(range(1, len(numbers) + 1))


def test_each_recipient_of_a_message_gets_a_file(tmp_path: Path) -> None:
    here = settings_in(tmp_path)
    with catching(here), client(here) as alice:
        alice.sendmail("", ["bob@example.org", "carol@example.org"], b"Subject: Hello\r\n\r\nHello.\r\n")
        bob, carol = kept(here.outbox)
    assert bob.read_bytes().startswith(b"Return-Path: <>\r\nX-Original-To: bob@example.org\r\nSubject: Hello\r\n")
    assert carol.read_bytes() == bob.read_bytes().replace(b"bob@", b"carol@")


def test_an_address_and_a_message_in_any_script_are_taken(tmp_path: Path) -> None:
    here = settings_in(tmp_path)
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "alice@example.org", "bób@exämple.org", "Grüße"
    message.set_content("Schöne Grüße\n", cte="8bit")
    with catching(here), client(here) as alice:
        alice.ehlo()
        assert {"smtputf8", "8bitmime", "size"} <= set(alice.esmtp_features)
        alice.send_message(message)
    content = kept(here.outbox)[0].read_bytes()
    assert "X-Original-To: bób@exämple.org\r\n".encode() in content
    assert "Schöne Grüße\r\n".encode() in content


def test_a_message_is_never_seen_half_written(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path)
    content = b"x" * 3_000_000
    seen: set[int] = set()
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            seen.update(path.stat().st_size for path in tmp_path.glob("*.eml"))

    watcher = threading.Thread(target=look)
    watcher.start()
    sizes = {outbox.keep("alice@example.org", "bob@example.org", content).stat().st_size for _ in range(8)}
    done.set()
    watcher.join()
    assert len(sizes) == 1
    assert seen <= sizes


def test_two_processes_that_keep_at_once_never_take_each_others_number(tmp_path: Path) -> None:
    code = f"""
from pathlib import Path
from mentorly.jobs.catcher import Outbox
outbox = Outbox(Path({str(tmp_path)!r}))
for number in range(60):
    outbox.keep("NAME@example.org", "carol@example.org", b"%d" % number)
"""
    with python(code.replace("NAME", "alice")) as alice, python(code.replace("NAME", "bob")) as bob:
        assert (alice.wait(20), bob.wait(20)) == (0, 0)
    assert [int(path.stem) for path in kept(tmp_path)] == list(range(1, 121))
    assert len({path.read_bytes() for path in kept(tmp_path)}) == 120
    assert not list(tmp_path.glob("*.part"))


def test_numbers_go_on_where_an_earlier_catcher_ended(tmp_path: Path) -> None:
    Outbox(tmp_path).keep("", "bob@example.org", b"first")
    (tmp_path / "notes.eml").write_text("not a number")
    assert Outbox(tmp_path).keep("", "bob@example.org", b"second").name == "2.eml"


def test_a_message_that_cannot_be_kept_is_not_taken(tmp_path: Path) -> None:
    here = settings_in(tmp_path)
    here.outbox.write_text("a file where the folder should be")
    with catching(here), client(here) as alice, pytest.raises(smtplib.SMTPDataError) as refused:
        alice.sendmail("alice@example.org", "bob@example.org", b"Subject: Hello\r\n\r\n")
    assert refused.value.smtp_code == 451


def test_a_message_that_was_not_sent_to_its_end_is_not_kept(tmp_path: Path) -> None:
    here = settings_in(tmp_path)
    with catching(here):
        with closing(Sender(here.catcher_listen.host, here.catcher_listen.port)) as cut:
            cut.say(b"MAIL FROM:<alice@example.org>")
            cut.say(b"RCPT TO:<bob@example.org>")
            cut.say(b"DATA")
            cut.begin(b"Subject: Hello\r\n\r\nHalf of it")
        with client(here) as alice:
            alice.sendmail("alice@example.org", "bob@example.org", b"Subject: Whole\r\n\r\n")
    assert [b"Whole" in path.read_bytes() for path in kept(here.outbox)] == [True]


def test_two_instances_on_one_machine_tell_their_catchers_apart(tmp_path: Path) -> None:
    port = free_port()
    ours = settings_in(tmp_path / "ours", catcher_listen=f"127.0.0.1:{port}")
    theirs = settings_in(tmp_path / "theirs", catcher_listen=f"127.0.0.1:{port}")
    assert catcher_is_ours(ours) is None
    with python(SERVE, **environment(ours)):
        assert until(lambda: catcher_is_ours(ours) is not None)
        assert catcher_is_ours(ours) is True
        assert catcher_is_ours(theirs) is False
        sentence = rf"^The mail catcher cannot listen on 127\.0\.0\.1:{port} .*\.$"
        with pytest.raises(CannotStart, match=sentence), catching(theirs):
            pass


@pytest.mark.parametrize("greeting", [b"220 mail.example.org ESMTP\r\n", b""], ids=["mail server", "silence"])
def test_somebody_elses_server_is_not_taken_for_ours(tmp_path: Path, greeting: bytes) -> None:
    here = settings_in(tmp_path)
    with foreign_listener(here.catcher_listen.port, greeting):
        assert catcher_is_ours(here) is False
        with pytest.raises(CannotStart), catching(here):
            pass


def test_catching_leaves_the_mail_to_our_own_catcher_that_listens_already(tmp_path: Path) -> None:
    here = settings_in(tmp_path)
    with catching(here):
        with catching(here), client(here) as alice:
            alice.sendmail("alice@example.org", "bob@example.org", b"Subject: Hello\r\n\r\n")
        assert catcher_is_ours(here) is True
    assert catcher_is_ours(here) is None
    assert len(kept(here.outbox)) == 1


def test_nothing_is_caught_where_a_mail_server_is_configured(tmp_path: Path) -> None:
    here = settings_in(tmp_path, smtp_url="smtp://mail.example.org")
    with catching(here):
        assert catcher_is_ours(here) is None


def test_the_catcher_takes_over_from_a_round_that_was_catching_for_itself(tmp_path: Path) -> None:
    here = settings_in(tmp_path)
    with python(SERVE, **environment(here)) as server:
        with catching(here):
            assert server.stdout is not None
            assert server.stdout.readline() == "begins\n"
            with pytest.raises(subprocess.TimeoutExpired):
                server.wait(0.3)
        assert until(lambda: catcher_is_ours(here))
        with client(here) as alice:
            alice.sendmail("alice@example.org", "bob@example.org", b"Subject: Hello\r\n\r\n")
    assert len(kept(here.outbox)) == 1
