"""Mails are signed where a key is set (DKIM, RFC 6376), once each; without a key nothing of it is even loaded."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import dkim
import pytest
from flask import Flask
from flask_mail import Mail

from mentorly.app import create_app
from mentorly.config import Misconfigured, Settings
from mentorly.emails.carrying import Came, Outgoing
from mentorly.emails.message import compose
from mentorly.jobs.carrier import SmtpCarrier
from mentorly.jobs.ending import Ending
from mentorly.jobs.signing import Signature
from tests.cast import MENTORLY_ORG
from tests.doors.smtp_servers import DOT, Server, hang_up
from tests.emails.test_message import LETTER

KEYS = Path(__file__).parents[1] / "data" / "keys"
KEY = (KEYS / "signing.pem").read_text("ascii")
SIGNATURE = Signature("mentorly.example.org", "m1", KEY)
MAIL = compose(
    replace(
        LETTER,
        in_reply_to="<first@mentorly.example.org>",
        list_unsubscribe="https://mentorly.example.org/unsubscribe/x",
    )
)


def is_genuine(raw: bytes) -> bool:
    """Whether a message is signed by the key that the DNS would hold."""
    asked: list[str] = []

    def dns(name: bytes, **_: object) -> bytes:
        asked.append(name.decode())
        return f"v=DKIM1; k=rsa; p={SIGNATURE.public_key}".encode()

    try:
        genuine = bool(dkim.DKIM(raw).verify(dnsfunc=dns))
    except dkim.ValidationError:  # a changed body
        return False
    assert asked == ["m1._domainkey.mentorly.example.org."]
    return genuine


def test_a_signed_mail_is_known_by_the_key_in_the_dns() -> None:
    signed = SIGNATURE.sign(MAIL)
    assert signed.endswith(MAIL)
    assert signed.startswith(b"DKIM-Signature: v=1; a=rsa-sha256;")
    assert is_genuine(signed)
    assert SIGNATURE.name == "m1._domainkey.mentorly.example.org"


def test_every_header_that_means_something_is_signed_and_the_whole_text() -> None:
    signed = dkim.DKIM(SIGNATURE.sign(MAIL))
    fields, headers, _ = signed.verify_headerprep()
    assert fields[b"d"] == b"mentorly.example.org"
    assert b"l" not in fields
    present = {name.lower() for name, _ in dkim.DKIM(MAIL).headers}
    assert present - set(headers) == {b"x-auto-response-suppress"}


HEADERS = [line.split(b":")[0] for line in MAIL.partition(b"\r\n\r\n")[0].split(b"\r\n") if not line.startswith(b" ")]


@pytest.mark.parametrize("header", [name for name in HEADERS if name != b"X-Auto-Response-Suppress"], ids=bytes.decode)
def test_a_changed_header_or_text_breaks_the_signature(header: bytes) -> None:
    head, edge, body = SIGNATURE.sign(MAIL).partition(b"\r\n\r\n")
    assert not is_genuine(head.replace(b"\r\n" + header + b": ", b"\r\n" + header + b": x", 1) + edge + body)
    assert not is_genuine(head + edge + body.replace(b"Hello", b"Hallo", 1))


@pytest.mark.parametrize("header", [b"From", b"To", b"Subject", b"Reply-To", b"Date"])
def test_no_second_header_can_be_added_to_a_signed_mail(header: bytes) -> None:
    signed = SIGNATURE.sign(MAIL)
    assert not is_genuine(header + b": Eve <eve@example.net>\r\n" + signed)


def test_a_letter_without_a_reply_address_cannot_be_given_one() -> None:
    signed = SIGNATURE.sign(compose(replace(LETTER, reply_to="")))
    assert is_genuine(signed)
    assert not is_genuine(b"Reply-To: eve@example.net\r\n" + signed)


def test_each_mail_is_signed_once_whatever_the_server_does(tmp_path: Path) -> None:
    """The line breaks under the second mail, which goes again over the next line; the third rides ahead of it."""
    signed: list[bytes] = []

    def sign(data: bytes) -> bytes:
        signed.append(data)
        return SIGNATURE.sign(data)

    app, extension = Flask("signing"), Mail()
    extension.init_app(app)
    mails = [Outgoing(MAIL + name, "r.x@in.example.org", "bob@example.com") for name in (b"1\r\n", b"2\r\n", b"3\r\n")]
    with app.app_context(), Server({"MAIL": ["250 Well", hang_up], DOT: ["250 Taken"]}) as server:
        settings = Settings.load({"MENTORLY_SMTP_URL": f"smtp://127.0.0.1:{server.port}"}, instance=str(tmp_path))
        with SmtpCarrier(extension, settings, Ending(), sign=sign) as carrier:
            assert [outcome.came for outcome in carrier.carry(mails)] == [Came.ACCEPTED] * 3
    assert signed == [mail.data for mail in mails]
    assert all(mail.content.count(b"DKIM-Signature:") == 1 and is_genuine(mail.content) for mail in server.taken)
    assert len(server.taken) == 3


FAULTS: list[tuple[dict[str, str], str]] = [
    ({"KEY_FILE": str(KEYS / "signing.pem")}, "MENTORLY_DKIM_SELECTOR is missing"),
    ({"SELECTOR": "m1"}, "MENTORLY_DKIM_KEY_FILE is missing"),
    ({"KEY_FILE": "/nonexistent/key.pem", "SELECTOR": "m1"}, "MENTORLY_DKIM_KEY_FILE names /nonexistent/key.pem"),
    ({"KEY_FILE": str(KEYS / "weak.pem"), "SELECTOR": "m1"}, "too weak: it has 1024 bits"),
    ({"KEY_FILE": __file__, "SELECTOR": "m1"}, "holds no RSA private key"),
    ({"KEY": KEY[:200] + "A" + KEY[200:], "SELECTOR": "m1"}, "holds no RSA private key"),
    ({"KEY": KEY, "SELECTOR": "m1; p="}, "MENTORLY_DKIM_SELECTOR is malformed"),
    ({"KEY": KEY, "SELECTOR": "m1", "FROM": "m@exa_mple.org"}, "MENTORLY_MAIL_FROM is malformed"),
]


@pytest.mark.parametrize(("given", "sentence"), FAULTS)
def test_a_key_that_cannot_sign_is_a_sentence_at_the_start(
    given: dict[str, str], sentence: str, tmp_path: Path
) -> None:
    names = {"FROM": "MENTORLY_MAIL_FROM"}
    environ = MENTORLY_ORG | {names.get(name, f"MENTORLY_DKIM_{name}"): value for name, value in given.items()}
    with pytest.raises(Misconfigured, match=sentence) as fault:
        create_app(Settings.load(environ, instance=str(tmp_path)))
    assert KEY[40:80] not in str(fault.value)


@pytest.mark.parametrize("write", [str, lambda pem: pem.replace("\n", "\r\n")], ids=["LF", "CRLF"])
def test_the_key_is_read_from_the_file_that_the_instance_names(tmp_path: Path, write: Callable[[str], str]) -> None:
    (tmp_path / "key.pem").write_text(write(KEY), "ascii")
    named = f"MENTORLY_DKIM_KEY_FILE = {str(tmp_path / 'key.pem')!r}\nMENTORLY_DKIM_SELECTOR = 'm1'\n"
    (tmp_path / "config.py").write_text(named, "utf-8")
    settings = Settings.load(MENTORLY_ORG, instance=str(tmp_path))
    assert "PRIVATE" not in repr(settings)
    assert is_genuine(Signature.of(settings).sign(MAIL))


def test_without_a_key_nothing_of_signing_is_loaded() -> None:
    look = (
        "import sys, mentorly.cli; print([name for name in ('dkim', 'dns', 'alembic.script') if name in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True).stdout
    assert "dkim" not in told
    assert "dns" not in told
